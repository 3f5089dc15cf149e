// The shape of attention.
#pragma once

#include "bitnet_metal.h"

#include <cstdint>

namespace bitnet {

inline bool isShape(const bitnet_metal_shape &shape) {
  return shape.layers > 0 && shape.heads > 0 && shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0 &&
         shape.head_dim > 0 && shape.head_dim % 2 == 0 &&
         (shape.kv_type == BITNET_METAL_KV_F16 || shape.kv_type == BITNET_METAL_KV_F32);
}

// Floats of a row of queries, keys and values.
inline uint64_t qkvWidth(const bitnet_metal_shape &shape) {
  return (static_cast<uint64_t>(shape.heads) + 2 * static_cast<uint64_t>(shape.kv_heads)) * shape.head_dim;
}

} // namespace bitnet
