// Attention of query heads over the pages of a sequence.
//
// Scores of a page and sums of its values are the same small product: c[r][lane] = fma chain over i of a[r][i] *
// b[i][lane]. For scores the rows are queries, i runs over dimensions and a lane is a position; for sums the rows are
// probabilities, i runs over positions and a lane is a dimension. Rows are the heads of one kv head and several tokens,
// so that each key and value is read once for all of them.
#include "layout.h"
#include "vector.h"

// Rows of queries and of probabilities are so many floats longer than whole lines: Zen 3 loads an element of each row
// at once only from different banks of its cache. With it and even prefetching one token's attention over 512 positions
// reads at 0.67 of memory's speed instead of 0.48.
enum { MOST_ROWS = LANES == 16 ? 12 : 6, PADDING = LANES == 16 ? 0 : 4 };

INLINE vf kv_lanes(int32_t kv_type, const void *p, int64_t i) {
  return kv_type == BITNET_KV_F16 ? vf_load_f16((const uint16_t *)p + i) : vf_load((const float *)p + i);
}

// c[0..rows)[0..vectors * LANES) of chains of n steps. b's rows have b_stride elements.
// Memory is the limit where there are few rows: with them what lies from `ahead` on, if that is not null, is
// prefetched, as many bytes a step as are read.
INLINE void chains(int rows, int vectors, int32_t kv_type, const float *a, int64_t a_stride, int64_t n, const char *b,
                   int64_t b_stride, const char *ahead, float *c, int64_t c_stride) {
  vf s[MOST_ROWS][4];
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      s[r][v] = vf_set(0.0f);
    }
  }
  int64_t row_bytes = b_stride * (kv_type == BITNET_KV_F16 ? 2 : 4);
  int64_t bytes = vectors * LANES * (kv_type == BITNET_KV_F16 ? 2 : 4);
  for (int64_t i = 0; i < n; i++, b += row_bytes) {
    vf x[4];
    for (int64_t line = 0; rows <= 4 && ahead != 0 && line < bytes; line += 64) {
      __builtin_prefetch(ahead + i * bytes + line, 0, 2);
    }
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      x[v] = kv_lanes(kv_type, b, v * LANES);
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      vf spread = vf_set(a[r * a_stride + i]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        s[r][v] = vf_fma(spread, x[v], s[r][v]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      vf_store(c + r * c_stride + v * LANES, s[r][v]);
    }
  }
}

#define CHAINS(ROWS, VECTORS)                                                                                          \
  static __attribute__((noinline)) void chains_##ROWS##_##VECTORS(int32_t kv_type, const float *a, int64_t a_stride,   \
                                                                  int64_t n, const char *b, int64_t b_stride,          \
                                                                  const char *ahead, float *c, int64_t c_stride) {     \
    if (kv_type == BITNET_KV_F16) {                                                                                    \
      chains(ROWS, VECTORS, BITNET_KV_F16, a, a_stride, n, b, b_stride, ahead, c, c_stride);                           \
    } else {                                                                                                           \
      chains(ROWS, VECTORS, BITNET_KV_F32, a, a_stride, n, b, b_stride, ahead, c, c_stride);                           \
    }                                                                                                                  \
  }
#if LANES == 16
enum { MANY = 12, MANY_VECTORS = 2, FEW_VECTORS = 4 };
CHAINS(12, 2)
CHAINS(4, 4)
#define CHAINS_MANY chains_12_2
#define CHAINS_FEW chains_4_4
#else
enum { MANY = 6, MANY_VECTORS = 2, FEW_VECTORS = 2 };
CHAINS(6, 2)
CHAINS(4, 2)
#define CHAINS_MANY chains_6_2
#define CHAINS_FEW chains_4_2
#endif
CHAINS(4, 1)
CHAINS(1, 4)
CHAINS(1, 1)

