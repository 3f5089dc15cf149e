// What both kernels of Attention share.
#ifndef BITNET_ATTENTION_H
#define BITNET_ATTENTION_H

#include "cache.h"

// Eight elements of a key or a value.
INLINE void eight_cached(const uint16_t *p, float (&x)[8]) {
  uint4 v = *(const uint4 *)p;
  uint32_t words[4] = {v.x, v.y, v.z, v.w};
  for (int i = 0; i < 8; i++) {
    x[i] = f16_to_f32((uint16_t)(words[i / 2] >> (i % 2 * 16)));
  }
}

INLINE void eight_cached(const float *p, float (&x)[8]) {
  float4 a = ((const float4 *)p)[0], b = ((const float4 *)p)[1];
  x[0] = a.x, x[1] = a.y, x[2] = a.z, x[3] = a.w, x[4] = b.x, x[5] = b.y, x[6] = b.z, x[7] = b.w;
}

// Two elements; p is at an even one.
INLINE float2 two_cached(const uint16_t *p) {
  uint32_t x = *(const uint32_t *)p;
  return make_float2(f16_to_f32((uint16_t)x), f16_to_f32((uint16_t)(x >> 16)));
}

INLINE float2 two_cached(const float *p) {
  return *(const float2 *)p;
}

// The positions of a chunk that a query sees.
struct Seen {
  int begin, end;

  INLINE bool has(int position) const { return position >= begin && position < end; }
};

// The exponentials of 64 scores, two a lane, in place, with the tree over their sum; all lanes get (maximum, sum).
INLINE float2 softmax_chunk(float *scores, const Seen &seen) {
  int lane = threadIdx.x % 32;
  float a = seen.has(lane) ? scores[lane] : -INFINITY, b = seen.has(lane + 32) ? scores[lane + 32] : -INFINITY;
  float largest = fmaxf(a, b);
  for (int stride = 16; stride > 0; stride /= 2) {
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, stride));
  }
  a = seen.has(lane) ? expn(a - largest) : 0.0f;
  b = seen.has(lane + 32) ? expn(b - largest) : 0.0f;
  scores[lane] = a;
  scores[lane + 32] = b;
  float sum = a + b;
  for (int stride = 16; stride > 0; stride /= 2) {
    sum += __shfl_xor_sync(WARP, sum, stride);
  }
  return make_float2(largest, sum);
}

#endif
