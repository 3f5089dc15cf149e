// Sums of int8 codes times int8 activations, a lane a row: 64 rows, a few tokens.
#ifndef BITNET_INT8_PRODUCT_H
#define BITNET_INT8_PRODUCT_H

#include "layout.h"
#include "vector.h"

// DOT adds products of four neighbouring codes of a row to the row's lane. BIAS is what INPUT adds to each activation,
// for dot products with an unsigned operand. WIDE vectors of codes are multiplied by one token's activations at a time,
// or NARROW ones by those of MANY tokens: as many sums as the registers hold.
#if defined(__AVX512VNNI__)
typedef __m512i codes_vector;
typedef __m512i sums_vector;
enum { BIAS = 128, WIDE = 4, MANY = 4, NARROW = 4 };
#define ZERO() _mm512_setzero_si512()
#define LOAD(p) _mm512_load_si512(p)
#define INPUT(q) _mm512_xor_si512(_mm512_set1_epi32(q), _mm512_set1_epi8(-128))
#define DOT(sum, codes, input) _mm512_dpbusd_epi32(sum, input, codes)
#define STORE(p, sum) _mm512_store_si512(p, sum)
#elif defined(__AVXVNNI__)
typedef __m256i codes_vector;
typedef __m256i sums_vector;
enum { BIAS = 128, WIDE = 8, MANY = 2, NARROW = 4 };
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define INPUT(q) _mm256_xor_si256(_mm256_set1_epi32(q), _mm256_set1_epi8(-128))
#define DOT(sum, codes, input) _mm256_dpbusd_avx_epi32(sum, input, codes)
#define STORE(p, sum) _mm256_store_si256((__m256i *)(void *)(p), sum)
#elif defined(__AVX2__)
typedef __m256i codes_vector;
typedef __m256i sums_vector;
enum { BIAS = 0, WIDE = 8, MANY = 2, NARROW = 4 };
#define ZERO() _mm256_setzero_si256()
#define LOAD(p) _mm256_load_si256((const __m256i *)(const void *)(p))
#define INPUT(q) _mm256_set1_epi32(q)
// |q| times the codes with q's sign: codes never are -128, and pairs of products, 2 * 128 * 127 at most, fit an int16.
#define DOT(sum, codes, input)                                                                                         \
  _mm256_add_epi32(sum,                                                                                                \
                   _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_abs_epi8(input), _mm256_sign_epi8(codes, input)),     \
                                     _mm256_set1_epi16(1)))
#define STORE(p, sum) _mm256_store_si256((__m256i *)(void *)(p), sum)
#elif defined(__ARM_FEATURE_DOTPROD)
typedef int8x16_t codes_vector;
typedef int32x4_t sums_vector;
enum { BIAS = 0, WIDE = 8, MANY = 4, NARROW = 4 };
#define ZERO() vdupq_n_s32(0)
#define LOAD(p) vld1q_s8(p)
#define INPUT(q) vreinterpretq_s8_s32(vdupq_n_s32(q))
#define DOT(sum, codes, input) vdotq_s32(sum, codes, input)
#define STORE(p, sum) vst1q_s32(p, sum)
#elif defined(TERNARY_NEON)
typedef int8x16_t codes_vector;
// Two lanes a row.
typedef struct {
  int32x4_t low, high;
} sums_vector;
enum { BIAS = 0, WIDE = 8, MANY = 2, NARROW = 4 };
#define ZERO()                                                                                                         \
  (sums_vector) {                                                                                                      \
    vdupq_n_s32(0), vdupq_n_s32(0)                                                                                     \
  }
#define LOAD(p) vld1q_s8(p)
#define INPUT(q) vreinterpretq_s8_s32(vdupq_n_s32(q))
#define DOT(sum, codes, input)                                                                                         \
  (sums_vector) {                                                                                                      \
    vpadalq_s16((sum).low, vmull_s8(vget_low_s8(codes), vget_low_s8(input))),                                          \
        vpadalq_s16((sum).high, vmull_high_s8(codes, input))                                                           \
  }
#define STORE(p, sum) vst1q_s32(p, vpaddq_s32((sum).low, (sum).high))
#else
typedef int8_t codes_vector __attribute__((vector_size(16)));
typedef int32_t sums_vector __attribute__((vector_size(16)));
enum { BIAS = 0, WIDE = 4, MANY = 1, NARROW = 4 };
#define ZERO() (sums_vector){0}
#define LOAD(p) *(const codes_vector *)(const void *)(p)
#define INPUT(q)                                                                                                       \
  (codes_vector)(sums_vector) {                                                                                        \
    q, q, q, q                                                                                                         \
  }
// Pairs of products in lanes of int16: 2 * 128 * 127 at most.
INLINE sums_vector quad_products(codes_vector a, codes_vector b) {
  typedef int16_t words __attribute__((vector_size(16)));
  words even = ((words)a << 8 >> 8) * ((words)b << 8 >> 8), odd = ((words)a >> 8) * ((words)b >> 8);
  sums_vector pairs = (sums_vector)(even + odd);
  return (pairs << 16 >> 16) + (pairs >> 16);
}
#define DOT(sum, codes, input) ((sum) + quad_products(codes, input))
#define STORE(p, sum) *(sums_vector *)(void *)(p) = (sum)
#endif

enum { VECTORS = LINE_BYTES / sizeof(codes_vector), VECTOR_ROWS = BITNET_ROW_BLOCK / VECTORS };

// sums[t][row] for `tokens` tokens, whose activations are `stride` bytes apart. The last two arguments are constants
// where it is called.
INLINE void int8_sums(const char *codes, int64_t quads, const int8_t *q, int64_t stride, int32_t *sums, int tokens,
                      int vectors) {
  for (int first = 0; first < VECTORS; first += vectors) {
    const char *line = codes + first * (int)sizeof(codes_vector);
    sums_vector sum[4][8];
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        sum[t][v] = ZERO();
      }
    }
    for (int64_t i = 0; i < quads; i++, line += LINE_BYTES) {
      codes_vector x[8];
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        if (v * sizeof(codes_vector) % 64 == 0) {
          prefetch_codes(line + v * sizeof(codes_vector));
        }
        x[v] = LOAD((const void *)(line + v * sizeof(codes_vector)));
      }
#pragma GCC unroll 4
      for (int t = 0; t < tokens; t++) {
        codes_vector input = INPUT(((const int32_t *)(const void *)(q + t * stride))[i]);
#pragma GCC unroll 8
        for (int v = 0; v < vectors; v++) {
          sum[t][v] = DOT(sum[t][v], x[v], input);
        }
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) {
        STORE(sums + t * BITNET_ROW_BLOCK + (first + v) * VECTOR_ROWS, sum[t][v]);
      }
    }
  }
}

#endif
