#include "tables.h"

namespace bitnet {

TableBlock tableBlock(int32_t type) {
  switch (type) {
  case BITNET_METAL_F32:
    return {1, 4};
  case BITNET_METAL_F16:
  case BITNET_METAL_BF16:
    return {1, 2};
  case BITNET_METAL_Q8_0:
    return {32, 34};
  case BITNET_METAL_Q6_K:
    return {256, 210};
  case BITNET_METAL_Q5_0:
    return {32, 22};
  case BITNET_METAL_Q4_0:
    return {32, 18};
  default:
    return {0, 0};
  }
}

bool isTable(const bitnet_metal_table &table) {
  const TableBlock block = tableBlock(table.type);
  return block.elements != 0 && table.rows > 0 && table.columns > 0 &&
         static_cast<uint32_t>(table.columns) % block.elements == 0 && table.offset >= 0;
}

uint64_t tableBytes(const bitnet_metal_table &table) {
  const TableBlock block = tableBlock(table.type);
  return static_cast<uint64_t>(table.columns) / block.elements * block.bytes * static_cast<uint64_t>(table.rows);
}

} // namespace bitnet
