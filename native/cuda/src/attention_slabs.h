// How queries, keys and values of a tile come to shared memory, a slab at a time: 32 dimensions of all queries and
// keys, or 16 positions. The next slab is on its way while one is used.
#ifndef BITNET_ATTENTION_SLABS_H
#define BITNET_ATTENTION_SLABS_H

#include "attention_runs.h"

namespace runs_of_rows {

constexpr int THREADS = 128, MOST_DIMS = 128, WARP_QUERIES = 16;
constexpr int SLAB = 2048, SLAB_DIMS = 32, SLAB_POSITIONS = 16;
static_assert(SLAB == SLAB_DIMS * BITNET_PAGE && SLAB == SLAB_POSITIONS * MOST_DIMS);
// A warp's part of a slab of queries is [dimension / 4][query][4]. The gap keeps banks apart.
constexpr int QUERY_GAP = WARP_QUERIES + 4, QUERY_SLAB = SLAB_DIMS / 4 * QUERY_GAP * 4;

// A thread's part of a slab of keys or values. All are on their way before one is waited for: addresses are chosen, not
// loads skipped, and behind the dimensions lies anything.
template <typename T> struct Pieces {
  static constexpr int ELEMENTS = 16 / (int)sizeof(T), COUNT = SLAB / ELEMENTS / THREADS;
  uint4 piece[COUNT];

  // Two threads have a key.
  INLINE void load_keys(const T *keys, int slab, int padded) {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      int dim = (int)threadIdx.x / BITNET_PAGE * (SLAB_DIMS / 2) + n * ELEMENTS;
      int eight = min(slab * (SLAB_DIMS / 8) + dim / 8, padded / 8 - 1);
      piece[n] = fresh((const uint4 *)(keys + (eight * BITNET_PAGE + threadIdx.x % BITNET_PAGE) * 8 + dim % 8));
    }
  }

  INLINE void load_values(const T *values, int slab, int padded) {
    constexpr int ROW = MOST_DIMS / ELEMENTS;
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      int i = threadIdx.x + n * THREADS, position = slab * SLAB_POSITIONS + i / ROW;
      int dim = min(i % ROW * ELEMENTS, padded - ELEMENTS);
      piece[n] = fresh((const uint4 *)(values + position * padded + dim));
    }
  }

  INLINE float4 widened(int n, int quad) const {
    uint32_t words[4] = {piece[n].x, piece[n].y, piece[n].z, piece[n].w};
    float x[4];
#pragma unroll
    for (int e = 0; e < 4; e++) {
      x[e] = ELEMENTS == 4 ? f32_of(words[e]) : f16_to_f32((uint16_t)(words[quad * 2 + e / 2] >> (e % 2 * 16)));
    }
    return make_float4(x[0], x[1], x[2], x[3]);
  }

  // As [dimension / 4][key][4].
  INLINE void store_keys(float4 *slab) const {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
#pragma unroll
      for (int quad = 0; quad < ELEMENTS / 4; quad++) {
        slab[((int)threadIdx.x / BITNET_PAGE * (SLAB_DIMS / 8) + n * (ELEMENTS / 4) + quad) * BITNET_PAGE +
             threadIdx.x % BITNET_PAGE] = widened(n, quad);
      }
    }
  }

  // As [position][dimension].
  INLINE void store_values(float4 *slab) const {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
#pragma unroll
      for (int quad = 0; quad < ELEMENTS / 4; quad++) {
        slab[(threadIdx.x + n * THREADS) * (ELEMENTS / 4) + quad] = widened(n, quad);
      }
    }
  }
};

// Where the queries of a warp come from: two lanes have one, 16 bytes in turn.
struct Queries {
  const float *from;
  int most;

  INLINE Queries(const bitnet_attention_many &p, const Tile &tile, int first_query) {
    int lane = threadIdx.x % 32;
    // Behind the last one it is that again, and nothing becomes of it.
    int query = min(first_query + lane / 2, tile.queries - 1);
    from = p.q + tile.row(query) * p.q_stride + tile.head(query) * p.heads.head_dim;
    most = p.heads.head_dim - 4;
  }

  INLINE void copy(int slab, float *to) const {
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int quad = lane % 2; quad < SLAB_DIMS / 4; quad += 2) {
      int dim = min(slab * SLAB_DIMS + quad * 4, most);
      copy_ahead(to + (quad * QUERY_GAP + lane / 2) * 4, from + dim);
    }
    copies_end();
  }
};

} // namespace runs_of_rows

#endif
