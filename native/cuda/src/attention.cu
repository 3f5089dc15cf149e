// Attention of single rows: blocks (chunk, kv head, row). Each computes whole chunks for the queries of its kv head;
// the block of a row and kv head that comes last brings the chunks together, in order.
#include "attention.h"

namespace single_rows {

constexpr int THREADS = 256, TEAM = 64, TEAMS = THREADS / TEAM; // a team has one query

template <typename T> struct Scratch {
  T *tile; // keys [dimension / 8][64][8], values [64][dimensions]
  float *q;
  float *scores;
};

template <typename T> INLINE void fetch(const bitnet_attention &p, const bitnet_entry &entry, int chunk, T *tile) {
  const T *from = page_keys<T>(p.heads, entry.pages, chunk, p.layer, blockIdx.y);
  int pieces = 2 * BITNET_PAGE * p.heads.padded_dim * (int)sizeof(T) / 16;
  for (int i = threadIdx.x; i < pieces; i += THREADS) {
    copy_ahead((uint4 *)tile + i, (const uint4 *)from + i);
  }
  copies_end();
}

template <typename T> INLINE float score(const float *q, const T *keys, int key, int head_dim) {
  float sum = 0.0f;
  int d = 0;
#pragma unroll 4
  for (; d + 8 <= head_dim; d += 8) {
    float k[8];
    eight_cached(keys + d * BITNET_PAGE + key * 8, k);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      sum = fmaf(q[d + i], k[i], sum);
    }
  }
  for (; d < head_dim; d++) {
    sum = fmaf(q[d], load_cached(keys + d / 8 * 8 * BITNET_PAGE + key * 8 + d % 8), sum);
  }
  return sum;
}

template <typename T> INLINE void chunk_of(const bitnet_attention &p, int chunk, int positions, const Scratch<T> &s) {
  int head_dim = p.heads.head_dim, padded = p.heads.padded_dim, group = p.heads.heads / p.heads.kv_heads;
  int team = threadIdx.x / TEAM, member = threadIdx.x % TEAM;
  const T *values = s.tile + BITNET_PAGE * padded;
  for (int first = 0; first < group; first += TEAMS) {
    int query = first + team;
    float *scores = s.scores + team * BITNET_PAGE;
    if (query < group && member < positions) {
      scores[member] = score(s.q + query * head_dim, s.tile, member, head_dim) * p.scale;
    }
    __syncthreads();
    int64_t head = (int64_t)blockIdx.z * p.heads.heads + blockIdx.y * group + query;
    float *partial = p.partial + (head * p.max_chunks + chunk) * (head_dim + 2);
    if (query < group && member < 32) {
      float2 made = softmax_chunk(scores, positions);
      if (member == 0) {
        partial[head_dim] = made.x;
        partial[head_dim + 1] = made.y;
      }
    }
    __syncthreads();
    if (query < group) {
      for (int d = member; d < head_dim; d += TEAM) {
        float sum = 0.0f;
#pragma unroll 8
        for (int j = 0; j < positions; j++) {
          sum = fmaf(scores[j], load_cached(values + j * padded + d), sum);
        }
        partial[d] = sum;
      }
    }
    __syncthreads();
  }
}

INLINE void combine(const bitnet_attention &p, int chunks) {
  int head_dim = p.heads.head_dim, group = p.heads.heads / p.heads.kv_heads, stride = head_dim + 2;
  for (int i = threadIdx.x; i < group * head_dim; i += THREADS) {
    int head = blockIdx.y * group + i / head_dim, d = i % head_dim;
    const float *partial = p.partial + ((int64_t)blockIdx.z * p.heads.heads + head) * p.max_chunks * stride;
    float largest = -INFINITY, sum = 0.0f, out = 0.0f;
#pragma unroll 4
    for (int c = 0; c < chunks; c++) {
      largest = fmaxf(largest, fresh(partial + c * stride + head_dim));
    }
#pragma unroll 4
    for (int c = 0; c < chunks; c++) {
      float e = expn(fresh(partial + c * stride + head_dim) - largest);
      sum = fmaf(fresh(partial + c * stride + head_dim + 1), e, sum);
      out = fmaf(fresh(partial + c * stride + d), e, out);
    }
    p.out[(int64_t)blockIdx.z * p.out_stride + head * head_dim + d] = out / sum;
  }
}

template <typename T> INLINE void attention(const bitnet_attention &p, uint8_t *memory) {
  __shared__ bool last;
  const bitnet_entry &entry = p.entries[blockIdx.z];
  int chunks = entry.position / BITNET_PAGE + 1, head_dim = p.heads.head_dim, group = p.heads.heads / p.heads.kv_heads;
  int chunk = blockIdx.x;
  Scratch<T> s;
  s.tile = (T *)memory;
  s.q = (float *)(s.tile + 2 * BITNET_PAGE * p.heads.padded_dim);
  s.scores = s.q + group * head_dim;
  let_others_begin();
  // Chunks in front of the last one are older than the step.
  bool early = p.settled && chunk < chunks - 1;
  if (early) {
    fetch(p, entry, chunk, s.tile);
  }
  wait_for_others();
  if (chunk >= chunks) {
    return;
  }
  const float *q = p.q + (int64_t)blockIdx.z * p.q_stride + blockIdx.y * group * head_dim;
  for (int i = threadIdx.x; i < group * head_dim; i += THREADS) {
    s.q[i] = fresh(q + i);
  }
  for (; chunk < chunks; chunk += gridDim.x) {
    if (!early) {
      fetch(p, entry, chunk, s.tile);
    }
    early = false;
    copies_wait<0>();
    __syncthreads();
    chunk_of(p, chunk, min(BITNET_PAGE, entry.position + 1 - chunk * BITNET_PAGE), s);
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    uint32_t *counter = p.counters + blockIdx.z * p.heads.kv_heads + blockIdx.y;
    uint32_t blocks = (uint32_t)min((int)gridDim.x, chunks);
    last = atomicAdd(counter, 1u) == blocks - 1;
    if (last) {
      *counter = 0;
    }
    __threadfence();
  }
  __syncthreads();
  if (last) {
    combine(p, chunks);
  }
}

} // namespace single_rows

KERNEL(attention_f16, bitnet_attention, 256) {
  DYNAMIC_SHARED(memory);
  single_rows::attention<uint16_t>(p, memory);
}

KERNEL(attention_f32, bitnet_attention, 256) {
  DYNAMIC_SHARED(memory);
  single_rows::attention<float>(p, memory);
}
