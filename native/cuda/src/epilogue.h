// What becomes of two sums of a product: rows `low` and `low` + 8 of the tiles, for one token.
#ifndef BITNET_EPILOGUE_H
#define BITNET_EPILOGUE_H

#include "cache.h"

// What two sums need beside themselves and no kernel of the step writes, so that it can be asked for while the kernel
// in front runs: in a product of one token these loads, one waiting for another, would be a fourth of its time.
struct Outputs {
  Element a, b; // to nowhere for a row that only fills its tile
  float scale_a, scale_b;
  float before_a, before_b; // to add to
  Turn turn;
  bool turns;
};
static_assert(sizeof(Outputs) == 64); // TernaryMatmul.OUTPUTS_BYTES

INLINE Outputs outputs_of(const bitnet_ternary_matmul &p, int token, int64_t low) {
  int a = p.w.outputs[low], b = p.w.outputs[low + 8];
  float *to = p.y + (int64_t)token * p.y_stride;
  Outputs o;
  o.scale_a = p.w.scales[low];
  o.scale_b = p.w.scales[low + 8];
  o.turns = false;
  o.a = {a >= 0 ? (uint8_t *)(to + a) : nullptr, false};
  o.b = {b >= 0 ? (uint8_t *)(to + b) : nullptr, false};
  if (p.epilogue == BITNET_ROPE) {
    const bitnet_heads &h = p.rope.heads;
    int rotated = (h.heads + h.kv_heads) * h.head_dim;
    Place place = place_of(p.rope.entries[token]);
    o.turns = a >= 0 && a < rotated;
    if (o.turns) {
      int head = a / h.head_dim, dim = a % h.head_dim;
      o.turn = turn_of(p.rope, place.position, dim);
      o.a = turned(p.rope, place, head, dim, to);
      o.b = turned(p.rope, place, head, dim + h.head_dim / 2, to);
    } else {
      o.a = a >= 0 ? kept(p.rope, place, a - rotated) : o.a;
      o.b = b >= 0 ? kept(p.rope, place, b - rotated) : o.b;
    }
  }
  return o;
}

// What the sums are added to, which other kernels of the step write.
INLINE void add_before(const bitnet_ternary_matmul &p, Outputs &o) {
  if (p.epilogue == BITNET_ADD) {
    o.before_a = o.a.to ? fresh((const float *)o.a.to) : 0.0f;
    o.before_b = o.b.to ? fresh((const float *)o.b.to) : 0.0f;
  }
}

INLINE void epilogue(int kind, const Outputs &o, int low_sum, int high_sum, float factor) {
  float x = (float)low_sum * (o.scale_a / factor), y = (float)high_sum * (o.scale_b / factor);
  if (kind == BITNET_GATE_SQUARED_RELU || kind == BITNET_GATE_SILU) {
    *(float *)o.a.to = (kind == BITNET_GATE_SILU ? silu(x) : squared_relu(x)) * y;
    return;
  }
  if (kind == BITNET_ADD) {
    x = o.before_a + x;
    y = o.before_b + y;
  } else if (o.turns) {
    float2 both = rotate(x, y, o.turn.cosine, o.turn.sine);
    x = both.x;
    y = both.y;
  }
  if (o.a.to) {
    o.a.store(x);
  }
  if (o.b.to) {
    o.b.store(y);
  }
}

INLINE void epilogue(const bitnet_ternary_matmul &p, int token, int64_t low, int low_sum, int high_sum, float factor) {
  Outputs o = outputs_of(p, token, low);
  add_before(p, o);
  epilogue(p.epilogue, o, low_sum, high_sum, factor);
}

#endif
