// Embed: a block a row.
#include "table_row.h"

KERNEL(embed, bitnet_embed, 256) {
  wait_for_others();
  const uint8_t *row = p.table + (int64_t)p.entries[blockIdx.x].token * p.row_bytes;
  float *x = p.x + (int64_t)blockIdx.x * p.columns;
  for (int i = threadIdx.x; i < p.columns; i += blockDim.x) {
    x[i] = element(p.type, row, i);
  }
}
