// Attention, first half: a simdgroup takes one chunk of positions for a few queries, so that a key or value is read
// once for all of them. No simdgroup waits for another.
#include "kv_page.h"
using namespace bitnet;

enum : uint { SIMDGROUPS = ATTENTION_THREADS / SIMD };

template <typename T, uint QUERIES>
METAL_FUNC void attention_chunk(constant AttentionArguments &arguments, device const StepRow *steps,
                                device const AttentionTile *tiles, device const float *qkv, device float *partial,
                                threadgroup float *weights, uint3 group, uint simdgroup, uint lane) {
  device const AttentionTile &tile = tiles[group.z];
  const uint dim = arguments.head_dim, heads = arguments.heads, chunk = group.x;
  const uint kv_head = group.y / arguments.parts, part = group.y % arguments.parts;
  const uint per_row = heads / arguments.kv_heads, queries = tile.count * per_row;
  const uint first = (part * SIMDGROUPS + simdgroup) * QUERIES;
  if (first >= queries) {
    return;
  }
  const uint last = min(first + QUERIES, queries) - 1;
  const uint last_position = steps[tile.first + last / per_row].position;
  if (last_position < chunk * KV_PAGE) {
    return;
  }
  device const T *keys = key_tile<const T>(steps[tile.first].cache, arguments, chunk, kv_head);
  device const T *values = keys + KV_PAGE * dim;
  weights += simdgroup * QUERIES * KV_PAGE;

  ulong query[QUERIES];
  float2 scores[QUERIES]; // of keys 2 lane and 2 lane + 1
  for (uint i = 0; i < QUERIES; i++) {
    const uint q = min(first + i, last), row = tile.first + q / per_row, head = kv_head * per_row + q % per_row;
    query[i] = (ulong(row) * (heads + 2 * arguments.kv_heads) + head) * dim;
    scores[i] = float2(0.0f);
  }
  for (uint d = 0; d < dim; d++) {
    const float2 key = float2(*reinterpret_cast<device const vec<T, 2> *>(keys + d * KV_PAGE + 2 * lane));
    for (uint i = 0; i < QUERIES; i++) {
      scores[i] = fma(float2(qkv[query[i] + d]), key, scores[i]);
    }
  }

  for (uint i = 0; i < QUERIES; i++) {
    const uint q = min(first + i, last), row = q / per_row, head = kv_head * per_row + q % per_row;
    const uint position = steps[tile.first + row].position;
    // How many positions of the chunk count: none for a query that lies before it.
    const uint seen = position < chunk * KV_PAGE ? 0 : min(uint(KV_PAGE), position + 1 - chunk * KV_PAGE);
    const bool one = 2 * lane < seen, two = 2 * lane + 1 < seen;
    const float2 scaled = scores[i] * arguments.scale;
    const float most = simd_max(max(one ? scaled.x : -INFINITY, two ? scaled.y : -INFINITY));
    const float2 p = float2(one ? expn(scaled.x - most) : 0.0f, two ? expn(scaled.y - most) : 0.0f);
    weights[i * KV_PAGE + 2 * lane] = p.x;
    weights[i * KV_PAGE + 2 * lane + 1] = p.y;
    float2 sum = p;
    for (ushort stride = 16; stride > 0; stride /= 2) {
      sum = sum + simd_shuffle_xor(sum, stride);
    }
    if (lane == 0 && seen > 0 && first + i <= last) {
      device float *to =
          partial + ((ulong(tile.partial_row + row) * heads + head) * arguments.chunks + chunk) * (dim + 2);
      to[dim] = most;
      to[dim + 1] = sum.x + sum.y;
    }
  }
  simdgroup_barrier(mem_flags::mem_threadgroup);

  // Positions that do not count for one query, but for another, have weight 0: they leave its sums as they are.
  const uint positions = min(uint(KV_PAGE), last_position + 1 - chunk * KV_PAGE);
  for (uint d = 2 * lane; d < dim; d += 2 * SIMD) {
    float2 sums[QUERIES];
    for (uint i = 0; i < QUERIES; i++) {
      sums[i] = float2(0.0f);
    }
    for (uint j = 0; j < positions; j++) {
      const float2 value = float2(*reinterpret_cast<device const vec<T, 2> *>(values + j * dim + d));
      for (uint i = 0; i < QUERIES; i++) {
        sums[i] = fma(float2(weights[i * KV_PAGE + j]), value, sums[i]);
      }
    }
    for (uint i = 0; first + i <= last && i < QUERIES; i++) {
      const uint q = first + i, row = q / per_row, head = kv_head * per_row + q % per_row;
      device float *to =
          partial + ((ulong(tile.partial_row + row) * heads + head) * arguments.chunks + chunk) * (dim + 2);
      to[d] = sums[i].x;
      to[d + 1] = sums[i].y;
    }
  }
}

#define ATTENTION_CHUNKS(NAME, T, QUERIES)                                                                             \
  kernel void NAME(constant AttentionArguments &arguments [[buffer(0)]], device const StepRow *steps [[buffer(1)]],    \
                   device const AttentionTile *tiles [[buffer(2)]], device const float *qkv [[buffer(3)]],             \
                   device float *partial [[buffer(4)]], uint3 group [[threadgroup_position_in_grid]],                  \
                   uint simdgroup [[simdgroup_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]]) {       \
    threadgroup float weights[SIMDGROUPS * QUERIES * KV_PAGE];                                                         \
    attention_chunk<T, QUERIES>(arguments, steps, tiles, qkv, partial, weights, group, simdgroup, lane);               \
  }

ATTENTION_CHUNKS(attention_chunks_few_f16, half, ATTENTION_FEW / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_few_f32, float, ATTENTION_FEW / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_many_f16, half, ATTENTION_MANY / SIMDGROUPS)
ATTENTION_CHUNKS(attention_chunks_many_f32, float, ATTENTION_MANY / SIMDGROUPS)
