// Attention of single rows: blocks (chunk, some queries of a kv head, row), of 64 threads a query. Each computes whole
// chunks; the last block of a row and its queries brings the chunks together, in order. In short contexts a block has
// one query, so that there are blocks for all multiprocessors; in long ones all queries that share keys, which are read
// once.
#include "attention.h"

namespace single_rows {

constexpr int TEAM = BITNET_PAGE; // threads of a query, in blocks of up to four teams; a key each, then two dimensions

// What a block computes.
struct Queries {
  int kv_head, first, count; // heads
};

INLINE Queries queries_of(const bitnet_attention &p) {
  int group = p.heads.heads / p.heads.kv_heads, parts = gridDim.y / p.heads.kv_heads, part = blockIdx.y % parts;
  int kv_head = blockIdx.y / parts, begin = group * part / parts, end = group * (part + 1) / parts;
  return {kv_head, kv_head * group + begin, end - begin};
}

template <typename T> struct Scratch {
  T *tile;       // keys [dimension / 8][64][8], values [64][dimensions]
  float *q;      // [query][padded dimensions]
  float *scores; // [team][64]
};

template <typename T> INLINE void fetch(const bitnet_attention &p, const T *from, T *tile) {
  int pieces = 2 * BITNET_PAGE * p.heads.padded_dim * (int)sizeof(T) / 16;
#pragma unroll 4
  for (int i = threadIdx.x; i < pieces; i += blockDim.x) {
    copy_ahead((uint4 *)tile + i, (const uint4 *)from + i);
  }
  copies_end();
}

template <typename T> INLINE float score(const float *q, const T *keys, int key, int head_dim) {
  float sum = 0.0f;
  int d = 0;
#pragma unroll 2
  for (; d + 8 <= head_dim; d += 8) {
    float k[8];
    eight_cached(keys + d * BITNET_PAGE + key * 8, k);
    float4 a = *(const float4 *)(q + d), b = *(const float4 *)(q + d + 4);
    float x[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
#pragma unroll
    for (int i = 0; i < 8; i++) {
      sum = fmaf(x[i], k[i], sum);
    }
  }
#pragma unroll 1
  for (; d < head_dim; d++) {
    sum = fmaf(q[d], load_cached(keys + d / 8 * 8 * BITNET_PAGE + key * 8 + d % 8), sum);
  }
  return sum;
}

// Dimensions d and d + 1, d even.
template <typename T> INLINE float2 value_sum(const float *scores, const T *values, int padded, int d, int positions) {
  float a = 0.0f, b = 0.0f;
  int j = 0;
#pragma unroll 2
  for (; j + 4 <= positions; j += 4) {
    float4 s = *(const float4 *)(scores + j);
    float weights[4] = {s.x, s.y, s.z, s.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float2 v = two_cached(values + (j + i) * padded + d);
      a = fmaf(weights[i], v.x, a);
      b = fmaf(weights[i], v.y, b);
    }
  }
#pragma unroll 1
  for (; j < positions; j++) {
    float2 v = two_cached(values + j * padded + d);
    a = fmaf(scores[j], v.x, a);
    b = fmaf(scores[j], v.y, b);
  }
  return make_float2(a, b);
}

INLINE float *partial_of(const bitnet_attention &p, int head) {
  return p.partial + ((int64_t)blockIdx.z * p.heads.heads + head) * p.max_chunks * (p.heads.head_dim + 2);
}

template <typename T>
INLINE void chunk_of(const bitnet_attention &p, const Queries &own, int chunk, const Seen &seen, const Scratch<T> &s) {
  int head_dim = p.heads.head_dim, padded = p.heads.padded_dim;
  int team = threadIdx.x / TEAM, teams = blockDim.x / TEAM, member = threadIdx.x % TEAM;
  const T *values = s.tile + BITNET_PAGE * padded;
  float *scores = s.scores + team * BITNET_PAGE;
#pragma unroll 1
  for (int first = 0; first < own.count; first += teams) {
    int query = first + team;
    bool takes_part = query < own.count;
    if (takes_part && seen.has(member)) {
      scores[member] = score(s.q + query * padded, s.tile, member, head_dim) * p.scale;
    }
    __syncthreads();
    float *partial = partial_of(p, own.first + query) + chunk * (head_dim + 2);
    if (takes_part && member < 32) {
      float2 made = softmax_chunk(scores, seen);
      if (member == 0) {
        partial[head_dim] = made.x;
        partial[head_dim + 1] = made.y;
      }
    }
    __syncthreads();
    if (takes_part) {
#pragma unroll 1
      for (int d = 2 * member; d < head_dim; d += 2 * TEAM) {
        *(float2 *)(partial + d) = value_sum(scores, values, padded, d, seen.end);
      }
    }
    __syncthreads();
  }
}

// A warp by itself, for the dimensions that its lanes have: lane c has the weight and the sum of chunk c, of 32 at a
// time. What is asked for of one chunk after the other would wait for memory as often as there are chunks.
INLINE void combine(const bitnet_attention &p, const Queries &own, int chunks) {
  constexpr int AT_ONCE = 8;
  int head_dim = p.heads.head_dim, stride = head_dim + 2, lane = threadIdx.x % 32;
  int teams = blockDim.x / TEAM, member = threadIdx.x % TEAM;
#pragma unroll 1
  for (int query = threadIdx.x / TEAM; query < own.count; query += teams) {
    const float *partial = partial_of(p, own.first + query), *made = partial + head_dim;
    float largest = -INFINITY;
#pragma unroll 1
    for (int c = lane; c < chunks; c += 32) {
      largest = fmaxf(largest, fresh(made + c * stride));
    }
#pragma unroll
    for (int shift = 16; shift > 0; shift /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, shift));
    }
    float *out = p.out + (int64_t)blockIdx.z * p.out_stride + (own.first + query) * head_dim;
#pragma unroll 1
    for (int first = 0; first < head_dim; first += 2 * TEAM) {
      int d = min(first + 2 * member, head_dim - 2);
      float sum = 0.0f, a = 0.0f, b = 0.0f;
#pragma unroll 1
      for (int base = 0; base < chunks; base += 32) {
        int count = min(32, chunks - base);
        const float *own_chunk = made + (base + min(lane, count - 1)) * stride;
        float weight = expn(fresh(own_chunk) - largest), chunk_sum = fresh(own_chunk + 1);
#pragma unroll 1
        for (int i = 0; i < count; i += AT_ONCE) {
          const float *at = partial + (base + i) * stride + d;
          int behind = count - i;
          float2 x[AT_ONCE];
#pragma unroll
          for (int k = 0; k < AT_ONCE; k++) {
            x[k] = fresh((const float2 *)(at + min(k, behind - 1) * stride));
          }
#pragma unroll
          for (int k = 0; k < AT_ONCE; k++) {
            float w = __shfl_sync(WARP, weight, i + k), s = __shfl_sync(WARP, chunk_sum, i + k);
            if (k < behind) {
              sum = fmaf(s, w, sum);
              a = fmaf(x[k].x, w, a);
              b = fmaf(x[k].y, w, b);
            }
          }
        }
      }
      if (first + 2 * member < head_dim) {
        out[d] = a / sum;
        out[d + 1] = b / sum;
      }
    }
  }
}

