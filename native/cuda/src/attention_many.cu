// Attention of runs of rows: blocks (tile, chunk); each leaves the chunk's maximum and sums, or the result where there
// is but one chunk. Registers are worth more than blocks: with four of a multiprocessor, and 128 registers, 64 rows at
// 448 take 31 us instead of 26 (H200).
#include "attention_slabs.h"

namespace runs_of_rows {

// A thread has 8 queries by 4 keys, and then by 8 dimensions.
constexpr int OWN = 8, OWN_KEYS = 4, QUERY_LANES = 2, KEY_LANES = 16;
static_assert(QUERY_LANES * OWN == WARP_QUERIES && KEY_LANES * OWN_KEYS == BITNET_PAGE && KEY_LANES * OWN == MOST_DIMS);
// Weights of a warp, in the place of its queries, are [key][query]. The gap keeps banks apart.
constexpr int WEIGHT_ROW = 24, WARP_FLOATS = BITNET_PAGE * WEIGHT_ROW;
static_assert(2 * QUERY_SLAB <= WARP_FLOATS);

INLINE void four(const float *from, float *to) {
  float4 x = *(const float4 *)from;
  to[0] = x.x, to[1] = x.y, to[2] = x.z, to[3] = x.w;
}

// The first KEYS of a thread's keys, over dimensions ascending.
template <int KEYS>
INLINE void score_slab(const float *queries, const float *keys, int quads, float (&x)[OWN][OWN_KEYS]) {
#pragma unroll 2
  for (int quad = 0; quad < quads; quad++) {
    float q[OWN][4];
#pragma unroll
    for (int n = 0; n < OWN; n++) {
      four(queries + (quad * QUERY_GAP + n * QUERY_LANES) * 4, q[n]);
    }
#pragma unroll
    for (int m = 0; m < KEYS; m++) {
      float k[4];
      four(keys + (quad * BITNET_PAGE + m * KEY_LANES) * 4, k);
#pragma unroll
      for (int d = 0; d < 4; d++) {
#pragma unroll
        for (int n = 0; n < OWN; n++) {
          x[n][m] = fmaf(q[n][d], k[d], x[n][m]);
        }
      }
    }
  }
}

// Over positions ascending. Where a query sees nothing its weights are 0, and add nothing.
INLINE void value_slab(const float *weights, const float *values, int positions, float (&sums)[OWN][OWN]) {
#pragma unroll 4
  for (int j = 0; j < positions; j++) {
    float w[OWN], v[OWN];
    four(weights + j * WEIGHT_ROW, w);
    four(weights + j * WEIGHT_ROW + 8, w + 4);
    four(values + j * MOST_DIMS, v);
    four(values + j * MOST_DIMS + MOST_DIMS / 2, v + 4);
#pragma unroll
    for (int n = 0; n < OWN; n++) {
#pragma unroll
      for (int i = 0; i < OWN; i++) {
        sums[n][i] = fmaf(w[n], v[i], sums[n][i]);
      }
    }
  }
}

// Of a thread: its warp's first query, and its own queries and keys by the lane. Lanes that differ in the lowest bit
// have the same queries, in the next the same keys: such reads of 16 bytes take half as long.
struct Part {
  int first_query, query_lane, key_lane;

  INLINE Part() {
    int lane = threadIdx.x % 32;
    first_query = (int)threadIdx.x / 32 * WARP_QUERIES;
    key_lane = (lane & 1) | (lane >> 1 & 14);
    query_lane = lane >> 1 & 1;
  }

  INLINE int query(int n) const { return first_query + query_lane + n * QUERY_LANES; }
  INLINE int key(int m) const { return key_lane + m * KEY_LANES; }
  // Where a thread's queries are among the weights of a key.
  INLINE int weight() const { return query_lane * 4; }
};

// Weights in place of scores. Sixteen lanes have the keys of a query.
INLINE void softmax(const bitnet_attention_many &p, const Tile &tile, const Part &part, int chunk,
                    float (&x)[OWN][OWN_KEYS]) {
#pragma unroll
  for (int n = 0; n < OWN; n++) {
    int query = part.query(n), end = tile.position(query) + 1 - tile.position_of(chunk);
    int begin = tile.first_position(query) - tile.position_of(chunk);
    float largest = -INFINITY;
#pragma unroll
    for (int m = 0; m < OWN_KEYS; m++) {
      bool seen = part.key(m) >= begin && part.key(m) < end;
      x[n][m] = seen ? x[n][m] * p.scale : -INFINITY;
      largest = fmaxf(largest, x[n][m]);
    }
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, 16));
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, 8));
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, 4));
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, 1));
#pragma unroll
    for (int m = 0; m < OWN_KEYS; m++) {
      x[n][m] = expn(x[n][m] - largest);
    }
    float sum = (x[n][0] + x[n][2]) + (x[n][1] + x[n][3]);
    sum += __shfl_xor_sync(WARP, sum, 16);
    sum += __shfl_xor_sync(WARP, sum, 8);
    sum += __shfl_xor_sync(WARP, sum, 4);
    sum += __shfl_xor_sync(WARP, sum, 1);
    if (part.key_lane == 0 && query < tile.queries && end > 0) {
      ((float2 *)p.softmax)[place_of(p, query, chunk)] = make_float2(largest, sum);
    }
  }
}