// All of c[rows][width], width a multiple of 16.
static void product(int64_t rows, int64_t width, int32_t kv_type, const float *a, int64_t a_stride, int64_t n,
                    const char *b, const char *ahead, float *c, int64_t c_stride) {
  int64_t bytes = kv_type == BITNET_KV_F16 ? 2 : 4, r = 0;
  while (r < rows) {
    int64_t v = 0, step = rows - r >= MANY ? MANY : rows - r >= 4 ? 4 : 1;
    const float *from = a + r * a_stride;
    float *to = c + r * c_stride;
    int64_t wide = step == MANY ? MANY_VECTORS * LANES : step == 4 ? FEW_VECTORS * LANES : 4 * LANES;
    for (; v + wide <= width; v += wide) {
      const char *part = ahead == 0 || r > 0 ? 0 : ahead + v * n * bytes; // evenly, not all in the first reading
      if (step == MANY) {
        CHAINS_MANY(kv_type, from, a_stride, n, b + v * bytes, width, part, to + v, c_stride);
      } else if (step == 4) {
        CHAINS_FEW(kv_type, from, a_stride, n, b + v * bytes, width, part, to + v, c_stride);
      } else {
        chains_1_4(kv_type, from, a_stride, n, b + v * bytes, width, part, to + v, c_stride);
      }
    }
    for (; v < width; v += LANES) {
      for (int64_t i = 0; i < step; i += step >= 4 && step - i >= 4 ? 4 : 1) {
        if (step - i >= 4) {
          chains_4_1(kv_type, from + i * a_stride, a_stride, n, b + v * bytes, width, 0, to + i * c_stride + v,
                     c_stride);
        } else {
          chains_1_1(kv_type, from + i * a_stride, a_stride, n, b + v * bytes, width, 0, to + i * c_stride + v,
                     c_stride);
        }
      }
    }
    r += step;
  }
}

// The sum of 64 floats by strides 32 .. 1.
INLINE float sum64(const float *p) {
  vf s[64 / LANES];
  for (int i = 0; i < 64 / LANES; i++) {
    s[i] = vf_load(p + i * LANES);
  }
  for (int n = 32 / LANES; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      s[i] = s[i] + s[i + n];
    }
  }
  float v[LANES];
  vf_store(v, s[0]);
  for (int n = LANES / 2; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      v[i] = v[i] + v[i + n];
    }
  }
  return v[0];
}

// Scores of a page become probabilities, those from `begin` to `end` valid; answers their maximum and sum.
static void softmax_page(float *scores, int64_t begin, int64_t end, float scale, float *max, float *sum) {
  vf scaled[BITNET_PAGE / LANES], most = vf_set(-__builtin_inff());
  vi lane;
  for (int i = 0; i < LANES; i++) {
    lane[i] = i;
  }
  for (int i = 0; i < BITNET_PAGE / LANES; i++) {
    vi valid = (lane >= (int32_t)begin - i * LANES) & (lane < (int32_t)end - i * LANES);
    scaled[i] = vf_select(valid, vf_load(scores + i * LANES) * scale, vf_set(-__builtin_inff()));
    most = vf_max(scaled[i], most);
  }
  *max = vf_reduce_max(most);
  for (int i = 0; i < BITNET_PAGE / LANES; i++) {
    vf_store(scores + i * LANES, vf_expn(scaled[i] - *max)); // 0 where it is not valid
  }
  *sum = sum64(scores);
}

// Rows of a tile: query heads of one kv head, of tokens at ascending positions of one sequence. Positions and pages are
// counted from the first page that a row sees.
typedef struct {
  int64_t rows;
  int64_t pages;            // up to the last that a row sees
  int64_t first[MOST_ROWS]; // the first position that the row sees
  int64_t last[MOST_ROWS];  // the row's own position
  float scale;
  const float *q[MOST_ROWS];
  float *out[MOST_ROWS];
} attention_tile;

// Scratch, in floats: queries, outputs and sums of a page, [MOST_ROWS][width] each; then for each page maxima and sums
// [MOST_ROWS] each, and scores [MOST_ROWS][pages * 64].
int64_t KERNEL(attention_scratch_bytes)(int32_t isa, const bitnet_attention_shape *shape, int64_t positions) {
  int64_t pages = round_up(positions, BITNET_PAGE) / BITNET_PAGE;
  return round_up(4 * MOST_ROWS * (3 * value_width(shape) + pages * (2 + BITNET_PAGE) + 2 * PADDING), 64);
}

// Tile i in the order of reading: keys of `n` pages, their values, then the keys of the next head; null after them.
INLINE const char *tile_in_order(const bitnet_attention_shape *shape, int64_t layer, int64_t kv_head,
                                 void *const *pages, int64_t n, int64_t i) {
  if (i < n) {
    return key_tile(shape, pages[i], layer, kv_head);
  }
  if (i < 2 * n) {
    return value_tile(shape, pages[i - n], layer, kv_head);
  }
  return i < 3 * n && kv_head + 1 < shape->kv_heads ? key_tile(shape, pages[i - 2 * n], layer, kv_head + 1) : 0;
}

