// Products with wide codes by int8 units: a code is 64 * high + low, two limbs of seven bits, which share the unpacked
// weights. Takes groups of both sizes and weights of 2.
#ifndef BITNET_GROUPED_LIMBS_H
#define BITNET_GROUPED_LIMBS_H

#include "grouped_product.h"

// DOT adds products of four neighbouring codes of a row and a limb to the row's sums; JOIN makes of a group's sums of
// both limbs one number a row. Sums of 16 bits hold the 64 products that a lane gets of a group: 64 * 3 * 32 = 6144.
// ONE to SIX are vectors of rows that are multiplied by so many tokens at a time: as many sums as the registers hold.
#if defined(__AVX512VNNI__)
typedef __m512i limb_vector;
typedef __m512i limb_sums;
enum { ONE = 4, TWO = 4, FOUR = 2, SIX = 2 };
#define LIMB_ZERO() _mm512_setzero_si512()
#define LIMB_LOAD(p) _mm512_load_si512(p)
#define LIMB_CODES(x, shift) _mm512_and_si512(_mm512_srli_epi16(x, shift), _mm512_set1_epi8(3))
#define LIMB_SPREAD(a) _mm512_set1_epi32(a)
#define LIMB_DOT(sum, codes, a) _mm512_dpbusd_epi32(sum, codes, a)
#define LIMB_JOIN(high, low) _mm512_add_epi32(_mm512_slli_epi32(high, 6), low)
#elif defined(__AVX2__)
typedef __m256i limb_vector;
typedef __m256i limb_sums;
enum { ONE = 2, TWO = 2, FOUR = 1, SIX = 1 };
#define LIMB_ZERO() _mm256_setzero_si256()
#define LIMB_LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define LIMB_CODES(x, shift) _mm256_and_si256(_mm256_srli_epi16(x, shift), _mm256_set1_epi8(3))
#define LIMB_SPREAD(a) _mm256_set1_epi32(a)
#if defined(__AVXVNNI__)
#define LIMB_DOT(sum, codes, a) _mm256_dpbusd_avx_epi32(sum, codes, a)
#define LIMB_JOIN(high, low) _mm256_add_epi32(_mm256_slli_epi32(high, 6), low)
#else
#define LIMB_DOT(sum, codes, a) _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes, a))
#define LIMB_JOIN(high, low)                                                                                           \
  _mm256_add_epi32(_mm256_madd_epi16(high, _mm256_set1_epi16(64)), _mm256_madd_epi16(low, _mm256_set1_epi16(1)))
#endif
#elif defined(__ARM_FEATURE_DOTPROD)
typedef uint8x16_t limb_vector;
typedef int32x4_t limb_sums;
enum { ONE = 8, TWO = 4, FOUR = 2, SIX = 2 };
#define LIMB_ZERO() vdupq_n_s32(0)
#define LIMB_LOAD(p) vld1q_u8(p)
#define LIMB_CODES(x, shift) vandq_u8(vshlq_u8(x, vdupq_n_s8(-(shift))), vdupq_n_u8(3))
#define LIMB_SPREAD(a) vreinterpretq_s8_s32(vdupq_n_s32(a))
#define LIMB_DOT(sum, codes, a) vdotq_s32(sum, vreinterpretq_s8_u8(codes), a)
#define LIMB_JOIN(high, low) vaddq_s32(vshlq_n_s32(high, 6), low)
#elif defined(TERNARY_NEON)
typedef uint8x16_t limb_vector;
typedef struct {
  int16x8_t first, second; // two rows each
} limb_sums;
enum { ONE = 4, TWO = 2, FOUR = 1, SIX = 1 };
#define LIMB_ZERO()                                                                                                    \
  (limb_sums) {                                                                                                        \
    vdupq_n_s16(0), vdupq_n_s16(0)                                                                                     \
  }
#define LIMB_LOAD(p) vld1q_u8(p)
#define LIMB_CODES(x, shift) vandq_u8(vshlq_u8(x, vdupq_n_s8(-(shift))), vdupq_n_u8(3))
#define LIMB_SPREAD(a) vreinterpretq_s8_s32(vdupq_n_s32(a))
#define LIMB_DOT(sum, codes, a)                                                                                        \
  (limb_sums) {                                                                                                        \
    vmlal_s8((sum).first, vreinterpret_s8_u8(vget_low_u8(codes)), vget_low_s8(a)),                                     \
        vmlal_high_s8((sum).second, vreinterpretq_s8_u8(codes), a)                                                     \
  }
