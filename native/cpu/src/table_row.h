// Rows of tables in model files, whose block formats are those of ggml (ggml-common.h), as floats. All conversions are
// exact: no product below has more than 24 bits.
#ifndef BITNET_TABLE_ROW_H
#define BITNET_TABLE_ROW_H

#include "vector.h"

// Elements and bytes of a block.
INLINE int64_t block_elements(int32_t type) {
  return type == BITNET_Q6_K ? 256 : type == BITNET_Q8_0 || type == BITNET_Q5_0 || type == BITNET_Q4_0 ? 32 : 1;
}

INLINE int64_t row_bytes(int32_t type, int64_t columns) {
  static const uint8_t bytes[] = {4, 2, 2, 34, 210, 22, 18};
  return columns / block_elements(type) * bytes[type];
}

INLINE const uint8_t *table_row(const bitnet_table *table, int64_t row) {
  return (const uint8_t *)table->data + row * row_bytes(table->type, table->columns);
}

INLINE void q8_0_block(const uint8_t *b, float *x) {
  float d = f16_to_f32(load16(b));
  for (int i = 0; i < 32; i++) {
    x[i] = d * (float)(int8_t)b[2 + i];
  }
}

INLINE void q5_0_block(const uint8_t *b, float *x) {
  float d = f16_to_f32(load16(b));
  uint32_t fifth = (uint32_t)load16(b + 2) | (uint32_t)load16(b + 4) << 16;
  for (int i = 0; i < 16; i++) {
    x[i] = d * (float)((int32_t)((b[6 + i] & 15u) | (fifth >> i & 1) << 4) - 16);
    x[16 + i] = d * (float)((int32_t)((b[6 + i] >> 4) | (fifth >> (16 + i) & 1) << 4) - 16);
  }
}

INLINE void q4_0_block(const uint8_t *b, float *x) {
  float d = f16_to_f32(load16(b));
  for (int i = 0; i < 16; i++) {
    x[i] = d * (float)((int32_t)(b[2 + i] & 15) - 8);
    x[16 + i] = d * (float)((int32_t)(b[2 + i] >> 4) - 8);
  }
}

// Halves of 128: low nibbles of 64 bytes, then high ones; the upper two bits in 32 bytes, at shifts 0, 2, 4, 6.
INLINE void q6_k_block(const uint8_t *b, float *x) {
  float d = f16_to_f32(load16(b + 208));
  for (int half = 0; half < 2; half++) {
    const uint8_t *low = b + 64 * half, *high = b + 128 + 32 * half;
    const int8_t *scales = (const int8_t *)b + 192 + 8 * half;
    for (int quarter = 0; quarter < 4; quarter++) {
      for (int i = 0; i < 32; i++) {
        uint32_t nibble = low[i + 32 * (quarter & 1)] >> (quarter < 2 ? 0 : 4) & 15u;
        int32_t q = (int32_t)(nibble | (high[i] >> (2 * quarter) & 3u) << 4) - 32;
        // In this order, which matters for the sign of a zero.
        x[128 * half + 32 * quarter + i] = d * (float)scales[2 * quarter + i / 16] * (float)q;
      }
    }
  }
}

INLINE void row_to_floats(int32_t type, const uint8_t *row, int64_t columns, float *x) {
  int64_t i = 0;
  switch (type) {
  case BITNET_F16:
    for (; i + LANES <= columns; i += LANES) {
      vf_store(x + i, vf_load_f16((const uint16_t *)(const void *)row + i));
    }
    for (; i < columns; i++) {
      x[i] = f16_to_f32(load16(row + 2 * i));
    }
    break;
  case BITNET_BF16:
    for (; i < columns; i++) {
      x[i] = bf16_to_f32(load16(row + 2 * i));
    }
    break;
  case BITNET_Q8_0:
    for (; i < columns; i += 32, row += 34) {
      q8_0_block(row, x + i);
    }
    break;
  case BITNET_Q6_K:
    for (; i < columns; i += 256, row += 210) {
      q6_k_block(row, x + i);
    }
    break;
  case BITNET_Q5_0:
    for (; i < columns; i += 32, row += 22) {
      q5_0_block(row, x + i);
    }
    break;
  case BITNET_Q4_0:
    for (; i < columns; i += 32, row += 18) {
      q4_0_block(row, x + i);
    }
    break;
  default:
    for (; i < columns; i++) {
      x[i] = load_f32(row + 4 * i);
    }
  }
}

#endif