INLINE void store_weights(const float (&x)[OWN][OWN_KEYS], const Part &part, float *weights) {
#pragma unroll
  for (int m = 0; m < OWN_KEYS; m++) {
    float4 *to = (float4 *)(weights + part.key(m) * WEIGHT_ROW + part.weight());
    to[0] = make_float4(x[0][m], x[1][m], x[2][m], x[3][m]);
    to[2] = make_float4(x[4][m], x[5][m], x[6][m], x[7][m]);
  }
}

INLINE void store_sums(const bitnet_attention_many &p, const Tile &tile, const Part &part, int chunk,
                       const float (&sums)[OWN][OWN]) {
#pragma unroll
  for (int n = 0; n < OWN; n++) {
    int query = part.query(n);
    if (query < tile.queries && tile.position(query) >= tile.position_of(chunk)) {
      // With one chunk its weight is 1; + 0 is what that product does to a zero.
      bool whole = p.max_chunks == 1;
      float total = whole ? fresh(&((const float2 *)p.softmax)[place_of(p, query, chunk)].y) : 1.0f;
      float *to = whole ? p.out + tile.row(query) * p.out_stride + tile.head(query) * p.heads.head_dim
                        : p.partial + place_of(p, query, chunk) * p.heads.padded_dim;
      int dims = whole ? p.heads.head_dim : p.heads.padded_dim;
#pragma unroll
      for (int i = 0; i < 2; i++) {
        int dim = i * (MOST_DIMS / 2) + part.key_lane * 4;
        if (dim < dims) {
          const float *x = sums[n] + 4 * i;
          *(float4 *)(to + dim) = whole ? make_float4((x[0] + 0.0f) / total, (x[1] + 0.0f) / total,
                                                      (x[2] + 0.0f) / total, (x[3] + 0.0f) / total)
                                        : make_float4(x[0], x[1], x[2], x[3]);
        }
      }
    }
  }
}

template <typename T> INLINE void attention_many(const bitnet_attention_many &p, uint8_t *memory) {
  let_others_begin();
  Tile tile(p);
  // Chunks that all queries of a tile see come first, so that what comes last is short.
  int chunk = tile.chunks - (int)(gridDim.y - blockIdx.y);
  bool takes_part = chunk >= 0;
  const T *keys = page_keys<T>(p.heads, tile.pages, tile.first_chunk + max(chunk, 0), p.layer, tile.kv_head);
  wait_for_others();
  if (!takes_part) {
    return;
  }
  int padded = p.heads.padded_dim, dims = p.heads.head_dim;
  Part part;
  float *slabs = (float *)memory, *own = slabs + 2 * SLAB + part.first_query / WARP_QUERIES * WARP_FLOATS;
  // Positions of the chunk that the warp's last query sees; later ones count for nothing, and may never have been
  // written.
  int last = min(part.first_query + WARP_QUERIES, tile.queries) - 1;
  int seen = last < part.first_query ? 0 : min(BITNET_PAGE, tile.position(last) + 1 - tile.position_of(chunk));

  Pieces<T> pieces;
  Queries queries(p, tile, part.first_query);
  pieces.load_keys(keys, 0, padded);
  queries.copy(0, own);
  float x[OWN][OWN_KEYS] = {};
  int slab = 0;
#pragma unroll 1
  for (int first = 0; first < dims; first += SLAB_DIMS, slab++) {
    float *at = slabs + slab % 2 * SLAB;
    pieces.store_keys((float4 *)at);
    copies_wait<0>();
    __syncthreads();
    if (first + SLAB_DIMS < dims) {
      pieces.load_keys(keys, slab + 1, padded);
      queries.copy(slab + 1, own + (slab + 1) % 2 * QUERY_SLAB);
    } else {
      pieces.load_values(keys + BITNET_PAGE * padded, 0, padded);
    }
    const float *q = own + slab % 2 * QUERY_SLAB + part.query_lane * 4, *k = at + part.key_lane * 4;
    int quads = min(SLAB_DIMS, dims - first) / 4;
    if (seen > 48) {
      score_slab<4>(q, k, quads, x);
    } else if (seen > 32) {
      score_slab<3>(q, k, quads, x);
    } else if (seen > 16) {
      score_slab<2>(q, k, quads, x);
    } else if (seen > 0) {
      score_slab<1>(q, k, quads, x);
    }
  }
  warp_barrier();
  if (seen > 0) {
    softmax(p, tile, part, chunk, x);
    store_weights(x, part, own);
  }

  float sums[OWN][OWN] = {};
#pragma unroll 1
  for (int first = 0; first < BITNET_PAGE; first += SLAB_POSITIONS, slab++) {
    float *at = slabs + slab % 2 * SLAB;
    pieces.store_values((float4 *)at);
    __syncthreads();
    if (first + SLAB_POSITIONS < BITNET_PAGE) {
      pieces.load_values(keys + BITNET_PAGE * padded, first / SLAB_POSITIONS + 1, padded);
    }
    value_slab(own + first * WEIGHT_ROW + part.weight(), at + part.key_lane * 4, min(SLAB_POSITIONS, seen - first),
               sums);
  }
  store_sums(p, tile, part, chunk, sums);
}

} // namespace runs_of_rows

// Heads of up to 128 dimensions, a multiple of 4.
KERNEL(attention_many_f16, bitnet_attention_many, 128, 3) {
  DYNAMIC_SHARED(memory);
  runs_of_rows::attention_many<uint16_t>(p, memory);
}

KERNEL(attention_many_f32, bitnet_attention_many, 128, 3) {
  DYNAMIC_SHARED(memory);
  runs_of_rows::attention_many<float>(p, memory);
}
