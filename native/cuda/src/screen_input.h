// What an output becomes for a screened head: integers of 16 bits, and norms. For an int8 head they are its int8 codes,
// whose high bytes are zero.
#ifndef BITNET_SCREEN_INPUT_H
#define BITNET_SCREEN_INPUT_H

#include "screen.h"

namespace screen {

struct InputScratch {
  uint32_t maxima[32];
  float squares[32], rest[32];
};

// All lanes get it.
INLINE float sum_of_lanes(float x) {
  for (int stride = 16; stride > 0; stride /= 2) {
    x += __shfl_xor_sync(WARP, x, stride);
  }
  return x;
}

// Threads of a block, which is the output's; y is in shared memory, zero behind its end up to a multiple of 4.
INLINE void take(const bitnet_screen_input &to, int output, const float *y, InputScratch &scratch) {
  int thread = threadIdx.x, lane = thread % 32, warp = thread / 32, warps = blockDim.x / 32;
  int words = to.steps * (BITNET_SCREEN_COLUMNS / 4), there = (to.columns + 3) / 4;
  float squares = 0.0f;
  uint32_t bits = 0;
  for (int i = thread; i < there; i += blockDim.x) {
    float4 v = ((const float4 *)y)[i];
    bits = max_magnitude(bits, v);
    squares = fmaf(v.x, v.x, fmaf(v.y, v.y, fmaf(v.z, v.z, fmaf(v.w, v.w, squares))));
  }
  bits = warp_max(bits);
  squares = sum_of_lanes(squares);
  if (lane == 0) {
    scratch.maxima[warp] = bits;
    scratch.squares[warp] = squares;
  }
  __syncthreads();
  bits = warp_max(lane < warps ? scratch.maxima[lane] : 0u);
  float largest = f32_of(bits), step = largest / (float)MOST_INPUT, factor = step > 0.0f ? 1.0f / step : 0.0f,
        most = (float)MOST_INPUT;
  if (to.int8) {
    factor = quantize_factor(bits);
    step = factor;
    most = 127.0f; // what rounds beyond it does not exceed it by more than the last bit
  }
  float rest = 0.0f;
  for (int i = thread; i < words; i += blockDim.x) {
    float4 v = i < there ? ((const float4 *)y)[i] : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    const float values[4] = {v.x, v.y, v.z, v.w};
    uint32_t high = 0, low = 0;
    for (int k = 0; k < 4; k++) {
      int z = (int)fminf(fmaxf(rintf(values[k] * factor), -most), most);
      float d = fmaf(-step, (float)z, values[k]);
      rest = fmaf(d, d, rest);
      int above = (z + 128) >> 8; // the low byte is signed
      high |= (uint32_t)(above & 255) << (k * 8);
      low |= (uint32_t)(z & 255) << (k * 8);
    }
    int row = i * 4 % BITNET_SCREEN_COLUMNS, t = row % 16 / 4;
    int64_t piece = (int64_t)(output / OUTPUTS) * to.steps + i * 4 / BITNET_SCREEN_COLUMNS;
    uint32_t *at = to.planes + (piece * 32 + output % OUTPUTS * 8 + t) * 2 + row / 16;
    at[0] = high;
    at[8] = low;
  }
  rest = sum_of_lanes(rest);
  if (lane == 0) {
    scratch.rest[warp] = rest;
  }
  __syncthreads();
  squares = sum_of_lanes(lane < warps ? scratch.squares[lane] : 0.0f);
  rest = sum_of_lanes(lane < warps ? scratch.rest[lane] : 0.0f);
  if (thread == 0) {
    float gamma = (float)((to.columns + 255) / 256 + 9) * 6.1e-8f;
    ((float4 *)to.facts)[output] = make_float4(step, norm_up(squares), norm_up(rest), gamma);
  }
}

} // namespace screen

#endif
