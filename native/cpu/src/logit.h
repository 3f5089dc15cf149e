// One logit: sum256 of a table's row and the input.
#ifndef BITNET_LOGIT_H
#define BITNET_LOGIT_H

#include "sum256.h"
#include "table_row.h"

// Rows of block types are converted into scratch first (`columns` floats).
INLINE float logit(const bitnet_table *table, int64_t row, const float *y, float *scratch, const char *ahead) {
  const uint8_t *data = table_row(table, row);
  switch (table->type) {
  case BITNET_F32:
    return sum256_f32(data, y, table->columns, ahead);
  case BITNET_F16:
    return sum256_f16(data, y, table->columns, ahead);
  case BITNET_BF16:
    return sum256_bf16(data, y, table->columns, ahead);
  default:
    row_to_floats(table->type, data, table->columns, scratch);
    return sum256_f32(scratch, y, table->columns, 0);
  }
}

#endif
