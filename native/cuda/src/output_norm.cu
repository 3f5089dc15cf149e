// OutputNorm: a block an output.
#include "numerics.h"

KERNEL(output_norm, bitnet_output_norm, 256) {
  __shared__ float lanes[256];
  wait_for_others();
  const float *x = p.x + (int64_t)p.entries[blockIdx.x].output * p.columns;
  float *y = p.y + (int64_t)blockIdx.x * p.columns;
  float squares = 0.0f;
#pragma unroll 8
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    float v = fresh(x + i);
    squares = fmaf(v, v, squares);
  }
  lanes[threadIdx.x] = squares;
  __syncthreads();
  float r = norm_factor(tree256(lanes), p.columns, p.epsilon);
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    y[i] = fresh(x + i) * r * p.gain[i];
  }
}
