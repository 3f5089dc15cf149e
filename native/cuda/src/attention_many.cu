// Attention of runs of rows, as in prompts. A tile is up to 64 queries of one kv head (rows by the heads that share its
// keys). attention_many: blocks (tile, chunk); each leaves the chunk's maximum and sums. attention_combine brings the
// chunks of a query together in order, which needs the maximum of all of them first.
#include "attention.h"

namespace runs_of_rows {

constexpr int THREADS = 128, QUERIES = 64, MOST_DIMS = 128, WARPS = THREADS / 32, WARP_QUERIES = QUERIES / WARPS;
// A thread has 8 queries by 4 keys, then by 8 dimensions. Lanes that differ in their lowest or third bit alone read the
// same words, which halves the reads from shared memory.
constexpr int OWN_QUERIES = 8, OWN_KEYS = 4, KEY_LANES = 16;
constexpr int QUERY_STRIDE = WARP_QUERIES + 4; // of a warp's queries or weights: lanes at different banks
static_assert(KEY_LANES * OWN_KEYS == BITNET_PAGE && 32 / KEY_LANES * OWN_QUERIES == WARP_QUERIES &&
              KEY_LANES * 8 == MOST_DIMS);

struct Tile {
  const uint64_t *pages;
  int first_row, position_of_first;
  int kv_head, group, queries, chunks;
  uint32_t reciprocal; // of the group, in 1/65536: exact for so few queries

  INLINE explicit Tile(const bitnet_attention_many &p) {
    int number = p.first_tile + (int)blockIdx.x;
    const bitnet_entry &run = p.entries[number / p.heads.kv_heads], &first = p.entries[run.run_first];
    pages = first.pages;
    first_row = run.run_first;
    position_of_first = first.position;
    kv_head = number % p.heads.kv_heads;
    group = p.heads.heads / p.heads.kv_heads;
    reciprocal = 65536u / (uint32_t)group + 1;
    queries = run.run_rows * group;
    chunks = (first.position + run.run_rows - 1) / BITNET_PAGE + 1;
  }

  INLINE int row_of_run(int query) const { return (int)((uint32_t)query * reciprocal >> 16); }
  INLINE int position(int query) const { return position_of_first + row_of_run(query); }
  INLINE int64_t row(int query) const { return first_row + row_of_run(query); }
  INLINE int head(int query) const { return kv_head * group + query - row_of_run(query) * group; }
};

// Where a query's chunk is in `partial` (elements of padded_dim) and in `softmax`.
INLINE int64_t place_of(const bitnet_attention_many &p, int query, int chunk) {
  return ((int64_t)blockIdx.x * QUERIES + query) * p.max_chunks + chunk;
}

// 16 bytes each of a thread's part of the keys or the values of a chunk. All are on their way before one is waited for:
// addresses are chosen, not loads skipped.
template <typename T> struct Pieces {
  static constexpr int ELEMENTS = 16 / (int)sizeof(T), COUNT = BITNET_PAGE * MOST_DIMS / ELEMENTS / THREADS;
  uint4 piece[COUNT];

  // Key `lane` + 16 j is at place 4 lane + j, so that a thread's four lie together. Behind the dimensions lies
  // anything.
  INLINE void load_keys(const T *keys, int padded) {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      int i = threadIdx.x + n * THREADS, place = i % BITNET_PAGE,
          dim = min(i / BITNET_PAGE * ELEMENTS, padded - ELEMENTS);
      int key = place / OWN_KEYS + place % OWN_KEYS * KEY_LANES;
      piece[n] = fresh((const uint4 *)(keys + (dim / 8 * BITNET_PAGE + key) * 8 + dim % 8));
    }
  }

  INLINE void load_values(const T *values, int padded) {
    constexpr int ROW = MOST_DIMS / ELEMENTS;
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      int i = threadIdx.x + n * THREADS, position = i / ROW, dim = min(i % ROW * ELEMENTS, padded - ELEMENTS);
      piece[n] = fresh((const uint4 *)(values + position * padded + dim));
    }
  }

  INLINE void widen(int n, float (&x)[ELEMENTS]) const {
    uint32_t words[4] = {piece[n].x, piece[n].y, piece[n].z, piece[n].w};
#pragma unroll
    for (int e = 0; e < ELEMENTS; e++) {
      x[e] = ELEMENTS == 4 ? f32_of(words[e % 4]) : f16_to_f32((uint16_t)(words[e / 2] >> (e % 2 * 16)));
    }
  }

  // As [dimension][place].
  INLINE void store_keys(float *tile) const {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      int i = threadIdx.x + n * THREADS;
      float x[ELEMENTS];
      widen(n, x);
#pragma unroll
      for (int e = 0; e < ELEMENTS; e++) {
        tile[(i / BITNET_PAGE * ELEMENTS + e) * BITNET_PAGE + i % BITNET_PAGE] = x[e];
      }
    }
  }

  // As [position][dimension].
  INLINE void store_values(float *tile) const {
#pragma unroll
    for (int n = 0; n < COUNT; n++) {
      float x[ELEMENTS];
      widen(n, x);
      float4 *to = (float4 *)(tile + (threadIdx.x + n * THREADS) * ELEMENTS);
#pragma unroll
      for (int e = 0; e < ELEMENTS; e += 4) {
        to[e / 4] = make_float4(x[e], x[e + 1], x[e + 2], x[e + 3]);
      }
    }
  }
};

