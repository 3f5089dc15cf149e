// Attention of one token: the chunks of each kv head, and where there are few of them also its query heads, are spread
// over all blocks. The block that completes a group of heads brings its chunks together, in order.
#ifndef BITNET_DECODE_ATTENTION_H
#define BITNET_DECODE_ATTENTION_H

#include "attention.h"
#include "decode_block.h"
#include "decode_exchange.h"

namespace decode {

// The token's ranges that are the block's, by all threads. A group has all heads that share keys, or part of them where
// there are blocks enough.
template <typename Block> INLINE void share_ranges(const bitnet_decode &p, Block &m) {
  const uint64_t *pages = (const uint64_t *)fresh((const uint64_t *)&p.entries->pages);
  int position = fresh(&p.entries->position), chunks = position / BITNET_PAGE + 1;
  int kv_heads = p.heads.kv_heads, shared = p.heads.heads / kv_heads, parts = shared;
  while (parts > 1 && (shared % parts != 0 || kv_heads * chunks * parts > (int)gridDim.x)) {
    parts--;
  }
  int all = kv_heads * chunks * parts, block = blockIdx.x;
  if (threadIdx.x == 0) {
    m.position = position;
    m.chunks = chunks;
    m.group_heads = shared / parts;
    m.range_count = block < all ? (all - 1 - block) / (int)gridDim.x + 1 : 0;
  }
  int range = block + (int)threadIdx.x * (int)gridDim.x;
  if (range < all) {
    int chunk = range / parts % chunks, kv_head = range / parts / chunks;
    m.ranges[threadIdx.x] = {(const uint8_t *)page_keys<uint16_t>(p.heads, pages, chunk, 0, kv_head), chunk,
                             kv_head * parts + range % parts};
  }
  if (threadIdx.x == THREADS - 1) {
    m.busy_blocks = all < (int)gridDim.x ? all : 0;
    m.newest_page = (uint8_t *)pages[chunks - 1];
  }
}

// Half tiles (keys, then values) of a block's ranges come in order, into slots in turn. By one thread.
template <typename Block> INLINE void fetch_half(const bitnet_decode &p, Block &m, int layer, int half) {
  if (half < 2 * m.range_count) {
    constexpr int BYTES = Block::HALF_TILE;
    const uint8_t *from = m.ranges[half / 2].tile + ((int64_t)layer * p.heads.kv_heads * 2 + half % 2) * BYTES;
    bulk_expect(&m.slot_there[half % SLOTS], BYTES);
    bulk_copy(m.slots + half % SLOTS * BYTES, from, BYTES, &m.slot_there[half % SLOTS]);
  }
}

template <typename Block> INLINE const uint16_t *wait_half(Block &m, int layer, int half) {
  int slot = half % SLOTS, of_layer = (2 * m.range_count + SLOTS - 1 - slot) / SLOTS;
  bulk_wait(&m.slot_there[slot], (uint32_t)(layer * of_layer + half / SLOTS) & 1);
  return (const uint16_t *)(m.slots + slot * Block::HALF_TILE);
}

// 64 scores of a head by one warp, two a lane; leaves the exponentials, answers (maximum, sum).
template <int DIM>
INLINE float2 score_chunk(const float *q, const uint16_t *keys, int positions, float scale, float *weights) {
  int lane = threadIdx.x % 32;
  float a = 0.0f, b = 0.0f;
#pragma unroll
  for (int d = 0; d < DIM; d += 8) {
    float k[8], l[8];
    eight_cached(keys + d * BITNET_PAGE + lane * 8, k);
    eight_cached(keys + d * BITNET_PAGE + (lane + 32) * 8, l);
    float4 first = *(const float4 *)(q + d), second = *(const float4 *)(q + d + 4);
    float x[8] = {first.x, first.y, first.z, first.w, second.x, second.y, second.z, second.w};
#pragma unroll
    for (int i = 0; i < 8; i++) {
      a = fmaf(x[i], k[i], a);
      b = fmaf(x[i], l[i], b);
    }
  }
  weights[lane] = a * scale;
  weights[lane + 32] = b * scale;
  return softmax_chunk(weights, {0, positions});
}

// What the ranges come to, in `partial`. By the workers.
template <typename Block> INLINE void attend(const bitnet_decode &p, Block &m, int layer) {
  constexpr int DIM = Block::DIM, STRIDE = DIM + 4;
  int thread = threadIdx.x, warp = thread / 32, heads = m.group_heads;
  bool fetches = thread == WORKERS - 1;
  float *q = (float *)m.codes, *weights = q + heads * DIM;
#pragma unroll 1
  for (int i = 0; i < m.range_count; i++) {
    int chunk = m.ranges[i].chunk, group = m.ranges[i].group, position = m.position;
    int positions = min(BITNET_PAGE, position + 1 - chunk * BITNET_PAGE);
    for (int at = thread; at < heads * DIM / 4; at += WORKERS) {
      ((float4 *)q)[at] = awaited((const float4 *)(p.qkv + group * heads * DIM) + at);
    }
    const uint16_t *keys = wait_half(m, layer, 2 * i);
    // The fetches may have been ahead of this step's own position: its key and value come from the blocks that made
    // them.
    int quad = thread - (WORKERS - DIM / 2);
    if (chunk == m.chunks - 1 && quad >= 0) {
      bool of_values = quad >= DIM / 4;
      int d = 4 * (quad % (DIM / 4)), kv_head = group * heads * p.heads.kv_heads / p.heads.heads;
      int row = (p.heads.heads + (of_values ? p.heads.kv_heads : 0) + kv_head) * DIM + d;
      float4 x = awaited((const float4 *)(p.qkv + row));
      uint2 halves = make_uint2(f32_to_f16(x.x) | (uint32_t)f32_to_f16(x.y) << 16,
                                f32_to_f16(x.z) | (uint32_t)f32_to_f16(x.w) << 16);
      const uint16_t *values = wait_half(m, layer, 2 * i + 1);
      int in_page = position % BITNET_PAGE;
      *(uint2 *)(of_values ? values + in_page * DIM + d : keys + d / 8 * 8 * BITNET_PAGE + in_page * 8 + d % 8) =
          halves;
    }
    sync_first<WORKERS>();
#pragma unroll 1
    for (int head = warp; head < heads; head += WARPS) {
      float2 made = score_chunk<DIM>(q + head * DIM, keys, positions, p.scale, weights + head * BITNET_PAGE);
      if (thread % 32 == 0) {
        float *partial = p.partial + ((int64_t)(group * heads + head) * p.max_chunks + chunk) * STRIDE;
        give(partial + DIM, made.x);
        give(partial + DIM + 1, made.y);
      }
    }
    const uint16_t *values = wait_half(m, layer, 2 * i + 1);
    bulk_fence();
    sync_first<WORKERS>();
    if (fetches) {
      fetch_half(p, m, layer, 2 * i + 3);
    }
#pragma unroll 1
    for (int at = thread; at < heads * DIM / 2; at += WORKERS) {
      int head = at / (DIM / 2), d = at % (DIM / 2) * 2;
      const float *w = weights + head * BITNET_PAGE;
      float a = 0.0f, b = 0.0f;
#pragma unroll 8
      for (int j = 0; j < BITNET_PAGE; j += 4) { // behind the end weights are zero, and add nothing to a sum
        float4 four = *(const float4 *)(w + j);
        float of[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
        for (int k = 0; k < 4; k++) {
          uint32_t both = *(const uint32_t *)(values + (j + k) * DIM + d);
          a = fmaf(of[k], f16_to_f32((uint16_t)both), a);
          b = fmaf(of[k], f16_to_f32((uint16_t)(both >> 16)), b);
        }
      }
      float *partial = p.partial + ((int64_t)(group * heads + head) * p.max_chunks + chunk) * STRIDE;
      give(partial + d, a);
      give(partial + d + 1, b);
    }
    bulk_fence();
    sync_first<WORKERS>();
    if (fetches) {
      fetch_half(p, m, layer, 2 * i + 4);
    }
  }
}

// Chunks are brought together by warps that have 64 dimensions of a head each, of blocks without ranges if there are
// any.
struct Slices {
  static constexpr int DIMS = 64;
  int first, step, count; // of the block

  template <typename Block> INLINE Slices(const bitnet_decode &p, const Block &m) {
    int block = (int)blockIdx.x - m.busy_blocks;
    count = p.heads.heads * (Block::DIM / DIMS);
    first = block < 0 ? count : block;
    step = (int)gridDim.x - m.busy_blocks;
  }
};

template <typename Block> INLINE void combine(const bitnet_decode &p, Block &m) {
  constexpr int STRIDE = Block::DIM + 4, AHEAD = 8;
  int lane = threadIdx.x % 32, chunks = m.chunks;
  float2 *of_chunks = (float2 *)m.slots + threadIdx.x / 32 * chunks; // factor and sum of each chunk
  const Slices slices(p, m);
#pragma unroll 1
  for (int slice = slices.first + threadIdx.x / 32 * slices.step; slice < slices.count; slice += WARPS * slices.step) {
    const float *partial = p.partial + (int64_t)(slice * Slices::DIMS / Block::DIM) * p.max_chunks * STRIDE;
    int d = slice * Slices::DIMS % Block::DIM + 2 * lane;
    float largest = -INFINITY;
#pragma unroll 1
    for (int c = lane; c < chunks; c += 32) {
      float2 made = awaited((const float2 *)(partial + c * STRIDE + Block::DIM));
      of_chunks[c] = made;
      largest = fmaxf(largest, made.x);
    }
#pragma unroll
    for (int step = 16; step > 0; step /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, step));
    }
#pragma unroll 1
    for (int c = lane; c < chunks; c += 32) {
      of_chunks[c].x = expn(of_chunks[c].x - largest);
    }
    warp_barrier();
    float sum = 0.0f, a = 0.0f, b = 0.0f;
#pragma unroll 1
    for (int first = 0; first < chunks; first += AHEAD) {
      float2 o[AHEAD];
      bool all;
#pragma unroll
      for (int k = 0; k < AHEAD; k++) {
        o[k] = make_float2(0.0f, 0.0f);
      }
      do {
        all = true;
#pragma unroll
        for (int k = 0; k < AHEAD; k++) {
          if (first + k < chunks && !is_there(o[k])) {
            o[k] = load_shared((const float2 *)(partial + (first + k) * STRIDE + d));
          }
        }
#pragma unroll
        for (int k = 0; k < AHEAD; k++) {
          all &= first + k >= chunks || is_there(o[k]);
        }
        if (!all) {
          others_go_on();
        }
      } while (!all);
#pragma unroll
      for (int k = 0; k < AHEAD; k++) {
        if (first + k < chunks) {
          float2 made = of_chunks[first + k];
          sum = fmaf(made.y, made.x, sum);
          a = fmaf(o[k].x, made.x, a);
          b = fmaf(o[k].y, made.x, b);
        }
      }
    }
    float *to = p.attended + slice * Slices::DIMS + 2 * lane;
    give(to, a / sum);
    give(to + 1, b / sum);
    warp_barrier();
    bulk_fence();
  }
}

// By a warp.
template <typename Block> INLINE void take_back_attention(const bitnet_decode &p, Block &m) {
  constexpr int STRIDE = Block::DIM + 4;
  int lane = threadIdx.x % 32, heads = m.group_heads;
#pragma unroll 1
  for (int i = 0; i < m.range_count * heads; i++) {
    const Range &range = m.ranges[i / heads];
    float *partial = p.partial + ((int64_t)(range.group * heads + i % heads) * p.max_chunks + range.chunk) * STRIDE;
    for (int at = 4 * lane; at < STRIDE; at += 128) {
      take_back_four(partial + at);
    }
  }
  const Slices slices(p, m);
#pragma unroll 1
  for (int slice = slices.first; slice < slices.count; slice += slices.step) {
    if (4 * lane < Slices::DIMS) {
      take_back_four(p.attended + slice * Slices::DIMS + 4 * lane);
    }
  }
}

} // namespace decode

#endif
