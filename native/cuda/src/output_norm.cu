// OutputNorm: a block an output. A screened head gets its input as well.
#include "screen_input.h"

KERNEL(output_norm, bitnet_output_norm, 256, 1) {
  __shared__ float lanes[256];
  __shared__ screen::InputScratch scratch;
  DYNAMIC_SHARED(memory); // a row, up to a multiple of 4, and the gain
  int padded = (p.columns + 3) / 4 * 4;
  float *values = (float *)memory, *gain = values + padded;
  let_others_begin();
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    gain[i] = p.gain[i];
  }
  wait_for_others();
  int64_t row = p.entries ? p.entries[blockIdx.x].output : (int)blockIdx.x;
  const float *x = p.x + row * p.columns;
  float *y = p.y + (int64_t)blockIdx.x * p.columns;
  float squares = 0.0f;
#pragma unroll 8
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    float v = fresh(x + i);
    squares = fmaf(v, v, squares);
    values[i] = v;
  }
  if (p.columns + (int)threadIdx.x < padded) {
    values[p.columns + threadIdx.x] = 0.0f;
  }
  lanes[threadIdx.x] = squares;
  __syncthreads();
  float r = norm_factor(tree256(lanes), p.columns, p.epsilon);
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    float v = values[i] * r * gain[i];
    y[i] = v;
    values[i] = v;
  }
  if (p.screen.planes) {
    __syncthreads();
    screen::take(p.screen, blockIdx.x, values, scratch);
  }
}

// The same of an output whose norm was made before.
KERNEL(screen_quantize, bitnet_screen_quantize, 256, 1) {
  __shared__ screen::InputScratch scratch;
  DYNAMIC_SHARED(memory);
  float *values = (float *)memory;
  let_others_begin();
  wait_for_others();
  const float *y = p.y + (int64_t)blockIdx.x * p.to.columns;
  for (int i = threadIdx.x; i < (p.to.columns + 3) / 4 * 4; i += 256) {
    values[i] = i < p.to.columns ? fresh(y + i) : 0.0f;
  }
  __syncthreads();
  screen::take(p.to, blockIdx.x, values, scratch);
}
