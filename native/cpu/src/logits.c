// The output head.
#include "logit.h"

// A row is read from memory once and used for every output, and the row after the next is prefetched.
void KERNEL(logits)(int32_t isa, const bitnet_table *table, int64_t row_begin, int64_t row_end, const float *y,
                    int64_t y_stride, int64_t outputs, float *logits, int64_t logits_stride, void *scratch) {
  int64_t bytes = row_bytes(table->type, table->columns);
  int32_t direct = table->type == BITNET_F32 || table->type == BITNET_F16 || table->type == BITNET_BF16;
  for (int64_t r = row_begin; r < row_end; r++) {
    const char *ahead = r + 2 < row_end ? (const char *)table_row(table, r + 2) : 0;
    if (direct) {
      for (int64_t i = 0; i < outputs; i++) {
        logits[i * logits_stride + r] = logit(table, r, y + i * y_stride, scratch, i == 0 ? ahead : 0);
      }
      continue;
    }
    for (int64_t i = 0; ahead != 0 && i < bytes; i += 64) {
      __builtin_prefetch(ahead + i);
    }
    row_to_floats(table->type, table_row(table, r), table->columns, scratch);
    for (int64_t i = 0; i < outputs; i++) {
      logits[i * logits_stride + r] = sum256_f32(scratch, y + i * y_stride, table->columns, 0);
    }
  }
}
