// Attention of runs of rows, as in prompts: blocks (run, kv head). A block has up to 32 queries (some rows by the heads
// that share keys) and goes over the chunks twice: for the maximum of all scores, then for the sums, so that chunks are
// combined in order without being kept. The scores are computed twice; nothing leaves the block.
#include "attention.h"

namespace runs_of_rows {

constexpr int THREADS = 256, QUERIES = 32, MOST_DIMS = 128;
// In the products of queries and keys a thread has 2 queries by 4 keys, in those of weights and values 2 by 8.
constexpr int OWN_QUERIES = 2, OWN_KEYS = 4, OWN_DIMS = 8, LANES = 16;
static_assert(LANES * OWN_DIMS == MOST_DIMS && LANES * OWN_KEYS == BITNET_PAGE &&
              THREADS / LANES * OWN_QUERIES == QUERIES);

struct Queries {
  int group, count; // heads that share keys; queries of this block
  int first_row, first_position, first_head;

  INLINE int row(int query) const { return first_row + query / group; }
  INLINE int position(int query) const { return first_position + query / group; }
  INLINE int head(int query) const { return first_head + query % group; }
};

template <typename T>
INLINE void fetch(const bitnet_attention &p, const bitnet_entry &entry, int chunk, bool values, T *tile) {
  const T *from = page_keys<T>(p.heads, entry.pages, chunk, p.layer, blockIdx.y);
  int pieces = (values ? 2 : 1) * BITNET_PAGE * p.heads.padded_dim * (int)sizeof(T) / 16;
  for (int i = threadIdx.x; i < pieces; i += THREADS) {
    copy_ahead((uint4 *)tile + i, (const uint4 *)from + i);
  }
  copies_end();
  copies_wait<0>();
  __syncthreads();
}

// scores[query][key]
template <typename T> INLINE void scores_of(const bitnet_attention &p, const T *keys, const float *q, float *scores) {
  int query = threadIdx.x / LANES * OWN_QUERIES, key = threadIdx.x % LANES, padded = p.heads.padded_dim;
  float sums[OWN_QUERIES][OWN_KEYS] = {};
  for (int d = 0; d < p.heads.head_dim; d += 8) {
    float k[OWN_KEYS][8];
    for (int j = 0; j < OWN_KEYS; j++) {
      eight_cached(keys + d * BITNET_PAGE + (key + LANES * j) * 8, k[j]);
    }
    int dims = min(8, p.heads.head_dim - d);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      if (i < dims) {
        for (int n = 0; n < OWN_QUERIES; n++) {
          float x = q[(query + n) * padded + d + i];
          for (int j = 0; j < OWN_KEYS; j++) {
            sums[n][j] = fmaf(x, k[j][i], sums[n][j]);
          }
        }
      }
    }
  }
  for (int n = 0; n < OWN_QUERIES; n++) {
    for (int j = 0; j < OWN_KEYS; j++) {
      scores[(query + n) * BITNET_PAGE + key + LANES * j] = sums[n][j] * p.scale;
    }
  }
}

