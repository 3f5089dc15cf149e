// Weights of a packed matrix (arguments.h has the layout).
#ifndef BITNET_METAL_TERNARY_WEIGHTS_H
#define BITNET_METAL_TERNARY_WEIGHTS_H

#include "arguments.h"
#include "precise.h"

namespace bitnet {

enum : uint { WORD_WEIGHTS = 16 };

// The codes (weight plus 1) of a word's columns of a canonical row, the first in the highest bits. They lie in as many
// bytes, at one shift.
METAL_FUNC uint packed_codes(device const uchar *row, uint index) {
  const uint column = index * WORD_WEIGHTS, shift = 6 - column % 128 / 32 * 2;
  device const uchar *bytes = row + column / 128 * 32 + column % 32;
  uint word = 0;
  for (uint i = 0; i < WORD_WEIGHTS; i++) {
    word = word << 2 | (uint(bytes[i]) >> shift & 3);
  }
  return word;
}

// Twice the weight `i` of four words, one of each row.
METAL_FUNC float4 doubled_weights(uint4 words, uint i) {
  return as_type<float4>((words << (2 * i)) & 0xC0000000u);
}

// Twice the weight `i` of a word; the two bits are 2.0, 0.0 or -2.0 in a half too.
METAL_FUNC half doubled_weight(uint word, uint i) {
  return as_type<half>(ushort((word << (2 * i)) >> 16 & 0xC000u));
}

// y = sum * (scale / factor) or y + that, where `doubled` is twice the sum: a sum stays below 2^24, so that twice of it
// is exact in a float, in whatever order it came about.
METAL_FUNC void store_product(device float *y, float doubled, float scale, float factor, uint add) {
  const float product = doubled * 0.5f * (scale / factor);
  y[0] = add != 0 ? y[0] + product : product;
}

} // namespace bitnet

#endif
