// Wide activations: integers of 12 bits in two signed bytes.
#ifndef BITNET_WIDE_CODES_H
#define BITNET_WIDE_CODES_H

#include "numerics.h"

namespace wide {

// A product is at most 2047 and a rounding, so that codes need no clamp: adding 1.5 * 2^23 rounds to even, and the low
// bits are the code.
INLINE int code(float x, float factor) {
  const float magic = 12582912.0f;
  return (int)(bits_of(x * factor + magic) - bits_of(magic));
}

// The bytes of four codes.
struct Words {
  uint32_t high, low;
};

INLINE Words words(float4 x, float factor) {
  int codes[4] = {code(x.x, factor), code(x.y, factor), code(x.z, factor), code(x.w, factor)};
  Words words = {0, 0};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    words.high |= ((uint32_t)(codes[i] + 128) >> 8 & 255) << 8 * i;
    words.low |= ((uint32_t)codes[i] & 255) << 8 * i;
  }
  return words;
}

} // namespace wide

#endif
