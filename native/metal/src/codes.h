// Buffers of quantised rows.
#pragma once

#include "bitnet_metal.h"

#include "kernels/arguments.h"

namespace bitnet {

inline uint64_t codesBytes(const bitnet_metal_codes &q, uint64_t rows) {
  return rows * ternary_columns(static_cast<uint32_t>(q.columns));
}

} // namespace bitnet
