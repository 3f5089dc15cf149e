// The few logits of an output that can be among its best, so that the host need not see the others: the maximum of each
// group of tokens, then all tokens that reach the k-th largest of those. Blocks (group, output).
#include "numerics.h"

namespace top {

constexpr int GROUPS = BITNET_TOP_GROUPS, THREADS = 256;
static_assert(GROUPS == THREADS);

// As integers, ordered as the floats are; zeros of both signs are one, and NaN comes last.
INLINE uint32_t ordered(float x) {
  uint32_t bits = bits_of(x + 0.0f);
  return x == x ? bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u) : 0u;
}

struct Group {
  int begin, end;
};

INLINE Group own_group(const bitnet_top &p) {
  int size = (p.rows + GROUPS - 1) / GROUPS, begin = min(p.rows, (int)blockIdx.x * size);
  return {begin, min(p.rows, begin + size)};
}

INLINE void maxima(const bitnet_top &p) {
  __shared__ uint32_t warps[THREADS / 32];
  int thread = threadIdx.x;
  wait_for_others();
  Group group = own_group(p);
  const float *logits = p.logits + (int64_t)blockIdx.y * p.rows;
  uint32_t largest = 0;
  for (int i = group.begin + thread; i < group.end; i += THREADS) {
    uint32_t x = ordered(fresh(logits + i));
    largest = x > largest ? x : largest;
  }
  largest = warp_max(largest);
  if (thread % 32 == 0) {
    warps[thread / 32] = largest;
  }
  __syncthreads();
  if (thread < 32) {
    largest = warp_max(thread < THREADS / 32 ? warps[thread] : 0u);
    if (thread == 0) {
      p.maxima[blockIdx.y * GROUPS + blockIdx.x] = largest;
    }
  }
  if (blockIdx.x == 0 && thread == 0) {
    p.candidates[blockIdx.y].count = 0;
  }
}

INLINE void collect(const bitnet_top &p) {
  __shared__ uint32_t all[GROUPS];
  __shared__ uint32_t threshold;
  int thread = threadIdx.x;
  wait_for_others();
  uint32_t own = fresh(p.maxima + blockIdx.y * GROUPS + thread);
  all[thread] = own;
  __syncthreads();
  int before = 0;
  for (int i = 0; i < GROUPS; i++) {
    before += all[i] > own || (all[i] == own && i < thread) ? 1 : 0;
  }
  if (before == p.wanted - 1) {
    threshold = own;
  }
  __syncthreads();
  Group group = own_group(p);
  const float *logits = p.logits + (int64_t)blockIdx.y * p.rows;
  bitnet_candidates *to = p.candidates + blockIdx.y;
  for (int i = group.begin + thread; i < group.end; i += THREADS) {
    float x = fresh(logits + i);
    if (ordered(x) >= threshold && x == x) {
      int at = atomicAdd(&to->count, 1);
      if (at < BITNET_TOP_ROOM) {
        to->ids[at] = i;
        to->values[at] = x;
      }
    }
  }
}

} // namespace top

KERNEL(top_maxima, bitnet_top, 256) {
  top::maxima(p);
}

KERNEL(top_collect, bitnet_top, 256) {
  top::collect(p);
}