template <typename T> INLINE void attention(const bitnet_attention &p, uint8_t *memory) {
  __shared__ bool last;
  const bitnet_entry &entry = p.entries[blockIdx.z];
  // Chunks count from the first that the query sees.
  int position = entry.position, seen = first_seen(position, p.window), page = seen / BITNET_PAGE;
  int chunks = position / BITNET_PAGE + 1 - page, padded = p.heads.padded_dim;
  int chunk = blockIdx.x;
  Queries own = queries_of(p);
  Scratch<T> s;
  s.tile = (T *)memory;
  s.q = (float *)(s.tile + 2 * BITNET_PAGE * padded);
  s.scores = s.q + own.count * padded;
  const T *tile = page_keys<T>(p.heads, entry.pages, page + min(chunk, chunks - 1), p.layer, own.kv_head);
  // Chunks in front of the last one are older than the step.
  bool early = p.settled && chunk < chunks - 1;
  if (early) {
    fetch(p, tile, s.tile);
  }
  let_others_begin();
  wait_for_others();
  if (chunk >= chunks) {
    return;
  }
  if (!early) {
    fetch(p, tile, s.tile);
  }
  const float *q = p.q + (int64_t)blockIdx.z * p.q_stride + own.first * p.heads.head_dim;
#pragma unroll 1
  for (int query = 0; query < own.count; query++) {
    for (int d = threadIdx.x; d < padded; d += blockDim.x) {
      s.q[query * padded + d] = d < p.heads.head_dim ? fresh(q + query * p.heads.head_dim + d) : 0.0f;
    }
  }
#pragma unroll 1
  while (true) {
    copies_wait<0>();
    __syncthreads();
    int first = (page + chunk) * BITNET_PAGE;
    chunk_of(p, own, chunk, {max(0, seen - first), min(BITNET_PAGE, position + 1 - first)}, s);
    chunk += gridDim.x;
    if (chunk >= chunks) {
      break;
    }
    fetch(p, page_keys<T>(p.heads, entry.pages, page + chunk, p.layer, own.kv_head), s.tile);
  }
  if (chunks == 1) {
    combine(p, own, 1);
    return;
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    uint32_t *counter = p.counters + blockIdx.z * p.heads.heads + own.first;
    uint32_t blocks = (uint32_t)min((int)gridDim.x, chunks);
    last = atomicAdd(counter, 1u) == blocks - 1;
    if (last) {
      *counter = 0;
    }
    __threadfence();
  }
  __syncthreads();
  if (last) {
    combine(p, own, chunks);
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
