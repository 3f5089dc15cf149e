// Vectors of binary32, as wide as the variant's registers, on the compilers' vector extensions: + - * / are IEEE, and
// nothing is contracted (-ffp-contract=off). The names say what a lane does.
#ifndef BITNET_VECTOR_H
#define BITNET_VECTOR_H

#include "kernels.h"
#include "scalar.h"

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float vf __attribute__((vector_size(LANES * 4)));
typedef int32_t vi __attribute__((vector_size(LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(LANES * 4)));

INLINE vf vf_load(const float *p) {
  typedef float unaligned __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
  return *(const unaligned *)p;
}

INLINE void vf_store(float *p, vf v) {
  typedef float unaligned __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
  *(unaligned *)p = v;
}

INLINE vf vf_set(float x) {
#if LANES == 16
  return (vf)_mm512_set1_ps(x);
#elif LANES == 8
  return (vf)_mm256_set1_ps(x);
#else
  return (vf){x, x, x, x};
#endif
}

#if LANES == 4 && !defined(__FMA__) && !defined(__aarch64__)
// Not inlined: it is long, and what calls it is unrolled.
static __attribute__((noinline, unused)) vf vf_fma(vf a, vf b, vf c) {
  vf r;
  for (int i = 0; i < LANES; i++) {
    r[i] = fma32(a[i], b[i], c[i]);
  }
  return r;
}
#else
INLINE vf vf_fma(vf a, vf b, vf c) {
#if LANES == 16
  return (vf)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif LANES == 8
  return (vf)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
  return (vf)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  vf r;
  for (int i = 0; i < LANES; i++) {
    r[i] = fma32(a[i], b[i], c[i]);
  }
  return r;
#endif
}
#endif

// The larger one; b if a is NaN.
INLINE vf vf_max(vf a, vf b) {
#if LANES == 16
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif LANES == 8
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
  vi m = a > b;
  return (vf)(((vi)a & m) | ((vi)b & ~m));
#endif
}

INLINE vf vf_abs(vf a) {
  return (vf)((vi)a & 0x7fffffff);
}

// The larger magnitude, as the bits of a float that is not negative: their order as integers is that of the floats, and
// NaN is the largest of all. A maximum of floats would lose it.
INLINE vi vi_max_magnitude(vf a, vi b) {
  vi magnitude = (vi)a & 0x7fffffff;
#if LANES == 16
  return (vi)_mm512_max_epi32((__m512i)magnitude, (__m512i)b);
#elif LANES == 8
  return (vi)_mm256_max_epi32((__m256i)magnitude, (__m256i)b);
#elif defined(__aarch64__)
  return (vi)vmaxq_s32((int32x4_t)magnitude, (int32x4_t)b);
#else
  vi m = magnitude > b;
  return (magnitude & m) | (b & ~m);
#endif
}

// Where the mask's lane is all ones a, elsewhere b.
INLINE vf vf_select(vi mask, vf a, vf b) {
  return (vf)(((vi)a & mask) | ((vi)b & ~mask));
}

// To the nearest integer, ties to even, for |a| < 2^22.
INLINE vf vf_rint(vf a) {
#if LANES == 16
  return (vf)_mm512_roundscale_ps((__m512)a, 8);
#elif LANES == 8
  return (vf)_mm256_round_ps((__m256)a, 8);
#elif defined(__aarch64__)
  return (vf)vrndnq_f32((float32x4_t)a);
#else
  return (a + 12582912.0f) - 12582912.0f;
#endif
}

INLINE float vf_reduce_max(vf a) {
#if LANES == 16
  return _mm512_reduce_max_ps((__m512)a);
#elif defined(__aarch64__)
  return vmaxnmvq_f32((float32x4_t)a);
#else
  float best = a[0];
  for (int i = 1; i < LANES; i++) {
    best = a[i] > best ? a[i] : best;
  }
  return best;
#endif
}

// Whether any lane is not zero.
INLINE int vi_any(vi a) {
#if LANES == 16
  return _mm512_test_epi32_mask((__m512i)a, (__m512i)a) != 0;
#elif LANES == 8
  return !_mm256_testz_si256((__m256i)a, (__m256i)a);
#elif defined(__aarch64__)
  return vmaxvq_u32((uint32x4_t)a) != 0;
#else
  return (a[0] | a[1] | a[2] | a[3]) != 0;
#endif
}

// The largest lane of magnitudes.
INLINE float vi_reduce_max_magnitude(vi a) {
#if LANES == 16
  int32_t best = _mm512_reduce_max_epi32((__m512i)a);
#elif defined(__aarch64__)
  int32_t best = vmaxvq_s32((int32x4_t)a);
#else
  int32_t best = a[0];
  for (int i = 1; i < LANES; i++) {
    best = a[i] > best ? a[i] : best;
  }
#endif
  return f32_of((uint32_t)best);
}

// Binary16 to binary32, exactly.
INLINE vf vf_load_f16(const uint16_t *p) {
#if LANES == 16
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif LANES == 8
  return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#elif defined(__aarch64__)
  return (vf)vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)p)));
#else
  vf r;
  for (int i = 0; i < LANES; i++) {
    r[i] = f16_to_f32(load16(p + i));
  }
  return r;
#endif
}

// Bfloat16 to binary32, exactly.
INLINE vf vf_load_bf16(const uint16_t *p) {
  typedef uint16_t half __attribute__((vector_size(LANES * 2)));
  typedef uint16_t unaligned __attribute__((vector_size(LANES * 2), aligned(1), may_alias));
  half h = *(const unaligned *)p;
  return (vf)(__builtin_convertvector(h, vu) << 16);
}

// Binary32 to binary16, to nearest even.
INLINE void vf_store_f16(uint16_t *p, vf v) {
#if LANES == 16
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph((__m512)v, 8));
#elif LANES == 8
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph((__m256)v, 8));
#elif defined(__aarch64__)
  vst1_u8((uint8_t *)p, vreinterpret_u8_f16(vcvt_f16_f32((float32x4_t)v)));
#else
  for (int i = 0; i < LANES; i++) {
    p[i] = f32_to_f16(v[i]);
  }
#endif
}

// The first n floats at p, then zeros.
INLINE vf vf_load_some(const float *p, int64_t n) {
  vf v = vf_set(0.0f);
  for (int i = 0; i < LANES && i < n; i++) {
    v[i] = p[i];
  }
  return v;
}

INLINE void vf_store_some(float *p, vf v, int64_t n) {
  for (int i = 0; i < LANES && i < n; i++) {
    p[i] = v[i];
  }
}

// expn of docs/numerics.md.
INLINE vf vf_expn(vf x) {
  vf n = vf_rint(vf_max(x, vf_set(-88.0f)) * 1.44269504f);
  vf r = vf_fma(n, vf_set(-1.42860677e-6f), vf_fma(n, vf_set(-0.693145752f), x));
  vf p = vf_set(1.38888889e-3f);
  p = vf_fma(p, r, vf_set(8.33333377e-3f));
  p = vf_fma(p, r, vf_set(4.16666679e-2f));
  p = vf_fma(p, r, vf_set(1.66666672e-1f));
  p = vf_fma(p, r, vf_set(0.5f));
  p = vf_fma(p, r, vf_set(1.0f));
  p = vf_fma(p, r, vf_set(1.0f));
  vf power = (vf)((__builtin_convertvector(n, vi) + 127) << 23);
  return vf_select((vi)(x > -87.0f), p * power, vf_set(0.0f));
}

#endif
