// Attention, first half: a simdgroup takes one chunk of positions for a few queries, so that a key or value is read
// once for all of them. No simdgroup waits for another.
#include "kv_page.h"
using namespace bitnet;

enum : uint { SIMDGROUPS = ATTENTION_THREADS / SIMD };

// A query of a chunk.
struct Query {
  device const float *q;
  device float *partial; // where its sums go, then its maximum and its sum of weights
  uint seen;             // positions of the chunk that count: 0 if it is not there, or lies before the chunk
};

template <uint QUERIES>
METAL_FUNC void find_queries(constant AttentionArguments &arguments, device const StepRow *steps,
                             device const AttentionTile &tile, device const float *qkv, device float *partial,
                             uint kv_head, uint first, uint chunk, thread Query *queries) {
  const uint dim = arguments.head_dim, heads = arguments.heads, per_row = heads / arguments.kv_heads;
  for (uint i = 0; i < QUERIES; i++) {
    const uint count = tile.count * per_row, at = min(first + i, count - 1);
    const uint row = at / per_row, head = kv_head * per_row + at % per_row;
    const uint position = steps[tile.first + row].position, begin = chunk * KV_PAGE;
    queries[i].q = qkv + (ulong(tile.first + row) * (heads + 2 * arguments.kv_heads) + head) * dim;
    queries[i].partial =
        partial + ((ulong(tile.partial_row + row) * heads + head) * arguments.chunks + chunk) * (dim + 2);
    queries[i].seen = first + i >= count || position < begin ? 0 : min(uint(KV_PAGE), position + 1 - begin);
  }
}

// Two elements, the first with an even index.
template <typename T> METAL_FUNC float2 pair_at(device const T *p) {
  return float2(*reinterpret_cast<device const vec<T, 2> *>(p));
}

// The chains of keys 2 lane and 2 lane + 1.
template <typename T, uint QUERIES>
METAL_FUNC void chunk_scores(thread const Query *queries, device const T *keys, uint dim, uint lane,
                             thread float2 *scores) {
  for (uint i = 0; i < QUERIES; i++) {
    scores[i] = float2(0.0f);
  }
  for (uint d = 0; d < dim; d += 2) {
    const float2 key = pair_at(keys + d * KV_PAGE + 2 * lane), next = pair_at(keys + (d + 1) * KV_PAGE + 2 * lane);
    for (uint i = 0; i < QUERIES; i++) {
      const float2 q = pair_at(queries[i].q + d);
      scores[i] = fma(float2(q.x), key, scores[i]);
      scores[i] = fma(float2(q.y), next, scores[i]);
    }
  }
}

// Weights of a query's positions, and what they come to.
METAL_FUNC void chunk_weights(thread const Query &query, float2 scaled, uint dim, uint lane,
                              threadgroup float *weights) {
  const bool first = 2 * lane < query.seen, second = 2 * lane + 1 < query.seen;
  const float most =
      simd_max(max(first ? number_or_least(scaled.x) : -INFINITY, second ? number_or_least(scaled.y) : -INFINITY));
  const float2 p = float2(first ? expn(scaled.x - most) : 0.0f, second ? expn(scaled.y - most) : 0.0f);
  weights[2 * lane] = p.x;
  weights[2 * lane + 1] = p.y;
  float2 sum = p;
  for (ushort stride = 16; stride > 0; stride /= 2) {
    sum = sum + simd_shuffle_xor(sum, stride);
  }
  if (lane == 0 && query.seen > 0) {
    query.partial[dim] = most;
    query.partial[dim + 1] = sum.x + sum.y;
  }
}

// Sums of values, two dimensions a lane. Positions that do not count for one query, but for another, have weight 0:
// they leave its sums as they are.
template <typename T, uint QUERIES>
METAL_FUNC void chunk_values(thread const Query *queries, device const T *values, threadgroup const float *weights,
                             uint positions, uint dim, uint lane) {
  for (uint d = 2 * lane; d < dim; d += 2 * SIMD) {
    float2 sums[QUERIES];
    for (uint i = 0; i < QUERIES; i++) {
      sums[i] = float2(0.0f);
    }
    for (uint j = 0; j < positions; j++) {
      const float2 value = pair_at(values + j * dim + d);
      for (uint i = 0; i < QUERIES; i++) {
        sums[i] = fma(float2(weights[i * KV_PAGE + j]), value, sums[i]);
      }
    }
    for (uint i = 0; i < QUERIES; i++) {
      if (queries[i].seen > 0) {
        queries[i].partial[d] = sums[i].x;
        queries[i].partial[d + 1] = sums[i].y;
      }
    }
  }
}

template <typename T, uint QUERIES>
METAL_FUNC void attention_chunk(constant AttentionArguments &arguments, device const StepRow *steps,
                                device const AttentionTile *tiles, device const float *qkv, device float *partial,
                                threadgroup float *weights, uint3 group, uint simdgroup, uint lane) {
  device const AttentionTile &tile = tiles[group.z];
  const uint dim = arguments.head_dim, chunk = group.x;
  const uint kv_head = group.y / arguments.parts, part = group.y % arguments.parts;
  Query queries[QUERIES];
  find_queries<QUERIES>(arguments, steps, tile, qkv, partial, kv_head, (part * SIMDGROUPS + simdgroup) * QUERIES, chunk,
                        queries);
  uint positions = 0;
  for (uint i = 0; i < QUERIES; i++) {
    positions = max(positions, queries[i].seen);
  }
  if (positions == 0) {
    return;
  }
  device const T *keys = key_tile<const T>(steps[tile.first].cache, arguments, chunk, kv_head);
  float2 scores[QUERIES];
  chunk_scores<T, QUERIES>(queries, keys, dim, lane, scores);
  weights += simdgroup * QUERIES * KV_PAGE;
  for (uint i = 0; i < QUERIES; i++) {
    const float2 scaled = scores[i] * arguments.scale;
    chunk_weights(queries[i], scaled, dim, lane, weights + i * KV_PAGE);
  }
  simdgroup_barrier(mem_flags::mem_threadgroup);
  chunk_values<T, QUERIES>(queries, keys + KV_PAGE * dim, weights, positions, dim, lane);
}

#define ATTENTION_CHUNKS(NAME, T, QUERIES)                                                                             \
  kernel void NAME(constant AttentionArguments &arguments [[buffer(0)]], device const StepRow *steps [[buffer(1)]],    \
                   device const AttentionTile *tiles [[buffer(2)]], device const float *qkv [[buffer(3)]],             \
                   device float *partial [[buffer(4)]], uint3 group [[threadgroup_position_in_grid]],                  \
                   uint simdgroup [[simdgroup_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]]) {       \
    threadgroup float weights[SIMDGROUPS * (QUERIES) * KV_PAGE];                                                       \
    attention_chunk<T, QUERIES>(arguments, steps, tiles, qkv, partial, weights, group, simdgroup, lane);               \
  }

ATTENTION_CHUNKS(attention_chunks_few_f16, half, ATTENTION_FEW / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_few_f32, float, ATTENTION_FEW / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_many_f16, half, ATTENTION_MANY / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_many_f32, float, ATTENTION_MANY / SIMDGROUPS)
