// Single floats: exact conversions, and an fma that rounds once on every CPU.
#ifndef BITNET_SCALAR_H
#define BITNET_SCALAR_H

#include "kernels.h"

INLINE uint32_t f32_bits(float f) {
  union {
    float f;
    uint32_t bits;
  } u = {.f = f};
  return u.bits;
}

INLINE float f32_of(uint32_t bits) {
  union {
    uint32_t bits;
    float f;
  } u = {.bits = bits};
  return u.f;
}

INLINE uint16_t load16(const void *p) {
  const uint8_t *b = p;
  return (uint16_t)(b[0] | b[1] << 8);
}

INLINE float load_f32(const void *p) {
  const uint8_t *b = p;
  return f32_of((uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
}

// fma(a, b, c) with one rounding. Without an instruction for it: the product is exact in binary64; the sum is rounded
// to odd there (its last bit set if anything was lost), so that the rounding to binary32 is the only one that counts.
INLINE float fma32(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  double p = (double)a * b, s = p + c;
  double back = s - p, lost = (p - (s - back)) + (c - back); // exact (Knuth's two-sum)
  union {
    double f;
    uint64_t bits;
  } u = {.f = s};
  if ((lost > 0 || lost < 0) && (u.bits & 1) == 0) { // not where infinities made it NaN
    u.bits += (lost > 0) == (s > 0) ? 1 : (uint64_t)-1;
  }
  return (float)u.f;
#endif
}

INLINE float sqrt32(float x) {
  return __builtin_sqrtf(x);
}

INLINE float f16_to_f32(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  if (exponent == 31) {
    return f32_of(sign | 0x7f800000 | fraction << 13);
  }
  if (exponent == 0) { // fraction * 2^-24
    float f = (float)(int32_t)fraction * 5.9604644775390625e-8f;
    return f32_of(f32_bits(f) | sign);
  }
  return f32_of(sign | (exponent + 112) << 23 | fraction << 13);
}

// To nearest, ties to even.
INLINE uint16_t f32_to_f16(float f) {
  uint32_t bits = f32_bits(f), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  }
  if (magnitude >= 0x477ff000) { // 65520: halfway to the next power
    return (uint16_t)(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) { // below 2^-14: a multiple of 2^-24; adding 0.5 leaves that in the last bits, rounded
    return (uint16_t)(sign | (f32_bits(f32_of(magnitude) + 0.5f) & 0xfff));
  }
  uint32_t odd = magnitude >> 13 & 1;
  return (uint16_t)(sign | (magnitude - (112u << 23) + 0xfff + odd) >> 13);
}

INLINE float bf16_to_f32(uint16_t h) {
  return f32_of((uint32_t)h << 16);
}

#endif