#define LIMB_ROWS(sum) vpaddlq_s16(vpaddq_s16((sum).first, (sum).second))
#define LIMB_JOIN(high, low) vaddq_s32(vshlq_n_s32(LIMB_ROWS(high), 6), LIMB_ROWS(low))
#else
typedef uint8_t limb_vector __attribute__((vector_size(16)));
typedef int16_t limb_sums __attribute__((vector_size(16)));
enum { ONE = 2, TWO = 1, FOUR = 1, SIX = 1 };
#define LIMB_ZERO() (limb_sums){0}
#define LIMB_LOAD(p) *(const limb_vector *)(const void *)(p)
#define LIMB_CODES(x, shift) ((x) >> (shift) & 3)
#define LIMB_SPREAD(a)                                                                                                 \
  (limb_vector)(vi) {                                                                                                  \
    a, a, a, a                                                                                                         \
  }
// Products of the even bytes and of the odd ones: a lane of 16 bits has two columns.
#define LIMB_DOT(sum, codes, a)                                                                                        \
  ((sum) + ((limb_sums)(codes) & 255) * ((limb_sums)(a) << 8 >> 8) + ((limb_sums)(codes) >> 8) * ((limb_sums)(a) >> 8))
#define LIMB_ROWS(sum) (((vi)(sum) << 16 >> 16) + ((vi)(sum) >> 16))
#define LIMB_JOIN(high, low) ((LIMB_ROWS(high) << 6) + LIMB_ROWS(low))
#endif

enum { LIMB_BYTES = sizeof(limb_vector), LIMB_VECTORS = LINE_BYTES / LIMB_BYTES, LIMB_TOKENS = 6 };

// Tokens are filled up with zeros to one of these.
INLINE int64_t limb_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : tokens <= 4 ? 4 : LIMB_TOKENS;
}

// Dwords of a token's activations: of each group [group / 4][high, low] and what its sums start from.
INLINE int64_t limb_dwords(int64_t columns, int32_t group) {
  return row_groups(columns, group) * (group / 2 + 1);
}

// Tokens [t, t + tokens) side by side, filled up to `lanes`: [group]([4 columns][token][high, low], [token]). Codes of
// weights are 0 to 3 for -1 to 2, so sums start from minus those of the activations.
static void split_limbs(const bitnet_wide *q, int64_t t, int64_t tokens, int64_t lanes, int32_t group, int32_t *to) {
  int64_t groups = row_groups(q->columns, group), quads = group / 4;
  for (int64_t i = 0; i < lanes; i++) {
    const int16_t *codes = q->codes + (t + i) * bitnet_codes_stride(q->columns);
    for (int64_t g = 0; g < groups; g++, codes += group) {
      int32_t *at = to + g * (group / 2 + 1) * lanes, sum = 0;
      int8_t high[BITNET_COLUMN_BLOCK] __attribute__((aligned(64))) = {0},
                                       low[BITNET_COLUMN_BLOCK] __attribute__((aligned(64))) = {0};
      for (int64_t k = 0; i < tokens && k < group; k++) {
        high[k] = (int8_t)((codes[k] + 32) >> 6);
        low[k] = (int8_t)(codes[k] - 64 * high[k]);
        sum += codes[k];
      }
      for (int64_t k = 0; k < quads; k++) {
        at[(k * lanes + i) * 2] = ((const int32_t *)(const void *)high)[k];
        at[(k * lanes + i) * 2 + 1] = ((const int32_t *)(const void *)low)[k];
      }
      at[2 * quads * lanes + i] = -sum;
    }
  }
}

// Adds a group's sums of `vectors` vectors of rows from w on to their chains [token][64 rows]. The first two arguments
// are constants where it is called.
INLINE void limb_group(const int vectors, const int tokens, const uint8_t *w, int64_t dwords, const uint16_t *scales,
                       const int32_t *a, float *chains) {
  limb_sums sum[LIMB_TOKENS][2][8];
#pragma GCC unroll 8
  for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      sum[t][0][v] = sum[t][1][v] = LIMB_ZERO();
    }
  }
  for (int64_t j = 0; j < dwords; j++, w += LINE_BYTES, a += 2 * tokens) {
    limb_vector x[8];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
#if !defined(TERNARY_WORDS) // AMD's CPUs see a stream of whole blocks coming
      if (v * LIMB_BYTES % 64 == 0) {
        prefetch_codes(w + v * LIMB_BYTES);
      }
#endif
      x[v] = LIMB_LOAD(w + v * LIMB_BYTES);
    }
#pragma GCC unroll 4
    for (int quarter = 0; quarter < 4; quarter++) {
      limb_vector codes[8];
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        codes[v] = LIMB_CODES(x[v], 6 - 2 * quarter);
      }
#pragma GCC unroll 8
      for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 2
        for (int limb = 0; limb < 2; limb++) {
#pragma GCC unroll 8
          for (int v = 0; v < vectors; v++) {
            sum[t][limb][v] =
                LIMB_DOT(sum[t][limb][v], codes[v], LIMB_SPREAD(a[(quarter * dwords * tokens + t) * 2 + limb]));
          }
        }
      }
    }
  }
  a += 3 * dwords * 2 * tokens;
