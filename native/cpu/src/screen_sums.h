// Sums of a screen's int8 codes times inputs of 14 bits, a lane a row: 64 rows, a few outputs.
//
// Four columns of an input are two dwords, made of z0 .. z3 by QUAD_FIRST and QUAD_SECOND, and those of a tile's
// outputs lie together: [tile][quad][output][2 dwords]. tile_sums multiplies them by a few vectors of codes, as many as
// leave registers for the sums.
#ifndef BITNET_SCREEN_SUMS_H
#define BITNET_SCREEN_SUMS_H

#include "layout.h"
#include "vector.h"

#if defined(__AVX512VNNI__) || defined(__AVX2__)
// Codes become 16 bits wide: columns 0 and 2 of a quad are one dword, columns 1 and 3 another.
#define QUAD_FIRST(z0, z1, z2, z3) (((uint32_t)(z0) & 0xffffu) | (uint32_t)(z2) << 16)
#define QUAD_SECOND(z0, z1, z2, z3) (((uint32_t)(z1) & 0xffffu) | (uint32_t)(z3) << 16)
#if defined(__AVX512VNNI__)
typedef __m512i screen_vector;
enum { MOST_OUTPUTS = 8, SCREEN_VECTORS = 4, SCREEN_SUMS = 16 };
#define ZERO() _mm512_setzero_si512()
#define LOAD(p) _mm512_load_si512(p)
#define EVEN(x) _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8)
#define ODD(x) _mm512_srai_epi16(x, 8)
#define DOT(sum, codes, pair) _mm512_dpwssd_epi32(sum, codes, _mm512_set1_epi32(pair))
#define STORE(p, sum) _mm512_store_si512(p, sum)
#else
typedef __m256i screen_vector;
enum { MOST_OUTPUTS = 4, SCREEN_VECTORS = 8, SCREEN_SUMS = 8 };
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define EVEN(x) _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8)
#define ODD(x) _mm256_srai_epi16(x, 8)
#if defined(__AVXVNNI__)
#define DOT(sum, codes, pair) _mm256_dpwssd_avx_epi32(sum, codes, _mm256_set1_epi32(pair))
#else
#define DOT(sum, codes, pair) _mm256_add_epi32(sum, _mm256_madd_epi16(codes, _mm256_set1_epi32(pair)))
#endif
#define STORE(p, sum) _mm256_store_si256((__m256i *)(void *)(p), sum)
#endif

// Asks for `lines` lines at `ahead` with each quad; where that is 0, for those that follow.
INLINE void tile_sums(const int8_t *codes, int64_t quads, const int32_t *input, const char *ahead, int lines,
                      int32_t *sums, int outputs, int vectors) {
  screen_vector sum[MOST_OUTPUTS][SCREEN_VECTORS];
#pragma GCC unroll 8
  for (int t = 0; t < outputs; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      sum[t][v] = ZERO();
    }
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, input += 2 * outputs) {
    screen_vector even[SCREEN_VECTORS], odd[SCREEN_VECTORS];
    for (int line = 0; line < lines; line++, ahead += 64) {
      __builtin_prefetch(ahead, 0, 2);
    }
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      const int8_t *from = codes + v * (int)sizeof(screen_vector);
      if (lines == 0 && v * sizeof(screen_vector) % 64 == 0) {
        prefetch_codes(from);
      }
      screen_vector x = LOAD(from);
      even[v] = EVEN(x);
      odd[v] = ODD(x);
    }
#pragma GCC unroll 8
    for (int t = 0; t < outputs; t++) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        sum[t][v] = DOT(sum[t][v], even[v], input[2 * t]);
      }
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        sum[t][v] = DOT(sum[t][v], odd[v], input[2 * t + 1]);
      }
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < outputs; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      STORE(sums + t * BITNET_ROW_BLOCK + v * (BITNET_ROW_BLOCK / SCREEN_VECTORS), sum[t][v]);
    }
  }
}

#elif defined(__ARM_FEATURE_DOTPROD)
// Two planes of bytes: z / 128, rounded down, and the seven bits that are left.
#define QUAD_BYTES(z0, z1, z2, z3)                                                                                     \
  (((uint32_t)(z0) & 255u) | ((uint32_t)(z1) & 255u) << 8 | ((uint32_t)(z2) & 255u) << 16 | (uint32_t)(z3) << 24)
#define QUAD_FIRST(z0, z1, z2, z3) QUAD_BYTES((z0) >> 7, (z1) >> 7, (z2) >> 7, (z3) >> 7)
#define QUAD_SECOND(z0, z1, z2, z3) QUAD_BYTES((z0) & 127, (z1) & 127, (z2) & 127, (z3) & 127)
enum { MOST_OUTPUTS = 2, SCREEN_VECTORS = 16, SCREEN_SUMS = 8 };

INLINE void tile_sums(const int8_t *codes, int64_t quads, const int32_t *input, const char *ahead, int lines,
                      int32_t *sums, int outputs, int vectors) {
  int32x4_t high[MOST_OUTPUTS][8], low[MOST_OUTPUTS][8];
#pragma GCC unroll 2
  for (int t = 0; t < outputs; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      high[t][v] = low[t][v] = vdupq_n_s32(0);
    }
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, input += 2 * outputs) {
    int8x16_t z = vreinterpretq_s8_s32(outputs == 2 ? vld1q_s32(input) : vcombine_s32(vld1_s32(input), vdup_n_s32(0)));
    for (int line = 0; line < lines; line++, ahead += 64) {
      __builtin_prefetch(ahead, 0, 2);
    }
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      if (lines == 0 && v % 4 == 0) {
        prefetch_codes(codes + 16 * v);
      }
      int8x16_t x = vld1q_s8(codes + 16 * v);
      high[0][v] = vdotq_laneq_s32(high[0][v], x, z, 0);
      low[0][v] = vdotq_laneq_s32(low[0][v], x, z, 1);
      if (outputs == 2) {
        high[1][v] = vdotq_laneq_s32(high[1][v], x, z, 2);
        low[1][v] = vdotq_laneq_s32(low[1][v], x, z, 3);
      }
    }
  }
