// Sizes of the layouts that all variants share.
#include "layout.h"

int64_t bitnet_codes_stride(int64_t columns) {
  return round_up(columns, BITNET_COLUMN_BLOCK);
}

int64_t bitnet_logits_scratch_bytes(int32_t isa, int64_t columns) {
  (void)isa;
  return round_up(columns, 16) * 4;
}

int64_t bitnet_screen_bytes(int32_t isa, int64_t rows, int64_t columns) {
  (void)isa;
  return round_up(rows, BITNET_ROW_BLOCK) * (code_quads(columns) * 4 + 4 * (int64_t)sizeof(float));
}

int64_t bitnet_int8_head_bytes(int32_t isa, int64_t rows, int64_t columns) {
  (void)isa;
  return round_up(rows, BITNET_ROW_BLOCK) *
         (code_quads(columns) * 4 + (int64_t)sizeof(float) + (int64_t)sizeof(int32_t));
}

int64_t bitnet_page_bytes(const bitnet_attention_shape *shape) {
  return shape->layers * shape->kv_heads * 2 * tile_bytes(shape);
}

int64_t bitnet_delta_layer_bytes(const bitnet_delta_shape *shape) {
  int64_t matrices = shape->value_heads * shape->head_dim * shape->head_dim;
  int64_t channels = (2 * shape->key_heads + shape->value_heads) * shape->head_dim;
  return round_up((matrices + (shape->kernel - 1) * channels) * 4, 64);
}
