// The one long float sum of docs/numerics.md, over products.
#ifndef BITNET_SUM256_H
#define BITNET_SUM256_H

#include "vector.h"

// AVX-512 and AArch64 have 32 registers, the others 16.
#if LANES == 16 || defined(__aarch64__)
enum { SUM_VECTORS = 256 / LANES, SUM_AT_ONCE = 16 };
#else
enum { SUM_VECTORS = 256 / LANES, SUM_AT_ONCE = 8 };
#endif

// Adds the lanes of a vector by strides LANES / 2 .. 1.
INLINE float vf_tree(vf v) {
#if LANES == 16
  __m512 a = (__m512)v;
  __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
#elif LANES == 8
  __m128 c = _mm_add_ps(_mm256_castps256_ps128((__m256)v), _mm256_extractf128_ps((__m256)v, 1));
#endif
#if LANES >= 8
  c = _mm_add_ps(c, _mm_movehl_ps(c, c));
  return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
#else
  return (v[0] + v[2]) + (v[1] + v[3]);
#endif
}

// Element i of a row that is stored as a float type, and of the next lanes.
INLINE vf row_lanes(int32_t type, const void *row, int64_t i) {
  switch (type) {
  case BITNET_F16:
    return vf_load_f16((const uint16_t *)row + i);
  case BITNET_BF16:
    return vf_load_bf16((const uint16_t *)row + i);
  default:
    return vf_load((const float *)row + i);
  }
}

INLINE float row_element(int32_t type, const void *row, int64_t i) {
  switch (type) {
  case BITNET_F16:
    return f16_to_f32(load16((const uint16_t *)row + i));
  case BITNET_BF16:
    return bf16_to_f32(load16((const uint16_t *)row + i));
  default:
    return load_f32((const float *)row + i);
  }
}

// sum256(row * y), the row of type F32, F16 or BF16. Where registers do not hold 256 partial sums they are made in
// passes over the row, which stays in the first cache. Prefetches a row to come into the second cache, as
// prefetch_stream does, and its own end into the first: evenly, since requests for memory that come all in the first
// pass wait for each other (an F16 head then reads at 0.63 of memory's speed instead of 0.95 to 1).
INLINE float sum256_inline(int32_t type, const void *row, const float *y, int64_t columns, const char *ahead) {
  enum { PASSES = SUM_VECTORS / SUM_AT_ONCE };
  vf s[SUM_VECTORS];
  int64_t whole = columns / 256 * 256, line = type == BITNET_F32 ? 16 : 32;
#pragma GCC unroll 8
  for (int pass = 0; pass < SUM_VECTORS; pass += SUM_AT_ONCE) {
#pragma GCC unroll 16
    for (int i = 0; i < SUM_AT_ONCE; i++) {
      s[pass + i] = vf_set(0.0f);
    }
    for (int64_t k = 0; k < whole; k += 256) {
      if (ahead != 0) {
        for (int64_t i = 0; i < 256 / PASSES; i += line) {
          __builtin_prefetch(ahead + (pass / SUM_AT_ONCE * whole / PASSES + k / PASSES + i) / line * 64, 0, 2);
        }
        for (int64_t i = 0; pass == 0 && i < 256; i += line) {
          __builtin_prefetch((const char *)row + (k + i) / line * 64 + 1024, 0, 3);
        }
      }
#pragma GCC unroll 16
      for (int i = 0; i < SUM_AT_ONCE; i++) {
        int64_t at = k + (pass + i) * LANES;
        s[pass + i] = vf_fma(row_lanes(type, row, at), vf_load(y + at), s[pass + i]);
      }
    }
  }
  if (whole < columns) {
    float lanes[256];
    for (int i = 0; i < SUM_VECTORS; i++) {
      vf_store(lanes + i * LANES, s[i]);
    }
    for (int64_t k = whole; k < columns; k++) {
      lanes[k - whole] = fma32(row_element(type, row, k), y[k], lanes[k - whole]);
    }
    for (int i = 0; i < SUM_VECTORS; i++) {
      s[i] = vf_load(lanes + i * LANES);
    }
  }
#pragma GCC unroll 8
  for (int n = SUM_VECTORS / 2; n > 0; n /= 2) {
#pragma GCC unroll 32
    for (int i = 0; i < n; i++) {
      s[i] = s[i] + s[i + n];
    }
  }
  return vf_tree(s[0]);
}

#define SUM256(name, type)                                                                                             \
  static __attribute__((noinline, unused)) float name(const void *row, const float *y, int64_t columns,                \
                                                      const char *ahead) {                                             \
    return sum256_inline(type, row, y, columns, ahead);                                                                \
  }
SUM256(sum256_f32, BITNET_F32)
SUM256(sum256_f16, BITNET_F16)
SUM256(sum256_bf16, BITNET_BF16)
#undef SUM256

#endif