static void attend(const bitnet_attention_shape *shape, int64_t layer, int64_t kv_head, void *const *pages,
                   const attention_tile *tile, float *scratch) {
  int64_t dim = shape->head_dim, width = value_width(shape), rows = tile->rows;
  int64_t row_queries = width + PADDING, row_scores = tile->pages * BITNET_PAGE + PADDING;
  float *queries = scratch, *outputs = queries + MOST_ROWS * row_queries, *part = outputs + MOST_ROWS * width;
  float *maxima = part + MOST_ROWS * width, *sums = maxima + MOST_ROWS * tile->pages;
  float *scores = sums + MOST_ROWS * tile->pages;
  float largest[MOST_ROWS], total[MOST_ROWS];
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t d = 0; d < dim; d++) {
      queries[r * row_queries + d] = tile->q[r][d];
    }
    for (int64_t d = 0; d < width; d++) {
      outputs[r * width + d] = 0.0f;
    }
    total[r] = 0.0f;
    largest[r] = -__builtin_inff();
  }
  for (int64_t p = 0; p < tile->pages; p++) {
    const char *keys = key_tile(shape, pages[p], layer, kv_head);
    const char *next = tile_in_order(shape, layer, kv_head, pages, tile->pages, p + 1);
    product(rows, BITNET_PAGE, shape->kv_type, queries, row_queries, dim, keys, next, scores + p * BITNET_PAGE,
            row_scores);
    for (int64_t r = 0; r < rows; r++) {
      int64_t begin = tile->first[r] - p * BITNET_PAGE;
      int64_t end = least(BITNET_PAGE, tile->last[r] + 1 - p * BITNET_PAGE);
      if (begin >= BITNET_PAGE || end <= 0) {
        for (int64_t i = 0; i < BITNET_PAGE; i++) {
          scores[r * row_scores + p * BITNET_PAGE + i] = 0.0f;
        }
        continue;
      }
      float *max = maxima + p * MOST_ROWS + r;
      softmax_page(scores + r * row_scores + p * BITNET_PAGE, begin, end, tile->scale, max, sums + p * MOST_ROWS + r);
      largest[r] = *max > largest[r] ? *max : largest[r];
    }
  }
  for (int64_t p = 0; p < tile->pages; p++) {
    int64_t seen = least(BITNET_PAGE, tile->last[rows - 1] + 1 - p * BITNET_PAGE);
    const char *values = value_tile(shape, pages[p], layer, kv_head);
    const char *next = tile_in_order(shape, layer, kv_head, pages, tile->pages, tile->pages + p + 1);
    product(rows, width, shape->kv_type, scores + p * BITNET_PAGE, row_scores, seen, values, next, part, width);
    for (int64_t r = 0; r < rows; r++) {
      if (tile->last[r] < p * BITNET_PAGE || tile->first[r] >= (p + 1) * BITNET_PAGE) {
        continue;
      }
      float e = vf_expn(vf_set(maxima[p * MOST_ROWS + r] - largest[r]))[0];
      total[r] = fma32(sums[p * MOST_ROWS + r], e, total[r]);
      for (int64_t d = 0; d < width; d += LANES) {
        float *o = outputs + r * width + d;
        vf_store(o, vf_fma(vf_load(part + r * width + d), vf_set(e), vf_load(o)));
      }
    }
  }
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t d = 0; d < dim; d++) {
      tile->out[r][d] = outputs[r * width + d] / total[r];
    }
  }
}

// The first position that the query of a position sees.
INLINE int64_t first_seen(int64_t position, int64_t window) {
  return position < window ? 0 : position - window + 1;
}

void KERNEL(attention)(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, int64_t window, float scale,
                       const bitnet_positions *at, int64_t begin, int64_t end, int64_t head_begin, int64_t head_end,
                       const float *qkv, int64_t qkv_stride, float *out, int64_t out_stride, void *scratch) {
  int64_t group = shape->heads / shape->kv_heads, dim = shape->head_dim;
  for (int64_t t = begin; t < end;) {
    int64_t run = 1;
    while (t + run < end && at->pages[t + run] == at->pages[t] && at->positions[t + run] == at->positions[t] + run) {
      run++;
    }
    for (int64_t h = head_begin; h < head_end;) {
      int64_t kv_head = h / group, heads = least((kv_head + 1) * group, head_end) - h;
      for (int64_t r = 0; r < run * heads; r += MOST_ROWS) {
        attention_tile tile = {.rows = least(MOST_ROWS, run * heads - r), .scale = scale};
        int64_t page = first_seen(at->positions[t + r / heads], window) / BITNET_PAGE;
        for (int64_t i = 0; i < tile.rows; i++) {
          int64_t token = t + (r + i) / heads, head = h + (r + i) % heads;
          tile.first[i] = first_seen(at->positions[token], window) - page * BITNET_PAGE;
          tile.last[i] = at->positions[token] - page * BITNET_PAGE;
          tile.q[i] = qkv + token * qkv_stride + head * dim;
          tile.out[i] = out + token * out_stride + head * dim;
        }
        tile.pages = tile.last[tile.rows - 1] / BITNET_PAGE + 1;
        attend(shape, layer, kv_head, at->pages[t] + page, &tile, scratch);
      }
      h += heads;
    }
    t += run;
  }
}