#pragma GCC unroll 2
  for (int t = 0; t < outputs; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      vst1q_s32(sums + t * BITNET_ROW_BLOCK + 4 * v, vaddq_s32(vshlq_n_s32(high[t][v], 7), low[t][v]));
    }
  }
}

#else
// Sixteen bits each.
#define QUAD_FIRST(z0, z1, z2, z3) (((uint32_t)(z0) & 0xffffu) | (uint32_t)(z1) << 16)
#define QUAD_SECOND(z0, z1, z2, z3) (((uint32_t)(z2) & 0xffffu) | (uint32_t)(z3) << 16)
enum { MOST_OUTPUTS = 1, SCREEN_VECTORS = 4, SCREEN_SUMS = 1 };

// A vector is that of a line of the cache, 16 rows.
INLINE void tile_sums(const int8_t *codes, int64_t quads, const int32_t *input, const char *ahead, int lines,
                      int32_t *sums, int outputs, int vectors) {
#if defined(TERNARY_NEON)
  // The four products of a row in four lanes, which are added at the end.
  int32x4_t row[16];
#pragma GCC unroll 16
  for (int r = 0; r < 16; r++) {
    row[r] = vdupq_n_s32(0);
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, input += 2) {
    int16x4_t z = vreinterpret_s16_s32(vld1_s32(input));
    int16x8_t both = vcombine_s16(z, z);
    prefetch_codes(codes);
#pragma GCC unroll 4
    for (int g = 0; g < 4; g++) {
      int8x16_t x = vld1q_s8(codes + 16 * g);
      int16x8_t low = vmovl_s8(vget_low_s8(x)), high = vmovl_high_s8(x);
      row[4 * g] = vmlal_s16(row[4 * g], vget_low_s16(low), z);
      row[4 * g + 1] = vmlal_high_s16(row[4 * g + 1], low, both);
      row[4 * g + 2] = vmlal_s16(row[4 * g + 2], vget_low_s16(high), z);
      row[4 * g + 3] = vmlal_high_s16(row[4 * g + 3], high, both);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < 16; r += 4) {
    vst1q_s32(sums + r, vpaddq_s32(vpaddq_s32(row[r], row[r + 1]), vpaddq_s32(row[r + 2], row[r + 3])));
  }
#else
  for (int r = 0; r < 16; r++) {
    sums[r] = 0;
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, input += 2) {
    int32_t z0 = (int16_t)input[0], z1 = input[0] >> 16, z2 = (int16_t)input[1], z3 = input[1] >> 16;
    for (int r = 0; r < 16; r++) {
      const int8_t *c = codes + 4 * r;
      sums[r] += c[0] * z0 + c[1] * z1 + c[2] * z2 + c[3] * z3;
    }
  }
#endif
}
#endif

// How many outputs the next tile has room for, if so many are left.
INLINE int64_t tile_outputs(int64_t left) {
  int64_t outputs = MOST_OUTPUTS;
  while (outputs >= 2 * left) {
    outputs /= 2;
  }
  return outputs;
}

// How many vectors of codes it multiplies at a time.
INLINE int64_t tile_vectors(int64_t outputs) {
  return least(SCREEN_VECTORS, SCREEN_SUMS / outputs);
}

// sums[output][row] of a tile and a block of 64 rows. `lines` lines of what is at `ahead` are asked for with each quad
// of its passes over the codes, SCREEN_VECTORS / tile_vectors(outputs) of them; none: those that follow.
#define BLOCK_SUMS(most)                                                                                               \
  static __attribute__((noinline, unused)) void block_sums_##most(                                                     \
      const int8_t *codes, int64_t quads, const int32_t *input, const char *ahead, int lines, int32_t *sums) {         \
    enum {                                                                                                             \
      OUTPUTS = most < MOST_OUTPUTS ? most : MOST_OUTPUTS,                                                             \
      VECTORS = SCREEN_SUMS / OUTPUTS < SCREEN_VECTORS ? SCREEN_SUMS / OUTPUTS : SCREEN_VECTORS                        \
    };                                                                                                                 \
    for (int v = 0; v < SCREEN_VECTORS; v += VECTORS, ahead += lines * quads * 64) {                                   \
      tile_sums(codes + v * (LINE_BYTES / SCREEN_VECTORS), quads, input, ahead, lines,                                 \
                sums + v * (BITNET_ROW_BLOCK / SCREEN_VECTORS), OUTPUTS, VECTORS);                                     \
    }                                                                                                                  \
  }
BLOCK_SUMS(1)
BLOCK_SUMS(2)
BLOCK_SUMS(4)
BLOCK_SUMS(8)
#undef BLOCK_SUMS

INLINE void block_sums(const int8_t *codes, int64_t quads, const int32_t *input, int64_t outputs, const char *ahead,
                       int lines, int32_t *sums) {
  if (MOST_OUTPUTS >= 8 && outputs == 8) {
    block_sums_8(codes, quads, input, ahead, lines, sums);
  } else if (MOST_OUTPUTS >= 4 && outputs == 4) {
    block_sums_4(codes, quads, input, ahead, lines, sums);
  } else if (MOST_OUTPUTS >= 2 && outputs == 2) {
    block_sums_2(codes, quads, input, ahead, lines, sums);
  } else {
    block_sums_1(codes, quads, input, ahead, lines, sums);
  }
}

#endif
