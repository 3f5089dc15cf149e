// Where keys and values of a sequence lie, and how they are rotated and stored.
#ifndef BITNET_CACHE_H
#define BITNET_CACHE_H

#include "numerics.h"

INLINE float load_cached(const uint16_t *p) {
  return f16_to_f32(*p);
}

INLINE float load_cached(const float *p) {
  return *p;
}

INLINE void store_cached(uint16_t *p, float x) {
  *p = f32_to_f16(x);
}

INLINE void store_cached(float *p, float x) {
  *p = x;
}

// The keys of 64 positions, one kv head; the values follow after padded_dim * 64 elements.
template <typename T>
INLINE T *page_keys(const bitnet_heads &h, const uint64_t *pages, int chunk, int layer, int kv_head) {
  return (T *)pages[chunk] + ((int64_t)layer * h.kv_heads + kv_head) * 2 * BITNET_PAGE * h.padded_dim;
}

template <typename T>
INLINE void store_key(const bitnet_rope &p, const bitnet_entry &entry, int kv_head, int dim, float x) {
  T *keys = page_keys<T>(p.heads, entry.pages, entry.position / BITNET_PAGE, p.layer, kv_head);
  store_cached(keys + dim / 8 * (8 * BITNET_PAGE) + entry.position % BITNET_PAGE * 8 + dim % 8, x);
}

template <typename T>
INLINE void store_value(const bitnet_rope &p, const bitnet_entry &entry, int kv_head, int dim, float x) {
  T *keys = page_keys<T>(p.heads, entry.pages, entry.position / BITNET_PAGE, p.layer, kv_head);
  store_cached(keys + BITNET_PAGE * p.heads.padded_dim + entry.position % BITNET_PAGE * p.heads.padded_dim + dim, x);
}

// Dimensions i and i + head_dim / 2 of a query (head < heads) or a key (head - heads).
INLINE void rope_pair(const bitnet_rope &p, int row, int head, int i, float a, float b, float *q) {
  const bitnet_entry &entry = p.entries[row];
  int half = p.heads.head_dim / 2;
  int64_t at = (int64_t)entry.position * half + i;
  float2 turned = rotate(a, b, p.cosines[at], p.sines[at]);
  int kv_head = head - p.heads.heads;
  if (kv_head < 0) {
    q[head * p.heads.head_dim + i] = turned.x;
    q[head * p.heads.head_dim + i + half] = turned.y;
  } else if (p.heads.kv_type == BITNET_KV_F16) {
    store_key<uint16_t>(p, entry, kv_head, i, turned.x);
    store_key<uint16_t>(p, entry, kv_head, i + half, turned.y);
  } else {
    store_key<float>(p, entry, kv_head, i, turned.x);
    store_key<float>(p, entry, kv_head, i + half, turned.y);
  }
}

// Element `at` of the values of a row.
INLINE void keep_value(const bitnet_rope &p, int row, int at, float x) {
  int kv_head = at / p.heads.head_dim, dim = at % p.heads.head_dim;
  if (p.heads.kv_type == BITNET_KV_F16) {
    store_value<uint16_t>(p, p.entries[row], kv_head, dim, x);
  } else {
    store_value<float>(p, p.entries[row], kv_head, dim, x);
  }
}

#endif