#pragma GCC unroll 8
  for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      float *chain = chains + t * BITNET_ROW_BLOCK + v * LANES;
      vi exact = (vi)LIMB_JOIN(sum[t][0][v], sum[t][1][v]) + a[t];
      vf_store(chain, vf_fma(__builtin_convertvector(exact, vf), vf_load_f16(scales + v * LANES), vf_load(chain)));
    }
  }
}

// All groups of a block of rows and a tile of tokens: chains [chain][token][64 rows].
#define LIMB_KERNEL(TOKENS, VECTORS_)                                                                                  \
  static __attribute__((noinline)) void limb_chains_##TOKENS(const uint8_t *w, int64_t groups, int32_t group,          \
                                                             const int32_t *a, float *chains) {                        \
    const int64_t dwords = group_dwords(group);                                                                        \
    for (int64_t g = 0; g < groups; g++, w += group_bytes(group), a += (group / 2 + 1) * TOKENS) {                     \
      const uint16_t *scales = (const uint16_t *)(const void *)(w + dwords * LINE_BYTES);                              \
      float *to = chains + g % CHAINS * TOKENS * BITNET_ROW_BLOCK;                                                     \
      for (int v = 0; v < LIMB_VECTORS; v += VECTORS_) {                                                               \
        limb_group(VECTORS_, TOKENS, w + v * LIMB_BYTES, dwords, scales + v * LANES, a, to + v * LANES);               \
      }                                                                                                                \
    }                                                                                                                  \
  }
LIMB_KERNEL(1, ONE)
LIMB_KERNEL(2, TWO)
LIMB_KERNEL(4, FOUR)
LIMB_KERNEL(6, SIX)
#undef LIMB_KERNEL

// Scratch: the chains of a tile, and the activations of as many tiles as stay in the second cache.
enum { LIMB_CHAINS_BYTES = CHAINS * LIMB_TOKENS * BITNET_ROW_BLOCK * 4, LIMB_AT_ONCE = 8 * LIMB_TOKENS };

// Groups of 64 need more than those of 128.
INLINE int64_t limb_scratch_bytes(int64_t columns, int64_t tokens) {
  return LIMB_CHAINS_BYTES + round_up(round_up(least(tokens, LIMB_AT_ONCE), LIMB_TOKENS) *
                                          limb_dwords(bitnet_codes_stride(columns), 64) * 4,
                                      64);
}

static void multiply_few_limbs(const grouped_product *p, char *scratch) {
  int32_t group = p->w->group;
  int64_t groups = row_groups(p->w->columns, group), token_dwords = limb_dwords(p->w->columns, group);
  float *chains = (float *)(void *)scratch;
  int32_t *limbs = (int32_t *)(void *)(scratch + LIMB_CHAINS_BYTES);
  for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += LIMB_TOKENS, at += LIMB_TOKENS * token_dwords) {
    int64_t tokens = least(LIMB_TOKENS, p->token_end - t);
    split_limbs(p->q, t, tokens, limb_lanes(tokens), group, limbs + at);
  }
  for (int64_t r = p->row_begin; r < p->row_end; r += BITNET_ROW_BLOCK) {
    const uint8_t *block = grouped_block(p->w, r / BITNET_ROW_BLOCK);
    for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += LIMB_TOKENS, at += LIMB_TOKENS * token_dwords) {
      int64_t tokens = least(LIMB_TOKENS, p->token_end - t), lanes = limb_lanes(tokens);
      int64_t tile = lanes * BITNET_ROW_BLOCK;
      for (int64_t i = 0; i < CHAINS * tile; i += LANES) {
        vf_store(chains + i, vf_set(0.0f));
      }
      (lanes == 1   ? limb_chains_1
       : lanes == 2 ? limb_chains_2
       : lanes == 4 ? limb_chains_4
                    : limb_chains_6)(block, groups, group, limbs + at, chains);
      for (int c = 1; c < CHAINS; c++) {
        for (int64_t i = 0; i < tile; i += LANES) {
          vf_store(chains + i, vf_load(chains + i) + vf_load(chains + c * tile + i));
        }
      }
      for (int64_t i = 0; i < tokens; i++) {
        store_steps(p, r, t + i, chains + i * BITNET_ROW_BLOCK, least(BITNET_ROW_BLOCK, p->row_end - r));
      }
    }
  }
}

static void multiply_limbs(const grouped_product *p, char *scratch) {
  grouped_product part = *p;
  for (; part.token_begin < p->token_end; part.token_begin = part.token_end) {
    part.token_end = least(part.token_begin + LIMB_AT_ONCE, p->token_end);
    multiply_few_limbs(&part, scratch);
  }
}

#endif
