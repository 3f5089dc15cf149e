// One row by one block: the norm, if there is one, and int8 codes. Loops are unrolled no further than loads need it:
// what runs once waits for its instructions. Compact loops and no division took the products of a token from 6.4 to 4.8
// us (3840 x 2560, H200).
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

// Copies a row to shared memory, with zeros behind it. A thread has six loads on their way before it waits for one.
INLINE void copy_row(const float *x, float *values, int columns, int stride) {
  constexpr int AT_ONCE = 6;
  int threads = blockDim.x;
  if (columns % 4 != 0) { // the rows are not aligned
#pragma unroll 1
    for (int i = threadIdx.x; i < stride; i += threads) {
      values[i] = i < columns ? fresh(x + i) : 0.0f;
    }
    return;
  }
#pragma unroll 1
  for (int first = threadIdx.x; first < stride / 4; first += AT_ONCE * threads) {
    float4 v[AT_ONCE];
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      int i = first + k * threads;
      v[k] = i < columns / 4 ? fresh((const float4 *)x + i) : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
      int i = first + k * threads;
      if (i < stride / 4) {
        ((float4 *)values)[i] = v[k];
      }
    }
  }
}

// Brings a row to `values`, shared memory for `stride` floats, and takes its norm there. All threads call it, and all
// get the largest magnitude, as bits; each may go on with the values that it has here: every `threads`-th four. `gain`
// may be in shared memory as well, if it is complete after a __syncthreads().
INLINE uint32_t normed_row(const bitnet_norm_quantize &p, const float *x, const float *gain, float *values,
                           QuantizeScratch &scratch) {
  int thread = threadIdx.x, threads = blockDim.x, warp = thread / 32, warps = threads / 32;
  copy_row(x, values, p.columns, p.stride);
  __syncthreads();
  float r = 1.0f;
  if (gain) {
#pragma unroll 1
    for (int lane = thread; lane < 256; lane += threads) {
      float squares = 0.0f;
#pragma unroll 5
      for (int i = lane; i < p.columns; i += 256) {
        squares = fmaf(values[i], values[i], squares);
      }
      scratch.lanes[lane] = squares;
    }
    __syncthreads();
    r = norm_factor(tree256(scratch.lanes), p.columns, p.epsilon);
  }
  uint32_t bits = 0;
#pragma unroll 1
  for (int i = thread; i < p.stride / 4; i += threads) {
    float4 v = ((const float4 *)values)[i];
    if (gain) {
      float4 g = ((const float4 *)gain)[i];
      v = make_float4(v.x * r * g.x, v.y * r * g.y, v.z * r * g.z, v.w * r * g.w);
      ((float4 *)values)[i] = v;
    }
    bits = max_magnitude(bits, v);
  }
  bits = warp_max(bits);
  if (thread % 32 == 0) {
    scratch.maxima[warp] = bits;
  }
  __syncthreads();
  return warp_max(thread % 32 < warps ? scratch.maxima[thread % 32] : 0u);
}

// All threads call it, and all get the answer. Codes are written four at a time, those of a chunk `chunk_words` words
// behind those of the one before, each in its place exclusive-or `turn`.
INLINE RowCodes quantize_row(const bitnet_norm_quantize &p, const float *x, const float *gain, float *values,
                             uint32_t *codes, QuantizeScratch &scratch, int chunk_words = BITNET_CHUNK / 4,
                             int turn = 0) {
  int thread = threadIdx.x, threads = blockDim.x, warp = thread / 32, warps = threads / 32;
  float factor = quantize_factor(normed_row(p, x, gain, values, scratch));
  // A product is at most 127 and a rounding, so that codes need no clamp: adding 1.5 * 2^23 rounds to even, and the low
  // bits are the code.
  const float magic = 12582912.0f;
  uint32_t sum = 0;
#pragma unroll 1
  for (int i = thread; i < p.stride / 4; i += threads) {
    float4 v = ((const float4 *)values)[i];
    uint32_t a = bits_of(v.x * factor + magic), b = bits_of(v.y * factor + magic);
    uint32_t c = bits_of(v.z * factor + magic), d = bits_of(v.w * factor + magic);
    codes[(int64_t)(i / 32) * chunk_words + (i % 32 ^ turn)] = (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
    sum += a + b + c + d - 4 * bits_of(magic);
  }
  int own = warp_sum((int)sum);
  if (thread % 32 == 0) {
    scratch.sums[warp] = own;
  }
  __syncthreads();
  return {factor, warp_sum(thread % 32 < warps ? scratch.sums[thread % 32] : 0)};
}

#endif