template <typename T> INLINE void attention_many(const bitnet_attention &p, uint8_t *memory) {
  __shared__ float scores[QUERIES * BITNET_PAGE];
  __shared__ float largest[QUERIES];
  __shared__ float2 chunk_sums[QUERIES]; // of the chunk at hand: e^(its maximum - the largest), and its sum
  wait_for_others();
  const bitnet_entry &run = p.entries[blockIdx.x], &entry = p.entries[run.run_first];
  Queries all;
  all.group = p.heads.heads / p.heads.kv_heads;
  all.count = run.run_rows * all.group;
  all.first_row = run.run_first;
  all.first_position = entry.position;
  all.first_head = blockIdx.y * all.group;
  int head_dim = p.heads.head_dim, padded = p.heads.padded_dim, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int chunks = (entry.position + run.run_rows - 1) / BITNET_PAGE + 1;
  T *tile = (T *)memory;
  float *q = (float *)(tile + 2 * BITNET_PAGE * padded);
  for (int i = threadIdx.x; i < QUERIES * head_dim; i += THREADS) {
    int query = i / head_dim, d = i % head_dim;
    q[query * padded + d] =
        query < all.count ? fresh(p.q + (int64_t)all.row(query) * p.q_stride + all.head(query) * head_dim + d) : 0.0f;
  }
  if (threadIdx.x < QUERIES) {
    largest[threadIdx.x] = -INFINITY;
  }
  __syncthreads();

  // A sole chunk's maximum is the largest of all, and comes with its sums.
  for (int chunk = 0; chunks > 1 && chunk < chunks; chunk++) {
    fetch(p, entry, chunk, false, tile);
    scores_of(p, tile, q, scores);
    __syncthreads();
    for (int query = warp; query < all.count; query += THREADS / 32) {
      int positions = all.position(query) + 1 - chunk * BITNET_PAGE;
      const float *s = scores + query * BITNET_PAGE;
      float m = fmaxf(lane < positions ? s[lane] : -INFINITY, lane + 32 < positions ? s[lane + 32] : -INFINITY);
      for (int stride = 16; stride > 0; stride /= 2) {
        m = fmaxf(m, __shfl_xor_sync(WARP, m, stride));
      }
      if (lane == 0) {
        largest[query] = fmaxf(largest[query], m);
      }
    }
    __syncthreads();
  }

  int own = threadIdx.x / LANES * OWN_QUERIES, own_dim = threadIdx.x % LANES * OWN_DIMS;
  float out[OWN_QUERIES][OWN_DIMS] = {}, sums[OWN_QUERIES] = {};
  for (int chunk = 0; chunk < chunks; chunk++) {
    fetch(p, entry, chunk, true, tile);
    scores_of(p, tile, q, scores);
    __syncthreads();
    for (int query = warp; query < all.count; query += THREADS / 32) {
      int positions = min(BITNET_PAGE, all.position(query) + 1 - chunk * BITNET_PAGE);
      if (positions > 0) {
        float2 made = softmax_chunk(scores + query * BITNET_PAGE, positions);
        if (lane == 0) {
          float most = chunks > 1 ? largest[query] : made.x;
          chunk_sums[query] = make_float2(expn(made.x - most), made.y);
        }
      }
    }
    __syncthreads();
    const T *values = tile + BITNET_PAGE * padded;
    if (own_dim < padded) {
      float part[OWN_QUERIES][OWN_DIMS] = {};
      bool takes_part[OWN_QUERIES];
      int positions = 0; // of the query that has more
      for (int n = 0; n < OWN_QUERIES; n++) {
        takes_part[n] = own + n < all.count && all.position(own + n) >= chunk * BITNET_PAGE;
        positions = takes_part[n] ? min(BITNET_PAGE, all.position(own + n) + 1 - chunk * BITNET_PAGE) : positions;
      }
      // Behind a query's own positions its weights are 0, and add nothing.
#pragma unroll 2
      for (int j = 0; j < positions; j++) {
        float v[8];
        eight_cached(values + j * padded + own_dim, v);
        for (int n = 0; n < OWN_QUERIES; n++) {
          float w = scores[(own + n) * BITNET_PAGE + j];
          for (int i = 0; i < OWN_DIMS; i++) {
            part[n][i] = fmaf(w, v[i], part[n][i]);
          }
        }
      }
      for (int n = 0; n < OWN_QUERIES; n++) {
        if (takes_part[n]) {
          float2 made = chunk_sums[own + n];
          sums[n] = fmaf(made.y, made.x, sums[n]);
          for (int i = 0; i < OWN_DIMS; i++) {
            out[n][i] = fmaf(part[n][i], made.x, out[n][i]);
          }
        }
      }
    }
    __syncthreads();
  }

  for (int n = 0; n < OWN_QUERIES; n++) {
    if (own + n < all.count) {
      float *to = p.out + (int64_t)all.row(own + n) * p.out_stride + all.head(own + n) * head_dim;
      for (int i = 0; i < OWN_DIMS; i++) {
        if (own_dim + i < head_dim) {
          to[own_dim + i] = out[n][i] / sums[n];
        }
      }
    }
  }
}

} // namespace runs_of_rows

// Heads of up to 128 dimensions.
KERNEL(attention_many_f16, bitnet_attention, 256) {
  DYNAMIC_SHARED(memory);
  runs_of_rows::attention_many<uint16_t>(p, memory);
}

KERNEL(attention_many_f32, bitnet_attention, 256) {
  DYNAMIC_SHARED(memory);
  runs_of_rows::attention_many<float>(p, memory);
}
