// One row by one warp, whose lanes have it in registers: of columns 128 m + 4 lane and the next three. For many rows,
// where no time is lost with barriers.
#ifndef BITNET_QUANTIZE_WARP_H
#define BITNET_QUANTIZE_WARP_H

#include "numerics.h"

template <int QUADS> struct WarpRow {
  float4 quads[QUADS]; // normed, if there is a norm; 0 behind the columns
  uint32_t largest;    // magnitude, as bits; all lanes have it

  // A row of a multiple of 4 columns, at most 128 QUADS.
  INLINE WarpRow(const bitnet_norm_quantize &p, int64_t row) {
    int lane = threadIdx.x % 32;
    const float4 *x = (const float4 *)(p.x + row * p.columns);
#pragma unroll
    for (int m = 0; m < QUADS; m++) {
      int i = lane + 32 * m;
      quads[m] = i < p.columns / 4 ? fresh(x + i) : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }
    if (p.gain) {
      norm(p, lane);
    }
    largest = 0;
#pragma unroll
    for (int m = 0; m < QUADS; m++) {
      largest = max_magnitude(largest, quads[m]);
    }
    largest = warp_max(largest);
  }

private:
  // A lane has the partial sums of its columns modulo 256; the contract's tree goes over lanes first, then over the
  // four.
  INLINE void norm(const bitnet_norm_quantize &p, int lane) {
    float sums[2][4] = {};
#pragma unroll
    for (int m = 0; m < QUADS; m++) {
      float4 v = quads[m];
      float(&s)[4] = sums[m % 2];
      s[0] = fmaf(v.x, v.x, s[0]), s[1] = fmaf(v.y, v.y, s[1]);
      s[2] = fmaf(v.z, v.z, s[2]), s[3] = fmaf(v.w, v.w, s[3]);
    }
#pragma unroll
    for (int e = 0; e < 4; e++) {
      sums[0][e] += sums[1][e];
#pragma unroll
      for (int stride = 16; stride > 0; stride /= 2) {
        sums[0][e] += __shfl_xor_sync(WARP, sums[0][e], stride);
      }
    }
    float squares = (sums[0][0] + sums[0][2]) + (sums[0][1] + sums[0][3]);
    float r = norm_factor(squares, p.columns, p.epsilon);
#pragma unroll
    for (int m = 0; m < QUADS; m++) {
      if (m < p.stride / 128) { // the gain goes no further
        float4 v = quads[m], g = constant((const float4 *)p.gain + lane + 32 * m);
        quads[m] = make_float4(v.x * r * g.x, v.y * r * g.y, v.z * r * g.z, v.w * r * g.w);
      }
    }
  }
};

#endif
