// Scale: all elements of some rows.
#include "numerics.h"

KERNEL(scale, bitnet_scale, 256) {
  let_others_begin();
  wait_for_others();
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < p.count; i += (int64_t)gridDim.x * blockDim.x) {
    p.x[i] = fresh(p.x + i) * p.factor;
  }
}
