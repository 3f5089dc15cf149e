// The int8 head: codes of a table's rows with a scale each, exact sums.
#include "int8_product.h"
#include "int8_row.h"
#include "table_row.h"

void KERNEL(int8_head_pack)(int32_t isa, const bitnet_int8_head *head, const bitnet_table *table, int64_t begin,
                            int64_t end, void *scratch) {
  int64_t columns = head->columns;
  int8_head_rows rows = int8_head_rows_of(head);
  float *w = scratch;
  for (int64_t r = begin; r < end; r++) {
    row_to_floats(table->type, table_row(table, r), columns, w);
    int8_grid grid = int8_grid_of(w, columns);
    char *to = int8_row(head->packed, r, columns);
    vi sums = {0};
    for (int64_t k = 0; k < columns; k += LANES) {
      int64_t n = least(LANES, columns - k);
      vi codes = int8_codes(w + k, n, grid.inverse);
      sums += codes;
      int8_store(to, k, codes, n);
    }
    int32_t sum = 0;
    for (int i = 0; i < LANES; i++) {
      sum += sums[i];
    }
    rows.scale[r] = grid.scale;
    rows.sum[r] = sum;
  }
}

// The block's first n logits of `tokens` outputs from `output` on.
INLINE void block_logits(const bitnet_int8_head *head, int64_t block, int64_t n, const bitnet_codes *q, int64_t output,
                         float *logits, int64_t logits_stride, int tokens, int vectors) {
  int64_t quads = code_quads(head->columns), stride = bitnet_codes_stride(head->columns);
  int64_t first = block * BITNET_ROW_BLOCK;
  int8_head_rows rows = int8_head_rows_of(head);
  _Alignas(64) int32_t sums[4 * BITNET_ROW_BLOCK];
  int8_sums((const char *)head->packed + block * quads * LINE_BYTES, quads, q->codes + output * stride, stride, sums,
            tokens, vectors);
  for (int t = 0; t < tokens; t++) {
    vf s = vf_set(q->scales[output + t]);
    float *to = logits + t * logits_stride + first;
    for (int64_t i = 0; i < n; i += LANES) {
      // Unsigned, since the sums of products with a bias may wrap around.
      vu sum = *(const vu *)(const void *)(sums + t * BITNET_ROW_BLOCK + i);
      sum -= *(const vu *)(const void *)(rows.sum + first + i) * BIAS;
      vf logit = __builtin_convertvector((vi)sum, vf) * (vf_load(rows.scale + first + i) / s);
      if (i + LANES <= n) {
        vf_store(to + i, logit);
      } else {
        vf_store_some(to + i, logit, n - i);
      }
    }
  }
}

// A block of rows is read from memory once, and from the cache for further outputs.
void KERNEL(int8_logits)(int32_t isa, const bitnet_int8_head *head, int64_t row_begin, int64_t row_end,
                         const bitnet_codes *q, int64_t first, int64_t outputs, float *logits, int64_t logits_stride) {
  for (int64_t r = row_begin; r < row_end; r += BITNET_ROW_BLOCK) {
    int64_t block = r / BITNET_ROW_BLOCK, n = least(BITNET_ROW_BLOCK, row_end - r), i = 0;
    for (; MANY > 1 && i + MANY <= outputs; i += MANY) {
      block_logits(head, block, n, q, first + i, logits + i * logits_stride, logits_stride, MANY, NARROW);
    }
    for (; i < outputs; i++) {
      block_logits(head, block, n, q, first + i, logits + i * logits_stride, logits_stride, 1, WIDE);
    }
  }
}
