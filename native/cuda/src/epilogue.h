// What becomes of two sums of a product: rows `low` and `low` + 8 of the tiles, for one token.
#ifndef BITNET_EPILOGUE_H
#define BITNET_EPILOGUE_H

#include "cache.h"

INLINE void epilogue(const bitnet_ternary_matmul &p, int token, int64_t low, int low_sum, int high_sum, float factor) {
  int a = p.w.outputs[low], b = p.w.outputs[low + 8];
  float x = (float)low_sum * (p.w.scales[low] / factor), y = (float)high_sum * (p.w.scales[low + 8] / factor);
  float *to = p.y + (int64_t)token * p.y_stride;
  switch (p.epilogue) {
  case BITNET_STORE:
    if (a >= 0) {
      to[a] = x;
    }
    if (b >= 0) {
      to[b] = y;
    }
    break;
  case BITNET_ADD:
    if (a >= 0) {
      to[a] = fresh(to + a) + x;
    }
    if (b >= 0) {
      to[b] = fresh(to + b) + y;
    }
    break;
  case BITNET_GATE_SQUARED_RELU:
    to[a] = squared_relu(x) * y;
    break;
  case BITNET_GATE_SILU:
    to[a] = silu(x) * y;
    break;
  default: {
    const bitnet_heads &h = p.rope.heads;
    int rotated = (h.heads + h.kv_heads) * h.head_dim;
    if (a >= 0 && a < rotated) {
      rope_pair(p.rope, token, a / h.head_dim, a % h.head_dim, x, y, to);
      break;
    }
    if (a >= 0) {
      keep_value(p.rope, token, a - rotated, x);
    }
    if (b >= 0) {
      keep_value(p.rope, token, b - rotated, y);
    }
  }
  }
}

#endif
