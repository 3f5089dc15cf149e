// The best logits of an output, chosen on the device so that the host need not see the others.
#include "top.h"

namespace top {

// Blocks (some of the tokens, output): those that reach the threshold.
INLINE void collect(const bitnet_logits &p) {
  let_others_begin();
  wait_for_others();
  int output = blockIdx.y;
  uint32_t least = threshold(p.top, output);
  const float *logits = p.logits + (int64_t)output * p.rows;
  for (int i = blockIdx.x * THREADS + threadIdx.x; i < p.rows; i += gridDim.x * THREADS) {
    float x = fresh(logits + i);
    if (ordered(x) >= least && x == x) {
      append(p.top.candidates, output, i, x);
    }
  }
}

// A block an output: those of a list that are not less than the k-th best of it, and few others, into a shorter one,
// which may be the host's.
INLINE void choose(const bitnet_top_choose &p) {
  constexpr int EACH = BITNET_TOP_LONGER_ROOM / THREADS, FIRST = 2;
  __shared__ int chosen;
  if (threadIdx.x == 0) {
    chosen = 0;
  }
  wait_for_others();
  int output = blockIdx.x;
  List from(p.from, output), to(p.to, output);
  float values[EACH];
  uint32_t keys[EACH];
  int ids[FIRST];
  // These are read with the count, though there may be fewer.
#pragma unroll
  for (int i = 0; i < FIRST; i++) {
    int at = i * THREADS + threadIdx.x;
    values[i] = fresh(from.values + at);
    ids[i] = fresh(from.ids + at);
  }
  int count = fresh(from.count), there = min(count, p.from.room);
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    int at = i * THREADS + threadIdx.x;
    if (i >= FIRST) {
      values[i] = at < there ? fresh(from.values + at) : 0.0f;
    }
    keys[i] = at < there ? ordered(values[i]) : 0u;
  }
  uint32_t least = reached(keys, p.wanted);
#pragma unroll
  for (int i = 0; i < EACH; i++) {
    int at = i * THREADS + threadIdx.x;
    if (at < there && keys[i] >= least) {
      int place = atomicAdd(&chosen, 1);
      if (place < p.to.room) {
        to.ids[place] = i < FIRST ? ids[i % FIRST] : fresh(from.ids + at);
        to.values[place] = values[i];
      }
    }
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    *to.count = count > p.from.room ? p.to.room + 1 : chosen;
  }
}

} // namespace top

// A block an output, where many blocks would find the same threshold again and again.
KERNEL(top_threshold, bitnet_top, top::THREADS, 1) {
  let_others_begin();
  wait_for_others();
  uint32_t threshold = top::find_threshold(p, blockIdx.x);
  if (threadIdx.x == 0) {
    p.thresholds[blockIdx.x] = threshold;
  }
}

KERNEL(top_collect, bitnet_logits, top::THREADS) {
  top::collect(p);
}

KERNEL(top_choose, bitnet_top_choose, top::THREADS, 1) {
  top::choose(p);
}
