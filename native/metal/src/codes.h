// Buffers of quantised rows.
#pragma once

#include "bitnet_metal.h"

#include "kernels/arguments.h"

namespace bitnet {

inline uint64_t codesBytes(const bitnet_metal_codes &q, uint64_t rows) {
  return rows * ternary_columns(static_cast<uint32_t>(q.columns));
}

inline uint64_t wideBytes(const bitnet_metal_wide &q, uint64_t rows) {
  return rows * wide_columns(static_cast<uint32_t>(q.columns)) * sizeof(int16_t);
}

} // namespace bitnet
