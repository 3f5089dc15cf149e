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

// What two rows of the tiles become, whatever the token. Only the rope looks at heads, of which keys follow queries and
// values keys.
struct RowPair {
  OutputRow a, b;
  int head_a, dim_a, head_b, dim_b;
  bool turns;
};

INLINE RowPair row_pair(int kind, const bitnet_ternary_matmul &p, const OutputRow &low, const OutputRow &high) {
  RowPair r;
  r.a = low;
  r.b = high;
  r.turns = false;
  if (kind == BITNET_ROPE) {
    const bitnet_heads &h = p.rope.heads;
    r.head_a = low.output / h.head_dim;
    r.dim_a = low.output % h.head_dim;
    r.head_b = high.output / h.head_dim;
    r.dim_b = high.output % h.head_dim;
    r.turns = low.output >= 0 && r.head_a < h.heads + h.kv_heads;
  }
  return r;
}

// Only the rope looks at the token's place.
INLINE Outputs outputs_of(int kind, const bitnet_ternary_matmul &p, int token, const Place &place,
                          const RowPair &rows) {
  int a = rows.a.output, b = rows.b.output;
  float *to = p.y + (int64_t)token * p.y_stride;
  Outputs o;
  o.scale_a = rows.a.scale;
  o.scale_b = rows.b.scale;
  o.turns = rows.turns;
  o.a = {a >= 0 ? (uint8_t *)(to + a) : nullptr, false};
  o.b = {b >= 0 ? (uint8_t *)(to + b) : nullptr, false};
  if (kind == BITNET_ROPE) {
    const bitnet_heads &h = p.rope.heads;
    int turned_heads = h.heads + h.kv_heads;
    if (rows.turns) {
      o.turn = turn_of(p.rope, place.position, rows.dim_a);
      o.a = turned(p.rope, place, rows.head_a, rows.dim_a, to);
      o.b = turned(p.rope, place, rows.head_a, rows.dim_a + h.head_dim / 2, to);
    } else {
      o.a = a >= 0 ? kept(p.rope, place, rows.head_a - turned_heads, rows.dim_a) : o.a;
      o.b = b >= 0 ? kept(p.rope, place, rows.head_b - turned_heads, rows.dim_b) : o.b;
    }
  }
  return o;
}

INLINE Outputs outputs_of(int kind, const bitnet_ternary_matmul &p, int token, const Place &place, const OutputRow &low,
                          const OutputRow &high) {
  return outputs_of(kind, p, token, place, row_pair(kind, p, low, high));
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

// Scales over the factor of a token's codes.
INLINE float2 scales_over(float scale_a, float scale_b, float factor) {
  float a = scale_a / factor;
  return make_float2(a, scale_b == scale_a ? a : scale_b / factor);
}

INLINE void epilogue(int kind, const Outputs &o, int low_sum, int high_sum, float2 scales) {
  float x = (float)low_sum * scales.x, y = (float)high_sum * scales.y;
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

INLINE void epilogue(int kind, const Outputs &o, int low_sum, int high_sum, float factor) {
  epilogue(kind, o, low_sum, high_sum, scales_over(o.scale_a, o.scale_b, factor));
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
