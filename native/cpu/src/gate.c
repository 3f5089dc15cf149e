// The gated activation of the feed-forward network.
#include "logistic.h"

INLINE vf activated(int32_t activation, vf g, vf u) {
  if (activation == BITNET_SQUARED_RELU) {
    g = vf_max(g, vf_set(0.0f)); // +0 for -0 and NaN: the second operand
    return (g * g) * u;
  }
  vf x = activation == BITNET_GELU_TANH ? g * vf_fma(vf_set(0.07135482f), g * g, vf_set(1.5957692f)) : g;
  return (g * vf_sigmoid(x)) * u;
}

INLINE void gate_rows(int32_t activation, const float *gate_up, int64_t gate_up_stride, int64_t width, int64_t begin,
                      int64_t end, int64_t column_begin, int64_t column_end, float *h, int64_t h_stride) {
  for (int64_t t = begin; t < end; t++) {
    const float *g = gate_up + t * gate_up_stride, *u = g + width;
    float *to = h + t * h_stride;
    int64_t i = column_begin;
    for (; i + LANES <= column_end; i += LANES) {
      vf_store(to + i, activated(activation, vf_load(g + i), vf_load(u + i)));
    }
    if (i < column_end) {
      int64_t n = column_end - i;
      vf_store_some(to + i, activated(activation, vf_load_some(g + i, n), vf_load_some(u + i, n)), n);
    }
  }
}

void KERNEL(gate)(int32_t isa, int32_t activation, const float *gate_up, int64_t gate_up_stride, int64_t width,
                  int64_t begin, int64_t end, int64_t column_begin, int64_t column_end, float *h, int64_t h_stride) {
  if (activation == BITNET_SQUARED_RELU) {
    gate_rows(BITNET_SQUARED_RELU, gate_up, gate_up_stride, width, begin, end, column_begin, column_end, h, h_stride);
  } else if (activation == BITNET_GELU_TANH) {
    gate_rows(BITNET_GELU_TANH, gate_up, gate_up_stride, width, begin, end, column_begin, column_end, h, h_stride);
  } else {
    gate_rows(BITNET_SILU, gate_up, gate_up_stride, width, begin, end, column_begin, column_end, h, h_stride);
  }
}