// A warp's queries as [dimension][query]; behind the last one it is that again, and nothing becomes of it.
INLINE void stage_queries(const bitnet_attention_many &p, const Tile &tile, int first_query, float *queries) {
  constexpr int AT_ONCE = MOST_DIMS / 8 / 2;
  int lane = threadIdx.x % 32, query = min(first_query + lane % WARP_QUERIES, tile.queries - 1);
  const float *from = p.q + tile.row(query) * p.q_stride + tile.head(query) * p.heads.head_dim;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    float4 x[AT_ONCE];
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      int d = (half * AT_ONCE + i) * 8 + lane / WARP_QUERIES * 4;
      x[i] = fresh((const float4 *)(from + min(d, p.heads.head_dim - 4)));
    }
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      int d = (half * AT_ONCE + i) * 8 + lane / WARP_QUERIES * 4;
      float *to = queries + d * QUERY_STRIDE + lane % WARP_QUERIES;
      to[0] = x[i].x, to[QUERY_STRIDE] = x[i].y, to[2 * QUERY_STRIDE] = x[i].z, to[3 * QUERY_STRIDE] = x[i].w;
    }
  }
}

INLINE void four(const float *from, float *to) {
  float4 x = *(const float4 *)from;
  to[0] = x.x, to[1] = x.y, to[2] = x.z, to[3] = x.w;
}

// sums[n][i] = fma over rows j ascending: a[j][n] * b[j][i], where i goes on MOST_DIMS / 2 further after four.
template <int COUNT>
INLINE void products(const float *a, int a_stride, const float *b, int b_stride, int rows,
                     float (&sums)[OWN_QUERIES][COUNT]) {
#pragma unroll 4
  for (int j = 0; j < rows; j++) {
    float x[OWN_QUERIES], y[COUNT];
    four(a + j * a_stride, x);
    four(a + j * a_stride + 4, x + 4);
#pragma unroll
    for (int i = 0; i < COUNT; i += 4) {
      four(b + j * b_stride + i / 4 * (MOST_DIMS / 2), y + i);
    }
#pragma unroll
    for (int n = 0; n < OWN_QUERIES; n++) {
#pragma unroll
      for (int i = 0; i < COUNT; i++) {
        sums[n][i] = fmaf(x[n], y[i], sums[n][i]);
      }
    }
  }
}

template <typename T> INLINE void attention_many(const bitnet_attention_many &p, uint8_t *memory) {
  let_others_begin();
  Tile tile(p);
  int chunk = blockIdx.y;
  bool takes_part = chunk < tile.chunks;
  const T *keys = page_keys<T>(p.heads, tile.pages, takes_part ? chunk : 0, p.layer, tile.kv_head);
  wait_for_others();
  if (!takes_part) {
    return;
  }
  int padded = p.heads.padded_dim, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  float *shared = (float *)memory, *own = shared + BITNET_PAGE * MOST_DIMS + warp * MOST_DIMS * QUERY_STRIDE;
  int first_query = warp * WARP_QUERIES, own_query = lane % 2 * OWN_QUERIES, key = lane / 2;
  Pieces<T> pieces;
  pieces.load_keys(keys, padded);
  stage_queries(p, tile, first_query, own);
  pieces.store_keys(shared);
  pieces.load_values(keys + BITNET_PAGE * padded, padded);
  __syncthreads();

  float x[OWN_QUERIES][OWN_KEYS] = {};
  products(own + own_query, QUERY_STRIDE, shared + key * OWN_KEYS, BITNET_PAGE, p.heads.head_dim, x);
  // Weights in place of scores. The 16 lanes of equal parity have the keys of a query.
#pragma unroll
  for (int n = 0; n < OWN_QUERIES; n++) {
    int query = first_query + own_query + n, positions = tile.position(query) + 1 - chunk * BITNET_PAGE;
    float largest = -INFINITY;
#pragma unroll
    for (int j = 0; j < OWN_KEYS; j++) {
      x[n][j] = key + j * KEY_LANES < positions ? x[n][j] * p.scale : -INFINITY;
      largest = fmaxf(largest, x[n][j]);
    }
    for (int stride = 16; stride > 1; stride /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, stride));
    }
