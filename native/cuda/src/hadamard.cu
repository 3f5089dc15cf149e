// Rotate and RotateBack: blocks (some transforms, row), in shared memory.
#include "numerics.h"

KERNEL(hadamard, bitnet_hadamard, 256) {
  DYNAMIC_SHARED(memory);
  float *values = (float *)memory;
  int first = blockIdx.x * p.span, count = min(p.span, p.columns - first);
  int64_t at = (int64_t)blockIdx.y * p.columns + first;
  const float *signs = p.signs + first;
  let_others_begin();
  wait_for_others();
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    float x = fresh(p.x + at + i);
    values[i] = p.back ? x : x * signs[i];
  }
  __syncthreads();
  for (int apart = 1; apart < p.block; apart *= 2) {
    for (int i = threadIdx.x; i < count / 2; i += blockDim.x) {
      int low = i & (apart - 1), one = 2 * (i - low) + low;
      float a = values[one], b = values[one + apart];
      values[one] = a + b;
      values[one + apart] = a - b;
    }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < count; i += blockDim.x) {
    float y = values[i] * p.factor;
    p.y[at + i] = p.back ? y * signs[i] : y;
  }
}
