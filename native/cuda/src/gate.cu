// Gate, where the product could not do it: a block a row.
#include "numerics.h"

KERNEL(gate, bitnet_gate, 256) {
  wait_for_others();
  const float *g = p.gate_up + (int64_t)blockIdx.x * 2 * p.columns, *up = g + p.columns;
  float *h = p.h + (int64_t)blockIdx.x * p.columns;
  for (int i = threadIdx.x; i < p.columns; i += blockDim.x) {
    h[i] = activation(p.activation, fresh(g + i)) * fresh(up + i);
  }
}