#pragma unroll
    for (int j = 0; j < OWN_KEYS; j++) {
      x[n][j] = key + j * KEY_LANES < positions ? expn(x[n][j] - largest) : 0.0f;
    }
    float sum = (x[n][0] + x[n][2]) + (x[n][1] + x[n][3]);
    for (int stride = 16; stride > 1; stride /= 2) {
      sum += __shfl_xor_sync(WARP, sum, stride);
    }
    if (key == 0 && query < tile.queries && positions > 0) {
      ((float2 *)p.softmax)[place_of(p, query, chunk)] = make_float2(largest, sum);
    }
  }
  __syncthreads();
  pieces.store_values(shared);
#pragma unroll
  for (int j = 0; j < OWN_KEYS; j++) {
    float4 *to = (float4 *)(own + (key + j * KEY_LANES) * QUERY_STRIDE + own_query);
    to[0] = make_float4(x[0][j], x[1][j], x[2][j], x[3][j]);
    to[1] = make_float4(x[4][j], x[5][j], x[6][j], x[7][j]);
  }
  __syncthreads();

  // Dimensions 4 key .. 4 key + 3, and those 64 further on. Behind a query's own positions its weights are 0, and add
  // nothing.
  float sums[OWN_QUERIES][8] = {};
  int last = min(first_query + WARP_QUERIES, tile.queries) - 1;
  int positions = last < first_query ? 0 : min(BITNET_PAGE, tile.position(last) + 1 - chunk * BITNET_PAGE);
  products(own + own_query, QUERY_STRIDE, shared + key * 4, MOST_DIMS, positions, sums);
#pragma unroll
  for (int n = 0; n < OWN_QUERIES; n++) {
    int query = first_query + own_query + n;
    if (query < tile.queries && tile.position(query) >= chunk * BITNET_PAGE) {
      float *to = p.partial + place_of(p, query, chunk) * padded;
#pragma unroll
      for (int i = 0; i < 2; i++) {
        int dim = key * 4 + i * MOST_DIMS / 2;
        if (dim < padded) {
          *(float4 *)(to + dim) =
              make_float4(sums[n][4 * i], sums[n][4 * i + 1], sums[n][4 * i + 2], sums[n][4 * i + 3]);
        }
      }
    }
  }
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

// Blocks (tile, 8 queries): a warp has a query, a lane four dimensions.
KERNEL(attention_combine, bitnet_attention_many, 256) {
  using namespace runs_of_rows;
  let_others_begin();
  Tile tile(p);
  wait_for_others();
  int query = (int)blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32, dim = lane * 4;
  if (query >= tile.queries) {
    return;
  }
  int chunks = tile.position(query) / BITNET_PAGE + 1, padded = p.heads.padded_dim;
  const float2 *softmax = (const float2 *)p.softmax + place_of(p, query, 0);
  float largest = -INFINITY;
  for (int c = lane; c < chunks; c += 32) {
    largest = fmaxf(largest, fresh(&softmax[c].x));
  }
  for (int stride = 16; stride > 0; stride /= 2) {
    largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, stride));
  }
  if (dim >= padded) {
    return;
  }
  const float *partial = p.partial + place_of(p, query, 0) * padded + dim;
  float sum = 0.0f, out[4] = {};
#pragma unroll 4
  for (int c = 0; c < chunks; c++) {
    float2 made = fresh(softmax + c);
    float4 part = fresh((const float4 *)(partial + (int64_t)c * padded));
    float e = expn(made.x - largest);
    sum = fmaf(made.y, e, sum);
    out[0] = fmaf(part.x, e, out[0]);
    out[1] = fmaf(part.y, e, out[1]);
    out[2] = fmaf(part.z, e, out[2]);
    out[3] = fmaf(part.w, e, out[3]);
  }
  float *to = p.out + tile.row(query) * p.out_stride + tile.head(query) * p.heads.head_dim + dim;
  if (dim < p.heads.head_dim) {
    *(float4 *)to = make_float4(out[0] / sum, out[1] / sum, out[2] / sum, out[3] / sum);
  }
}
