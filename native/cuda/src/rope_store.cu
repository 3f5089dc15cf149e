// RopeStore, where the product could not do it: a block a row.
#include "cache.h"

KERNEL(rope_store, bitnet_rope_store, 256) {
  wait_for_others();
  const bitnet_heads &h = p.rope.heads;
  int row = blockIdx.x, half = h.head_dim / 2, width = (h.heads + h.kv_heads) * h.head_dim;
  float *qkv = p.qkv + (int64_t)row * p.stride;
  for (int i = threadIdx.x; i < (h.heads + h.kv_heads) * half; i += blockDim.x) {
    int head = i / half, at = head * h.head_dim + i % half;
    rope_pair(p.rope, row, head, i % half, fresh(qkv + at), fresh(qkv + at + half), qkv);
  }
  for (int i = threadIdx.x; i < h.kv_heads * h.head_dim; i += blockDim.x) {
    keep_value(p.rope, row, i, fresh(qkv + width + i));
  }
}
