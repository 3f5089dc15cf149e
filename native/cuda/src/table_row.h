// Elements of tables in model files, whose block formats are those of ggml (ggml-common.h), as floats. All conversions
// are exact.
#ifndef BITNET_TABLE_ROW_H
#define BITNET_TABLE_ROW_H

#include "numerics.h"

// Blocks of 34, 210, 22 or 18 bytes put their scales at any even address.
INLINE uint16_t load16(const uint8_t *p) {
  return *(const uint16_t *)p;
}

INLINE float bf16_to_f32(uint16_t x) {
  return f32_of((uint32_t)x << 16);
}

INLINE float element_q8_0(const uint8_t *row, int i) {
  const uint8_t *block = row + i / 32 * 34;
  return f16_to_f32(load16(block)) * (float)(int8_t)block[2 + i % 32];
}

// Halves of 128: low nibbles of 64 bytes, then high ones; the upper two bits in 32 bytes, at shifts 0, 2, 4, 6.
INLINE float element_q6_k(const uint8_t *row, int i) {
  const uint8_t *block = row + i / 256 * 210;
  int half = i % 256 / 128, quarter = i % 128 / 32, k = i % 32;
  uint32_t nibble = block[64 * half + 32 * (quarter & 1) + k] >> (quarter < 2 ? 0 : 4) & 15u;
  int q = (int)(nibble | (block[128 + 32 * half + k] >> (2 * quarter) & 3u) << 4) - 32;
  float scale = (float)(int8_t)block[192 + 8 * half + 2 * quarter + k / 16];
  // In this order, which matters for the sign of a zero.
  return f16_to_f32(load16(block + 208)) * scale * (float)q;
}

INLINE float element_q5_0(const uint8_t *row, int i) {
  const uint8_t *block = row + i / 32 * 22;
  uint32_t fifths = (uint32_t)load16(block + 2) | (uint32_t)load16(block + 4) << 16;
  uint32_t nibble = block[6 + i % 16] >> (i % 32 / 16 * 4) & 15u;
  return f16_to_f32(load16(block)) * (float)((int)(nibble | (fifths >> (i % 32) & 1u) << 4) - 16);
}

INLINE float element_q4_0(const uint8_t *row, int i) {
  const uint8_t *block = row + i / 32 * 18;
  uint32_t nibble = block[2 + i % 16] >> (i % 32 / 16 * 4) & 15u;
  return f16_to_f32(load16(block)) * (float)((int)nibble - 8);
}

INLINE float element(int type, const uint8_t *row, int i) {
  switch (type) {
  case BITNET_F16:
    return f16_to_f32(((const uint16_t *)row)[i]);
  case BITNET_BF16:
    return bf16_to_f32(((const uint16_t *)row)[i]);
  case BITNET_Q8_0:
    return element_q8_0(row, i);
  case BITNET_Q6_K:
    return element_q6_k(row, i);
  case BITNET_Q5_0:
    return element_q5_0(row, i);
  case BITNET_Q4_0:
    return element_q4_0(row, i);
  default:
    return ((const float *)row)[i];
  }
}

// Elements i .. i + 7 of a row of at least i + 8; i is a multiple of 8.
template <int TYPE> INLINE void eight(const uint8_t *row, int i, float (&w)[8]) {
  if constexpr (TYPE == BITNET_F16 || TYPE == BITNET_BF16) {
    uint4 v = load_once((const uint4 *)(row + 2 * (int64_t)i));
    uint32_t words[4] = {v.x, v.y, v.z, v.w};
    for (int k = 0; k < 8; k++) {
      uint16_t x = (uint16_t)(words[k / 2] >> (k % 2 * 16));
      w[k] = TYPE == BITNET_F16 ? f16_to_f32(x) : bf16_to_f32(x);
    }
  } else if constexpr (TYPE == BITNET_F32) {
    for (int half = 0; half < 2; half++) {
      uint4 v = load_once((const uint4 *)(row + 4 * (int64_t)i) + half);
      w[4 * half] = f32_of(v.x);
      w[4 * half + 1] = f32_of(v.y);
      w[4 * half + 2] = f32_of(v.z);
      w[4 * half + 3] = f32_of(v.w);
    }
  } else {
    for (int k = 0; k < 8; k++) {
      w[k] = element(TYPE, row, i + k);
    }
  }
}

#endif
