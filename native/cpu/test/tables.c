#include "tables.h"
#include "check.h"
#include "reference.h"
#include <string.h>

static const uint8_t block_elements[] = {1, 1, 1, 32, 0, 32, 32};
static const uint8_t block_bytes[] = {4, 2, 2, 34, 210, 22, 18};
enum { ODD = 1 };

int64_t table_block(int32_t type) {
  return type == BITNET_Q6_K ? 256 : block_elements[type];
}

static void put_half(uint8_t *to, float f) {
  uint16_t half = reference_to_f16(f);
  memcpy(to, &half, 2);
}

bitnet_table random_table(int32_t type, int64_t rows, int64_t columns) {
  int64_t blocks = rows * columns / table_block(type), bytes = blocks * block_bytes[type];
  uint8_t *data = (uint8_t *)guarded((size_t)bytes + ODD, 0) + ODD;
  for (int64_t i = 0; i < blocks; i++) {
    uint8_t *b = data + i * block_bytes[type];
    float f = random_normal() * 0.6f;
    switch (type) {
    case BITNET_F32:
      memcpy(b, &f, 4);
      break;
    case BITNET_F16:
      put_half(b, i % 50 == 0 ? f * 1e-5f : f);
      break;
    case BITNET_BF16:
      memcpy(b, (char *)&f + 2, 2);
      break;
    default:
      for (int j = 0; j < block_bytes[type]; j++) {
        b[j] = (uint8_t)random_bits();
      }
      put_half(b + (type == BITNET_Q6_K ? 208 : 0), type == BITNET_Q6_K ? f * 1e-3f : f * 0.01f);
    }
  }
  return (bitnet_table){type, rows, columns, data};
}

void release_table(bitnet_table *table) {
  release((uint8_t *)table->data - ODD);
}
