// AttentionGate: a block a row.
#include "numerics.h"

KERNEL(attention_gate, bitnet_attention_gate, 256) {
  let_others_begin();
  wait_for_others();
  const float *gate = p.gate + (int64_t)blockIdx.x * p.gate_stride;
  float *out = p.out + (int64_t)blockIdx.x * p.columns;
  for (int i = threadIdx.x; i < p.columns; i += blockDim.x) {
    out[i] = fresh(out + i) * sigmoid(fresh(gate + i));
  }
}
