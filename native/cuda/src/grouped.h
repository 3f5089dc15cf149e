// Units of matrices with scales of groups (bitnet_cuda.h), and what their products come to. An activation is two signed
// bytes, high and low, in two neighbouring columns of a matrix product, so that one thread has both sums of a token. A
// weight counts -64 times, which is taken off at the very end: a product with a power of two rounds nothing.
#ifndef BITNET_GROUPED_H
#define BITNET_GROUPED_H

#include "numerics.h"

namespace grouped {

template <bool HALVES> constexpr int UNIT_BYTES = BITNET_UNIT_BYTES + (HALVES ? 2 : 1) * BITNET_SCALE_BYTES;

// Four columns of a lane's words at the top of their bytes; `shift` is 6, 4, 2, 0 for the quarters 3, 2, 1, 0.
INLINE uint4 weights_at(uint4 words, int shift) {
  const uint32_t mask = 0xc0c0c0c0u;
  return make_uint4(words.x << shift & mask, words.y << shift & mask, words.z << shift & mask, words.w << shift & mask);
}

// Which groups of a row a warp takes: those of one of the eight chains, in order.
template <bool HALVES> struct Chain {
  int first, half; // chunk, and which half of it
  static constexpr int STEP = HALVES ? BITNET_CHAINS / 2 : BITNET_CHAINS;
  static constexpr int QUARTERS = HALVES ? 2 : 4;

  INLINE explicit Chain(int chain) : first(HALVES ? chain / 2 : chain), half(HALVES ? chain % 2 : 0) {}

  // Chunks that it has of so many.
  INLINE int count(int chunks) const { return (chunks - first + STEP - 1) / STEP; }
  // The i-th quarter of a chunk's columns.
  INLINE int quarter(int i) const { return half * QUARTERS + i; }
  // Scales of rows g and g + 8 of a unit.
  INLINE float2 scales(const uint8_t *unit) const {
    uint32_t both =
        *(const uint32_t *)(unit + BITNET_UNIT_BYTES + half * BITNET_SCALE_BYTES + threadIdx.x % 32 / 4 * 4);
    return make_float2(f16_to_f32((uint16_t)both), f16_to_f32((uint16_t)(both >> 16)));
  }
};

// The unit of a tile and a chunk. Those of a chain follow one another.
template <bool HALVES> INLINE const uint8_t *unit_of(const bitnet_grouped &w, int tile, int chunk) {
  constexpr int STEP = Chain<HALVES>::STEP;
  int chain = chunk % STEP, place = chain * (w.chunks / STEP) + min(chain, w.chunks % STEP) + chunk / STEP;
  return w.units + ((int64_t)tile * w.chunks + place) * UNIT_BYTES<HALVES>;
}

// A link of the chain of a row: the sums of the high and the low bytes.
INLINE float link(int high, int low, float scale, float chain) {
  return fmaf((float)(high * 256 + low), scale, chain);
}

// Takes the factor of the weights off; + 0 keeps the sign of zero.
INLINE float unscaled(float sum) {
  return fmaf(sum, -1.0f / 64.0f, 0.0f);
}

// Where the sums of rows g and g + 8 of a tile go for one token, and what is there; null for a row that only fills its
// tile.
struct Outputs {
  float *a, *b;
  float before_a, before_b;
};

INLINE Outputs outputs_of(const bitnet_grouped_matmul &p, int token, int a, int b) {
  float *to = p.y + (int64_t)token * p.y_stride;
  return {a >= 0 ? to + a : nullptr, b >= 0 ? to + b : nullptr, 0.0f, 0.0f};
}

INLINE void add_before(int kind, Outputs &o) {
  if (kind == BITNET_ADD) {
    o.before_a = o.a ? fresh((const float *)o.a) : 0.0f;
    o.before_b = o.b ? fresh((const float *)o.b) : 0.0f;
  }
}

// `step` is what a code stands for.
INLINE void finish(int kind, const Outputs &o, float a, float b, float step) {
  a = unscaled(a) * step;
  b = unscaled(b) * step;
  if (kind == BITNET_GATE_SILU || kind == BITNET_GATE_SQUARED_RELU) {
    if (o.a) {
      *o.a = (kind == BITNET_GATE_SILU ? silu(a) : squared_relu(a)) * b;
    }
    return;
  }
  if (kind == BITNET_ADD) {
    a = o.before_a + a;
    b = o.before_b + b;
  }
  if (o.a) {
    *o.a = a;
  }
  if (o.b) {
    *o.b = b;
  }
}

} // namespace grouped

#endif
