// Weights of a packed matrix with scales of groups (arguments.h has the layout).
#ifndef BITNET_METAL_GROUPED_WEIGHTS_H
#define BITNET_METAL_GROUPED_WEIGHTS_H

#include "ternary_weights.h"

namespace bitnet {

// A quarter of the weight `i` of four words, one of each row: its two bits are the first of a fraction, 1 + bits / 4.
METAL_FUNC float4 quartered_weights(uint4 words, uint i) {
  const float4 fractions = as_type<float4>(((words << (2 * i)) >> 9 & 0x00600000u) | 0x3F800000u);
  return fractions - 1.25f;
}

// A quarter of the weight `i` of a word.
METAL_FUNC half quartered_weight(uint word, uint i) {
  const half fraction = as_type<half>(ushort(((word << (2 * i)) >> 22 & 0x0300u) | 0x3C00u));
  return fraction - half(1.25f);
}

// A link of a chain. `quarter` is a quarter of the sum of a group, which stays below 2^20: both are exact, in whatever
// order the sum came about.
METAL_FUNC float chained(float quarter, half scale, float chain) {
  return fma(quarter * 4.0f, float(scale), chain);
}

// y = sum * step or y + that.
METAL_FUNC void store_grouped(device float *y, float sum, float step, uint add) {
  const float product = sum * step;
  y[0] = add != 0 ? y[0] + product : product;
}

} // namespace bitnet

#endif
