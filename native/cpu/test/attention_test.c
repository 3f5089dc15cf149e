// RoPE, the pages, attention.
#include "check.h"
#include "reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 2, LAYER = 1, MOST_PAGES = 12 };

// A sequence: its pages, and what they should hold as floats.
typedef struct {
  void *pages[MOST_PAGES];
  float *keys, *values; // [kv head][position][dim]
} sequence;

static float stored(const bitnet_attention_shape *shape, float f) {
  return shape->kv_type == BITNET_KV_F16 ? reference_f16(reference_to_f16(f)) : f;
}

// Two sequences of `length` positions, run through rope, store and attention in one batch and in parts of `step`
// tokens.
static void run(int32_t isa, const bitnet_attention_shape *shape, int64_t length, int64_t step, int64_t window,
                float size) {
  float scale = (float)(1 / sqrt((double)shape->head_dim + (window < length ? 3 : 0)));
  int64_t dim = shape->head_dim, width = (shape->heads + 2 * shape->kv_heads) * dim, half = dim / 2;
  int64_t out_width = shape->heads * dim, group = shape->heads / shape->kv_heads, tokens = 2 * length;
  float *cosines = guarded((size_t)(length * half) * 4, 0), *sines = guarded((size_t)(length * half) * 4, 0);
  for (int64_t i = 0; i < length * half; i++) {
    double angle = (double)(i / half) * pow(10000, -(double)(i % half) / (double)half);
    cosines[i] = (float)cos(angle);
    sines[i] = (float)sin(angle);
  }
  sequence s[2];
  for (int i = 0; i < 2; i++) {
    for (int p = 0; p < MOST_PAGES; p++) {
      s[i].pages[p] = p * 64 < length ? guarded((size_t)bitnet_page_bytes(shape), 0) : 0;
    }
    s[i].keys = guarded((size_t)(shape->kv_heads * length * dim) * 4, 0);
    s[i].values = guarded((size_t)(shape->kv_heads * length * dim) * 4, 0);
  }
  float *qkv = guarded((size_t)(tokens * width) * 4, 0), *rotated = guarded((size_t)(tokens * width) * 4, 0);
  float *out = guarded((size_t)(tokens * out_width) * 4, 0), *expected = guarded((size_t)dim * 4, 0);
  int32_t *positions = guarded((size_t)tokens * 4, 0);
  void *const **pages = guarded((size_t)tokens * sizeof(void *), 0);
  for (int64_t i = 0; i < tokens * width; i++) {
    qkv[i] = rotated[i] = random_normal() * size;
  }
  for (int64_t t = 0; t < tokens; t++) {
    sequence *of = s + t / length;
    int64_t position = t % length;
    positions[t] = (int32_t)position;
    pages[t] = of->pages;
    for (int64_t h = 0; h < shape->heads + shape->kv_heads; h++) {
      reference_rope(rotated + t * width + h * dim, dim, cosines + position * half, sines + position * half);
    }
    for (int64_t h = 0; h < shape->kv_heads; h++) {
      const float *key = rotated + t * width + (shape->heads + h) * dim, *value = key + shape->kv_heads * dim;
      for (int64_t d = 0; d < dim; d++) {
        of->keys[(h * length + position) * dim + d] = stored(shape, key[d]);
        of->values[(h * length + position) * dim + d] = stored(shape, value[d]);
      }
    }
  }
  bitnet_positions at = {positions, pages};
  void *scratch = guarded((size_t)bitnet_attention_scratch_bytes(isa, shape, length), 0xEE);
  for (int64_t t = 0; t < tokens; t += step) {
    int64_t end = t + step < tokens ? t + step : tokens, head_cut = shape->heads / 3;
    bitnet_rope_store(isa, shape, LAYER, cosines, sines, &at, t, end, qkv, width);
    bitnet_attention(isa, shape, LAYER, window, scale, &at, t, end, 0, head_cut, qkv, width, out, out_width, scratch);
    bitnet_attention(isa, shape, LAYER, window, scale, &at, t, end, head_cut, shape->heads, qkv, width, out, out_width,
                     scratch);
  }
  expect_floats(qkv, rotated, tokens * width, "rotated");
  for (int64_t t = 0; t < tokens; t++) {
    const sequence *of = s + t / length;
    for (int64_t h = 0; h < shape->heads; h++) {
      int64_t kv = h / group * length * dim;
      int64_t position = t % length, first = position < window ? 0 : position - window + 1;
      reference_attention(rotated + t * width + h * dim, of->keys + kv, of->values + kv, first, position + 1, dim,
                          scale, expected);
      expect_floats(out + t * out_width + h * dim, expected, dim, "attention");
    }
  }
  for (int i = 0; i < 2; i++) {
    for (int p = 0; p < MOST_PAGES; p++) {
      if (s[i].pages[p] != 0) {
        release(s[i].pages[p]);
      }
    }
    release(s[i].keys);
    release(s[i].values);
  }
  void *all[] = {cosines, sines, qkv, rotated, out, expected, positions, pages, scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

void test_attention(int32_t isa) {
  static const int64_t shapes[][3] = {{20, 5, 128}, {4, 4, 64}, {6, 2, 80}, {3, 1, 34}, {2, 1, 2}, {8, 1, 32}};
  static const int64_t lengths[] = {1, 5, 64, 65, 150};
  static const int64_t windows[] = {INT32_MAX, 1, 20, 64, 70};
  seed(6);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
      for (int32_t kv_type = 0; kv_type < 2; kv_type++) {
        bitnet_attention_shape shape = {LAYERS, shapes[i][0], shapes[i][1], shapes[i][2], kv_type};
        int64_t step = l % 2 ? 1 : 1 + lengths[l] / 2 * 3;
        testing("%s: attention of %lld heads, %lld kv heads, %lld wide, %lld positions, type %d", bitnet_isa_name(isa),
                (long long)shape.heads, (long long)shape.kv_heads, (long long)shape.head_dim, (long long)lengths[l],
                kv_type);
        for (size_t w = 0; w < (l < 4 ? 1 : sizeof windows / sizeof *windows); w++) {
          run(isa, &shape, lengths[l], w == 0 ? step : 31, windows[w], l == 2 ? 12 : 1);
        }
      }
    }
  }
}
