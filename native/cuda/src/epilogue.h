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

// What a row of the tiles becomes.
struct OutputRow {
  int output; // -1 for a row that only fills its tile
  float scale;
};

INLINE OutputRow output_row(const bitnet_ternary_matmul &p, int64_t row) {
  return {p.w.outputs[row], p.w.scales[row]};
}

// Only the rope looks at the token's place.
INLINE Outputs outputs_of(int kind, const bitnet_ternary_matmul &p, int token, const Place &place, const OutputRow &low,
                          const OutputRow &high) {
  int a = low.output, b = high.output;
  float *to = p.y + (int64_t)token * p.y_stride;
  Outputs o;
  o.scale_a = low.scale;
  o.scale_b = high.scale;
  o.turns = false;
  o.a = {a >= 0 ? (uint8_t *)(to + a) : nullptr, false};
  o.b = {b >= 0 ? (uint8_t *)(to + b) : nullptr, false};
  if (kind == BITNET_ROPE) {
    const bitnet_heads &h = p.rope.heads;
    int rotated = (h.heads + h.kv_heads) * h.head_dim;
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

INLINE Outputs outputs_of(const bitnet_ternary_matmul &p, int token, int64_t low) {
  Place place = p.epilogue == BITNET_ROPE ? place_of(p.rope.entries[token]) : Place{0, nullptr};
  return outputs_of(p.epilogue, p, token, place, output_row(p, low), output_row(p, low + 8));
}

// What the sums are added to, which other kernels of the step write.
INLINE void add_before(int kind, Outputs &o) {
  if (kind == BITNET_ADD) {
    o.before_a = o.a.to ? fresh((const float *)o.a.to) : 0.0f;
    o.before_b = o.b.to ? fresh((const float *)o.b.to) : 0.0f;
  }
}

INLINE void epilogue(int kind, const Outputs &o, int low_sum, int high_sum, float factor) {
  float scale_a = o.scale_a / factor, scale_b = o.scale_b == o.scale_a ? scale_a : o.scale_b / factor;
  float x = (float)low_sum * scale_a, y = (float)high_sum * scale_b;
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

// What the sums of one of many tokens need.
struct Token {
  Place place; // for the rope
  float factor;
  int excess; // the sum of the codes: the weights' codes are 0, 1, 2 for -1, 0, 1
};

INLINE Token token_of(const bitnet_ternary_matmul &p, int token) {
  return {p.epilogue == BITNET_ROPE ? place_of(p.rope.entries[token]) : Place{0, nullptr},
          fresh(p.input.factors + token), fresh(p.input.sums + token)};
}

#endif
