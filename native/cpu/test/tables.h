// Random tables of every type.
#ifndef TABLES_H
#define TABLES_H

#include "bitnet_cpu.h"

// A table of normal weights; the data is at an odd address unless `type` is F32. Columns are multiples of the block.
bitnet_table random_table(int32_t type, int64_t rows, int64_t columns);
void release_table(bitnet_table *table);
int64_t table_block(int32_t type);

#endif
