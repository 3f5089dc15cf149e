// The best logits of an output, chosen on the device so that the host need not see the others.
#include "top.h"

namespace top {

// Blocks (some of the tokens, output): the maxima of groups, where the kernel that made the logits leaves none.
INLINE void maxima(const bitnet_logits &p) {
  let_others_begin();
  wait_for_others();
  int output = blockIdx.y;
  begin(p.top, output, output + 1);
  const float *logits = p.logits + (int64_t)output * p.rows;
  uint32_t largest = 0;
  for (int i = blockIdx.x * THREADS + threadIdx.x; i < p.rows; i += gridDim.x * THREADS) {
    largest = max(largest, ordered(fresh(logits + i)));
  }
  largest = warp_max(largest);
  if (threadIdx.x % 32 == 0) {
    p.top.maxima[output * p.top.groups + own_group()] = largest;
  }
}

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

// The order in which callers get them: descending values, equal ones by ascending id.
INLINE uint64_t rank(uint32_t key, int32_t id) {
  return (uint64_t)key << 32 | ~(uint32_t)id;
}

// Sorts by descending rank: a bitonic network over the next power of two. What is behind `count` has rank 0.
INLINE void sort(uint64_t *ranks, float *values, int count) {
  int size = 1;
  while (size < count) {
    size *= 2;
  }
  for (int i = count + threadIdx.x; i < size; i += THREADS) {
    ranks[i] = 0;
  }
  for (int run = 2; run <= size; run *= 2) {
    for (int stride = run / 2; stride > 0; stride /= 2) {
      __syncthreads();
      for (int i = threadIdx.x; i < size / 2; i += THREADS) {
        int a = i / stride * stride * 2 + i % stride, b = a + stride;
        bool descending = (a & run) == 0;
        if ((ranks[a] < ranks[b]) == descending) {
          uint64_t rank = ranks[a];
          float value = values[a];
          ranks[a] = ranks[b];
          values[a] = values[b];
          ranks[b] = rank;
          values[b] = value;
        }
      }
    }
  }
  __syncthreads();
}

// A block an output: the k best of a list in their order, into a shorter one, which may be the host's.
INLINE void choose(const bitnet_top_choose &p) {
  constexpr int EACH = BITNET_TOP_LONGER_ROOM / THREADS, FIRST = 2;
  __shared__ int chosen;
  __shared__ uint64_t ranks[BITNET_TOP_ROOM];
  __shared__ float chosen_values[BITNET_TOP_ROOM];
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
      if (place < BITNET_TOP_ROOM) {
        ranks[place] = rank(keys[i], i < FIRST ? ids[i % FIRST] : fresh(from.ids + at));
        chosen_values[place] = values[i];
      }
    }
  }
  __syncthreads();
  bool overflowed = count > p.from.room || chosen > BITNET_TOP_ROOM;
  if (!overflowed) {
    sort(ranks, chosen_values, chosen);
    for (int i = threadIdx.x; i < min(chosen, p.wanted); i += THREADS) {
      to.ids[i] = (int32_t)~(uint32_t)ranks[i];
      to.values[i] = chosen_values[i];
    }
  }
  if (threadIdx.x == 0) {
    *to.count = overflowed ? p.to.room + 1 : min(chosen, p.wanted);
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

KERNEL(top_maxima, bitnet_logits, top::THREADS) {
  top::maxima(p);
}

KERNEL(top_collect, bitnet_logits, top::THREADS) {
  top::collect(p);
}

KERNEL(top_choose, bitnet_top_choose, top::THREADS, 1) {
  top::choose(p);
}
