// Sums of 64 rows and up to 12 or 8 tokens by the int8 dot product, a lane a row: no horizontal sums, the weights
// of a lane unpacked once for all tokens of a tile, each token's four activations broadcast.
#if defined(__AVX512VNNI__)
typedef __m512i quads;
enum { TILE_TOKENS = 12 };
#define ZERO() _mm512_setzero_si512()
#define LOAD(p) _mm512_load_si512(p)
#define STORE(p, v) _mm512_store_si512(p, v)
#define CODES(x, shift) _mm512_and_si512((shift) ? _mm512_srli_epi16(x, shift) : (x), _mm512_set1_epi8(3))
#define BROADCAST(a) _mm512_set1_epi32(a)
#define DOT(sum, codes, a) _mm512_dpbusd_epi32(sum, codes, a)
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
typedef uint8x16_t quads; // codes; sums are the same bits
enum { TILE_TOKENS = 8 };
#define ZERO() vdupq_n_u8(0)
#define LOAD(p) vld1q_u8(p)
#define STORE(p, v) vst1q_s32(p, vreinterpretq_s32_u8(v))
#define CODES(x, shift) vandq_u8((shift) ? (quads)((x) >> (shift)) : (x), vdupq_n_u8(3))
#define BROADCAST(a) vreinterpretq_u8_s32(vdupq_n_s32(a))
#define DOT(sum, codes, a)                                                                                             \
  vreinterpretq_u8_s32(vdotq_s32(vreinterpretq_s32_u8(sum), vreinterpretq_s8_u8(codes), vreinterpretq_s8_u8(a)))
#else
typedef __m256i quads;
enum { TILE_TOKENS = 12 };
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define STORE(p, v) _mm256_store_si256((__m256i *)(void *)(p), v)
#define CODES(x, shift) _mm256_and_si256((shift) ? _mm256_srli_epi16(x, shift) : (x), _mm256_set1_epi8(3))
#define BROADCAST(a) _mm256_set1_epi32(a)
#define DOT(sum, codes, a) _mm256_dpbusd_avx_epi32(sum, codes, a)
#endif

enum { QUAD_BYTES = sizeof(quads), GROUPS = LINE_BYTES / sizeof(quads) };

// Sums of GROUPS_ groups of rows, from group `first` on, and TOKENS tokens.
#define TILE(GROUPS_, TOKENS)                                                                                          \
  static __attribute__((noinline)) void tile_##GROUPS_##_##TOKENS(const uint8_t *w, int64_t blocks, const int32_t *a,  \
                                                                  int32_t *sums) {                                     \
    quads c[TOKENS][GROUPS_];                                                                                          \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++) c[t][g] = ZERO();                 \
    for (int64_t b = 0; b < blocks; b++, a += 24 * TOKENS) {                                                           \
      for (int j = 0; j < COLUMN_DWORDS; j++, w += LINE_BYTES, a += TOKENS) {                                          \
        quads x[GROUPS_];                                                                                              \
        UNROLL for (int g = 0; g < GROUPS_; g++) {                                                                     \
          if (g * QUAD_BYTES % 64 == 0) {                                                                              \
            prefetch_stream(w + g * QUAD_BYTES);                                                                       \
          }                                                                                                            \
          x[g] = LOAD(w + g * QUAD_BYTES);                                                                             \
        }                                                                                                              \
        QUARTER(GROUPS_, TOKENS, 0)                                                                                    \
        QUARTER(GROUPS_, TOKENS, 1) QUARTER(GROUPS_, TOKENS, 2) QUARTER(GROUPS_, TOKENS, 3)                            \
      }                                                                                                                \
    }                                                                                                                  \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++)                                   \
        STORE(sums + t * BITNET_ROW_BLOCK + g * QUAD_BYTES / 4, c[t][g]);                                              \
  }
#define QUARTER(GROUPS_, TOKENS, quarter)                                                                              \
  {                                                                                                                    \
    quads codes[GROUPS_];                                                                                              \
    UNROLL for (int g = 0; g < GROUPS_; g++) codes[g] = CODES(x[g], 6 - 2 * quarter);                                  \
    UNROLL for (int t = 0; t < TOKENS; t++) {                                                                          \
      quads spread = BROADCAST(a[quarter * 8 * TOKENS + t]);                                                           \
      UNROLL for (int g = 0; g < GROUPS_; g++) c[t][g] = DOT(c[t][g], codes[g], spread);                               \
    }                                                                                                                  \
  }
#define UNROLL _Pragma("GCC unroll 12")

#if defined(__AVX512VNNI__)
TILE(4, 1)
TILE(4, 2)
TILE(4, 4)
TILE(4, 6)
TILE(2, 8)
TILE(2, 12)
// Tokens are filled up with zeros to one of these.
INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : tokens <= 4 ? 4 : tokens <= 6 ? 6 : tokens <= 8 ? 8 : 12;
}
#elif defined(__ARM_FEATURE_DOTPROD)
TILE(4, 1)
TILE(4, 2)
TILE(4, 4)
TILE(2, 8)
INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : tokens <= 4 ? 4 : 8;
}
#else
TILE(8, 1)
TILE(4, 2)
TILE(2, 4)
TILE(1, 8)
TILE(1, 12)
INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : tokens <= 4 ? 4 : tokens <= 8 ? 8 : 12;
}
#endif

#define RUN(GROUPS_, TOKENS)                                                                                           \
  for (int g = 0; g < GROUPS; g += GROUPS_) {                                                                          \
    tile_##GROUPS_##_##TOKENS(w + g * QUAD_BYTES, blocks, activations, sums + g * QUAD_BYTES / 4);                     \
  }                                                                                                                    \
  return

// sums[token][row] = sum of codes * activations, codes 0, 1, 2.
static void tile_sums(const uint8_t *w, int64_t blocks, const int32_t *activations, int64_t lanes, int32_t *sums) {
  switch (lanes) {
#if defined(__AVX512VNNI__)
  case 1:
    RUN(4, 1);
  case 2:
    RUN(4, 2);
  case 4:
    RUN(4, 4);
  case 6:
    RUN(4, 6);
  case 8:
    RUN(2, 8);
  default:
    RUN(2, 12);
#elif defined(__ARM_FEATURE_DOTPROD)
  case 1:
    RUN(4, 1);
  case 2:
    RUN(4, 2);
  case 4:
    RUN(4, 4);
  default:
    RUN(2, 8);
#else
  case 1:
    RUN(8, 1);
  case 2:
    RUN(4, 2);
  case 4:
    RUN(2, 4);
  case 8:
    RUN(1, 8);
  default:
    RUN(1, 12);
#endif
  }
}
