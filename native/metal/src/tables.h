// Float tables as they lie in files.
#pragma once

#include "bitnet_metal.h"

#include <cstdint>

namespace bitnet {

// Elements and bytes of a block of a table's type; none for a number that is no type.
struct TableBlock {
  uint32_t elements;
  uint32_t bytes;
};
TableBlock tableBlock(int32_t type);

// Whether its type and shape make sense.
bool isTable(const bitnet_metal_table &table);
// Bytes of all rows.
uint64_t tableBytes(const bitnet_metal_table &table);

} // namespace bitnet
