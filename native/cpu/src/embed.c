// Rows of the embedding.
#include "table_row.h"

void KERNEL(embed)(int32_t isa, const bitnet_table *table, const int32_t *tokens, int64_t begin, int64_t end, float *x,
                   int64_t x_stride) {
  for (int64_t t = begin; t < end; t++) {
    row_to_floats(table->type, table_row(table, tokens[t]), table->columns, x + t * x_stride);
  }
}
