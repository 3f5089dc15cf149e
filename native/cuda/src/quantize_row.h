// One row by one block: the norm, if there is one, and int8 codes.
#ifndef BITNET_QUANTIZE_ROW_H
#define BITNET_QUANTIZE_ROW_H

#include "numerics.h"

struct QuantizeScratch {
  float lanes[256];
  uint32_t maxima[32]; // of each warp; not negative, so that bits are ordered as the floats are
  int sums[32];
};

struct RowCodes {
  float factor;
  int sum;
};

// All threads call it, and all get the answer. `values` is shared memory for `stride` floats; `gain` may be there as
// well, if it is complete after a __syncthreads(). Codes are written four at a time.
INLINE RowCodes quantize_row(const bitnet_norm_quantize &p, const float *x, const float *gain, float *values,
                             uint32_t *codes, QuantizeScratch &scratch) {
  int thread = threadIdx.x, threads = blockDim.x, warp = thread / 32, warps = threads / 32;
  for (int lane = thread; lane < 256; lane += threads) {
    float squares = 0.0f;
#pragma unroll 8
    for (int i = lane; i < p.columns; i += 256) {
      float v = fresh(x + i);
      squares = fmaf(v, v, squares);
      values[i] = v;
    }
    scratch.lanes[lane] = squares;
  }
  for (int i = p.columns + thread; i < p.stride; i += threads) {
    values[i] = 0.0f;
  }
  __syncthreads();
  float r = gain ? norm_factor(tree256(scratch.lanes), p.columns, p.epsilon) : 1.0f;
  float largest = 0.0f;
  for (int i = thread; i < p.stride / 4; i += threads) {
    float4 v = ((const float4 *)values)[i];
    if (gain) {
      float4 g = ((const float4 *)gain)[i];
      v = make_float4(v.x * r * g.x, v.y * r * g.y, v.z * r * g.z, v.w * r * g.w);
      ((float4 *)values)[i] = v;
    }
    largest = fmaxf(fmaxf(fmaxf(largest, fabsf(v.x)), fmaxf(fabsf(v.y), fabsf(v.z))), fabsf(v.w));
  }
  uint32_t bits = warp_max(bits_of(largest));
  if (thread % 32 == 0) {
    scratch.maxima[warp] = bits;
  }
  __syncthreads();
  bits = warp_max(thread % 32 < warps ? scratch.maxima[thread % 32] : 0u);
  float factor = 127.0f / fmaxf(1e-5f, f32_of(bits));
  int sum = 0;
  for (int i = thread; i < p.stride / 4; i += threads) {
    float4 v = ((const float4 *)values)[i];
    int a = max(-128, min(127, (int)rintf(v.x * factor))), b = max(-128, min(127, (int)rintf(v.y * factor)));
    int c = max(-128, min(127, (int)rintf(v.z * factor))), d = max(-128, min(127, (int)rintf(v.w * factor)));
    codes[i] = (uint32_t)(a & 255) | (uint32_t)(b & 255) << 8 | (uint32_t)(c & 255) << 16 | (uint32_t)d << 24;
    sum += a + b + c + d;
  }
  sum = warp_sum(sum);
  if (thread % 32 == 0) {
    scratch.sums[warp] = sum;
  }
  __syncthreads();
  return {factor, warp_sum(thread % 32 < warps ? scratch.sums[thread % 32] : 0)};
}

#endif
