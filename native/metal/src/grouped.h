// Matrices with scales of groups.
#pragma once

#include "bitnet_metal.h"

#include "kernels/arguments.h"

namespace bitnet {

inline bool isGrouped(const bitnet_metal_grouped &w) {
  return w.rows > 0 && w.columns > 0 && (w.group == 64 || w.group == 128);
}

inline uint64_t groupedBytes(const bitnet_metal_grouped &w) {
  return grouped_packed_bytes(static_cast<uint32_t>(w.rows), static_cast<uint32_t>(w.columns));
}

inline uint64_t groupedScaleBytes(const bitnet_metal_grouped &w) {
  return grouped_scale_bytes(static_cast<uint32_t>(w.rows), static_cast<uint32_t>(w.columns),
                             static_cast<uint32_t>(w.group));
}

} // namespace bitnet
