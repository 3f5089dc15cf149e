// Where keys and values of a kv head lie in a sequence's cache (arguments.h has the layout).
#ifndef BITNET_METAL_KV_PAGE_H
#define BITNET_METAL_KV_PAGE_H

#include "arguments.h"
#include "precise.h"

namespace bitnet {

// Keys [head_dim][KV_PAGE] of a page; values [KV_PAGE][head_dim] follow.
template <typename T, typename Arguments>
METAL_FUNC device T *key_tile(device CachePage *cache, constant Arguments &arguments, uint page, uint kv_head) {
  const ulong tile = ulong(arguments.layer) * arguments.kv_heads + kv_head;
  return reinterpret_cast<device T *>(cache[page].data) + tile * (2 * KV_PAGE * arguments.head_dim);
}

} // namespace bitnet

#endif
