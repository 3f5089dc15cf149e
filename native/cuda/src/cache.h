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

// The first position that the query of one sees.
INLINE int first_seen(int position, int window) {
  return max(0, position - window + 1);
}

// The keys of 64 positions, one kv head; the values follow after padded_dim * 64 elements.
template <typename T>
INLINE T *page_keys(const bitnet_heads &h, const uint64_t *pages, int chunk, int layer, int kv_head) {
  return (T *)pages[chunk] + ((int64_t)layer * h.kv_heads + kv_head) * 2 * BITNET_PAGE * h.padded_dim;
}

// Where the key and the value of a row go: the page of its position, all layers of it.
struct Place {
  int position;
  uint8_t *page;
};

INLINE Place place_of(const bitnet_entry &entry) {
  return {entry.position, (uint8_t *)entry.pages[entry.position / BITNET_PAGE]};
}

// Where an element of a key or a value goes, or of a query, which is always F32.
struct Element {
  uint8_t *to;
  bool half;

  INLINE void store(float x) const {
    if (half) {
      *(uint16_t *)to = f32_to_f16(x);
    } else {
      *(float *)to = x;
    }
  }
};

// Element `at` of those of a layer and kv head.
INLINE Element cached(const bitnet_rope &p, const Place &place, int kv_head, int at) {
  bool half = p.heads.kv_type == BITNET_KV_F16;
  int64_t index = ((int64_t)p.layer * p.heads.kv_heads + kv_head) * 2 * BITNET_PAGE * p.heads.padded_dim + at;
  return {place.page + index * (half ? 2 : 4), half};
}

// Dimension `dim` of a query (head < heads) or a key (head - heads).
INLINE Element turned(const bitnet_rope &p, const Place &place, int head, int dim, float *q) {
  if (head < p.heads.heads) {
    return {(uint8_t *)(q + head * p.heads.head_dim + dim), false};
  }
  int at = dim / 8 * (8 * BITNET_PAGE) + place.position % BITNET_PAGE * 8 + dim % 8;
  return cached(p, place, head - p.heads.heads, at);
}

// Dimension `dim` of a value.
INLINE Element kept(const bitnet_rope &p, const Place &place, int kv_head, int dim) {
  return cached(p, place, kv_head, (BITNET_PAGE + place.position % BITNET_PAGE) * p.heads.padded_dim + dim);
}

struct Turn {
  float cosine, sine;
};

// Of dimensions i and i + head_dim / 2.
INLINE Turn turn_of(const bitnet_rope &p, int position, int i) {
  int64_t at = (int64_t)position * (p.heads.head_dim / 2) + i;
  return {p.cosines[at], p.sines[at]};
}

#endif
