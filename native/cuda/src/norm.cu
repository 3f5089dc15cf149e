// Norm and NormAdd: a block a row.
#include "numerics.h"

KERNEL(rms_norm, bitnet_norm, 256) {
  __shared__ float lanes[256];
  constexpr int AHEAD = 4; // elements of a thread that are on their way at once
  let_others_begin();
  wait_for_others();
  const float *x = p.x + (int64_t)blockIdx.x * p.columns;
  float *y = p.y + (int64_t)blockIdx.x * p.columns;
  float squares = 0.0f;
#pragma unroll AHEAD
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    float v = fresh(x + i);
    squares = fmaf(v, v, squares);
  }
  lanes[threadIdx.x] = squares;
  __syncthreads();
  float r = norm_factor(tree256(lanes), p.columns, p.epsilon);
#pragma unroll AHEAD
  for (int i = threadIdx.x; i < p.columns; i += 256) {
    float v = fresh(x + i) * r * p.gain[i];
    y[i] = p.adds ? fresh(y + i) + v : v;
  }
}
