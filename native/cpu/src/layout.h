// Layouts. All variants have the same, except that one for AVX-512 has its own of ternary matrices: ternary_words.h.
//
// Ternary matrices: rows in blocks of 64; of each row the canonical block of 128 weights is 8 dwords, and dword j of
// the 64 rows lies together: [row block][128 columns][j][64 rows][4 bytes]. Byte b of dword j holds weights 4j + b, +
// 32, + 64,
// + 96 of its 128 at shifts 6, 4, 2, 0, so that a mask leaves the codes of four neighbouring weights in a lane a row,
// as int8 dot products want them. A block of rows is one stream: reading it so is twice as fast as row by row.
//
// Screens and int8 heads: int8 codes of the same kind, [row block][4 columns][64 rows][4 bytes], then the numbers of
// each row.
//
// Pages: [layer][kv head][keys, values]. Keys are [dimension][64 positions] and values [64 positions][dimension,
// padded], so that scores have a lane a position and sums a lane a dimension.
#ifndef BITNET_LAYOUT_H
#define BITNET_LAYOUT_H

#include "kernels.h"

enum { LINE_BYTES = 4 * BITNET_ROW_BLOCK, COLUMN_DWORDS = 8 };

INLINE int64_t column_blocks(int64_t columns) {
  return round_up(columns, BITNET_COLUMN_BLOCK) / BITNET_COLUMN_BLOCK;
}

// Bytes of a block of rows of a ternary matrix.
INLINE int64_t row_block_bytes(int64_t columns) {
  return column_blocks(columns) * COLUMN_DWORDS * LINE_BYTES;
}

// Groups of four columns.
INLINE int64_t code_quads(int64_t columns) {
  return round_up(columns, 4) / 4;
}

// The numbers of an int8 head's rows, each an array of all rows.
typedef struct {
  float *scale;
  int32_t *sum; // of the row's codes
} int8_head_rows;

INLINE int8_head_rows int8_head_rows_of(const bitnet_int8_head *head) {
  int64_t rows = round_up(head->rows, BITNET_ROW_BLOCK);
  char *first = (char *)head->packed + rows * code_quads(head->columns) * 4;
  return (int8_head_rows){(float *)(void *)first, (int32_t *)(void *)(first + rows * 4)};
}

// The numbers of a screen's rows, each an array of all rows.
typedef struct {
  float *scale;    // weight = scale * code, nearly
  float *residual; // at least the norm of what is missing
  float *norm;     // at least the norm of the row
  float *coded;    // at least the norm of scale * code
} screen_rows;

INLINE screen_rows screen_rows_of(const bitnet_screen *screen) {
  int64_t rows = round_up(screen->rows, BITNET_ROW_BLOCK);
  float *first = (float *)(void *)((char *)screen->packed + rows * code_quads(screen->columns) * 4);
  return (screen_rows){first, first + rows, first + 2 * rows, first + 3 * rows};
}

// The padded width of a row of values.
INLINE int64_t value_width(const bitnet_attention_shape *shape) {
  return round_up(shape->head_dim, 16);
}

INLINE int64_t kv_bytes(const bitnet_attention_shape *shape) {
  return shape->kv_type == BITNET_KV_F16 ? 2 : 4;
}

// Bytes of one head's keys or values in a page.
INLINE int64_t tile_bytes(const bitnet_attention_shape *shape) {
  return BITNET_PAGE * value_width(shape) * kv_bytes(shape);
}

INLINE char *key_tile(const bitnet_attention_shape *shape, void *page, int64_t layer, int64_t kv_head) {
  return (char *)page + (layer * shape->kv_heads + kv_head) * 2 * tile_bytes(shape);
}

INLINE char *value_tile(const bitnet_attention_shape *shape, void *page, int64_t layer, int64_t kv_head) {
  return key_tile(shape, page, layer, kv_head) + tile_bytes(shape);
}

#endif
