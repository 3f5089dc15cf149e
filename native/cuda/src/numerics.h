// The contract's functions (docs/numerics.md). The compiler contracts nothing (-fmad=false): an fma is written as one.
#ifndef BITNET_NUMERICS_H
#define BITNET_NUMERICS_H

#include "device.h"

// e^x for x <= 0. Without branches and conversions, so that those of a thread go on side by side: adding 1.5 * 2^23
// rounds to even, and leaves the integer in the low bits.
INLINE float expn(float x) {
  const float magic = 12582912.0f;
  float y = fmaxf(x, -87.0f), rounded = y * 1.44269504f + magic;
  float n = rounded - magic;
  float r = fmaf(n, -1.42860677e-6f, fmaf(n, -0.693145752f, y));
  float p = 1.38888889e-3f;
  p = fmaf(p, r, 8.33333377e-3f);
  p = fmaf(p, r, 4.16666679e-2f);
  p = fmaf(p, r, 1.66666672e-1f);
  p = fmaf(p, r, 0.5f);
  p = fmaf(p, r, 1.0f);
  p = fmaf(p, r, 1.0f);
  return x > -87.0f ? p * f32_of((bits_of(rounded) + 127) << 23) : 0.0f;
}

// The tree over 256 partial sums in shared memory; every warp that calls it computes all of it.
INLINE float tree256(const float *s) {
  int i = threadIdx.x % 32;
  float a = s[i] + s[i + 128], b = s[i + 32] + s[i + 160], c = s[i + 64] + s[i + 192], d = s[i + 96] + s[i + 224];
  float sum = (a + c) + (b + d);
  for (int stride = 16; stride > 0; stride /= 2) {
    sum += __shfl_xor_sync(WARP, sum, stride);
  }
  return sum;
}

// The sum of squares of `count` values, by a warp: all of it in shared memory, with room for 256 partial sums.
INLINE float warp_squares(const float *values, int count, float *lanes) {
  int lane = threadIdx.x % 32;
#pragma unroll
  for (int first = 0; first < 256; first += 32) {
    float squares = 0.0f;
    for (int i = first + lane; i < count; i += 256) {
      squares = fmaf(values[i], values[i], squares);
    }
    lanes[first + lane] = squares;
  }
  warp_barrier();
  return tree256(lanes);
}

// The factor of RMSNorm from the sum of squares.
INLINE float norm_factor(float squares, int columns, float epsilon) {
  return 1.0f / sqrtf(squares / (float)columns + epsilon);
}

// The larger magnitude, as the bits of a float that is not negative: their order as integers is that of the floats, and
// NaN is the largest of all. A maximum of floats would lose it.
INLINE uint32_t max_magnitude(uint32_t largest, float x) {
  return max(largest, bits_of(x) & 0x7fffffffu);
}

INLINE uint32_t max_magnitude(uint32_t largest, float4 x) {
  return max_magnitude(max_magnitude(max_magnitude(max_magnitude(largest, x.x), x.y), x.z), x.w);
}

// What a row of this largest magnitude is multiplied by to be quantised. NaN if an element is not finite: everything
// that follows is NaN then, whatever the codes are.
INLINE float quantize_factor(uint32_t largest) {
  return largest < 0x7f800000u ? 127.0f / fmaxf(1e-5f, f32_of(largest)) : f32_of(0x7fc00000u);
}

// The same for wide activations.
INLINE float wide_factor(uint32_t largest) {
  return largest < 0x7f800000u ? 2047.0f / fmaxf(5.42101086e-20f, f32_of(largest)) : f32_of(0x7fc00000u); // 2^-64
}

INLINE float squared_relu(float g) {
  float positive = g > 0.0f ? g : 0.0f;
  return positive * positive;
}

INLINE float sigmoid(float x) {
  float e = expn(-fabsf(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

INLINE float silu(float g) {
  return g * sigmoid(g);
}

// ln(1 + e^x).
INLINE float softplus(float x) {
  float e = expn(-fabsf(x)), t = e / (2.0f + e), square = t * t, p = 1.0f / 15;
  p = fmaf(p, square, 1.0f / 13);
  p = fmaf(p, square, 1.0f / 11);
  p = fmaf(p, square, 1.0f / 9);
  p = fmaf(p, square, 1.0f / 7);
  p = fmaf(p, square, 1.0f / 5);
  p = fmaf(p, square, 1.0f / 3);
  p = fmaf(p, square, 1.0f);
  return (x > 0.0f ? x : 0.0f) + 2.0f * t * p;
}

INLINE float gelu_tanh(float g) {
  return g * sigmoid(g * fmaf(0.07135482f, g * g, 1.5957692f));
}

INLINE float activation(int kind, float g) {
  return kind == BITNET_SILU ? silu(g) : kind == BITNET_GELU_TANH ? gelu_tanh(g) : squared_relu(g);
}

// Dimensions i and i + head_dim / 2 turn together.
INLINE float2 rotate(float a, float b, float cosine, float sine) {
  return make_float2(fmaf(a, cosine, -(b * sine)), fmaf(b, cosine, a * sine));
}

#endif
