// Rotary positions, and the new keys and values into their pages.
#include "layout.h"
#include "vector.h"

// Rotates a head in place.
INLINE void rotate(float *v, int64_t half, const float *cosines, const float *sines) {
  int64_t i = 0;
  for (; i + LANES <= half; i += LANES) {
    vf a = vf_load(v + i), b = vf_load(v + half + i), cos = vf_load(cosines + i), sin = vf_load(sines + i);
    vf_store(v + i, vf_fma(a, cos, -(b * sin)));
    vf_store(v + half + i, vf_fma(b, cos, a * sin));
  }
  for (; i < half; i++) {
    float a = v[i], b = v[half + i];
    v[i] = fma32(a, cosines[i], -(b * sines[i]));
    v[half + i] = fma32(b, cosines[i], a * sines[i]);
  }
}

// Stores a head's `n` floats as elements of the cache, `stride` apart.
INLINE void store_elements(int32_t kv_type, char *tile, int64_t first, int64_t stride, const float *v, int64_t n) {
  if (kv_type == BITNET_KV_F32) {
    float *to = (float *)(void *)tile + first;
    for (int64_t i = 0; i < n; i++) {
      to[i * stride] = v[i];
    }
    return;
  }
  uint16_t *to = (uint16_t *)(void *)tile + first;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    uint16_t halves[LANES];
    vf_store_f16(halves, vf_load(v + i));
    for (int j = 0; j < LANES; j++) {
      to[(i + j) * stride] = halves[j];
    }
  }
  for (; i < n; i++) {
    to[i * stride] = f32_to_f16(v[i]);
  }
}

void KERNEL(rope_store)(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, const float *cosines,
                        const float *sines, const bitnet_positions *at, int64_t begin, int64_t end, float *qkv,
                        int64_t qkv_stride) {
  int64_t dim = shape->head_dim, half = dim / 2;
  for (int64_t t = begin; t < end; t++) {
    float *row = qkv + t * qkv_stride;
    int64_t position = at->positions[t], slot = position % BITNET_PAGE;
    void *page = at->pages[t][position / BITNET_PAGE];
    for (int64_t h = 0; h < shape->heads + shape->kv_heads; h++) {
      rotate(row + h * dim, half, cosines + position * half, sines + position * half);
    }
    const float *keys = row + shape->heads * dim, *values = keys + shape->kv_heads * dim;
    for (int64_t h = 0; h < shape->kv_heads; h++) {
      store_elements(shape->kv_type, key_tile(shape, page, layer, h), slot, BITNET_PAGE, keys + h * dim, dim);
      store_elements(shape->kv_type, value_tile(shape, page, layer, h), slot * value_width(shape), 1, values + h * dim,
                     dim);
    }
  }
}
