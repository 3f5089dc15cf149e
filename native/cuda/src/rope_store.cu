// RopeStore, where the product could not do it: a block a row.
#include "cache.h"

KERNEL(rope_store, bitnet_rope_store, 256) {
  wait_for_others();
  const bitnet_heads &h = p.rope.heads;
  int row = blockIdx.x, half = h.head_dim / 2, width = (h.heads + h.kv_heads) * h.head_dim;
  float *qkv = p.qkv + (int64_t)row * p.stride;
  Place place = place_of(p.rope.entries[row]);
  for (int i = threadIdx.x; i < (h.heads + h.kv_heads) * half; i += blockDim.x) {
    int head = i / half, dim = i % half, at = head * h.head_dim + dim;
    Turn turn = turn_of(p.rope, place.position, dim);
    float2 x = rotate(fresh(qkv + at), fresh(qkv + at + half), turn.cosine, turn.sine);
    turned(p.rope, place, head, dim, qkv).store(x.x);
    turned(p.rope, place, head, dim + half, qkv).store(x.y);
  }
  for (int i = threadIdx.x; i < h.kv_heads * h.head_dim; i += blockDim.x) {
    kept(p.rope, place, i / p.rope.heads.head_dim, i % p.rope.heads.head_dim).store(fresh(qkv + width + i));
  }
}
