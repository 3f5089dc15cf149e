// The few logits of an output that can be among its best. The kernel that has them all, or bounds of them, keeps the
// maximum of those that each warp came across, its group; what does not reach the k-th largest maximum is not among the
// k best.
#ifndef BITNET_TOP_H
#define BITNET_TOP_H

#include "numerics.h"

namespace top {

constexpr int THREADS = 512;

// As integers, ordered as the floats are; zeros of both signs are one, and NaN comes last.
INLINE uint32_t ordered(float x) {
  uint32_t bits = bits_of(x + 0.0f);
  return x == x ? bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u) : 0u;
}

INLINE int own_group() {
  return blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32;
}

struct List {
  int32_t *count, *ids;
  float *values;

  INLINE List(const bitnet_candidates &of, int output)
      : count(of.lists + (int64_t)output * (1 + 2 * of.room)), ids(count + 1), values((float *)(ids + of.room)) {}
};

// Before anything is chosen of outputs `first .. end`; all threads call it, which have waited.
INLINE void begin(const bitnet_top &p, int first, int end) {
  int output = first + (int)threadIdx.x;
  if (p.maxima && blockIdx.x == 0 && output < end) {
    *List(p.candidates, output).count = 0;
  }
}

INLINE void append(const bitnet_candidates &to, int output, int id, float value) {
  List list(to, output);
  int at = atomicAdd(list.count, 1);
  if (at < to.room) {
    list.ids[at] = id;
    list.values[at] = value;
  }
}

// What at least k of the block's values reach, and not many more; all threads get it. Zeros are no values; of fewer
// than k the answer is 0. Bisection, from the first bit in which the values differ.
template <int N> INLINE uint32_t reached(const uint32_t (&values)[N], int k) {
  __shared__ uint32_t most[32], least[32];
  __shared__ int counts[3][32];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, warps = blockDim.x / 32, count = 0;
  uint32_t largest = 0, complement = 0;
#pragma unroll
  for (int i = 0; i < N; i++) {
    if (values[i] != 0) {
      largest = max(largest, values[i]);
      complement = max(complement, ~values[i]);
      count++;
    }
  }
  largest = warp_max(largest);
  complement = warp_max(complement);
  count = warp_sum(count);
  if (lane == 0) {
    most[warp] = largest;
    least[warp] = complement;
    counts[2][warp] = count;
  }
  __syncthreads();
  largest = warp_max(lane < warps ? most[lane] : 0u);
  complement = warp_max(lane < warps ? least[lane] : 0u);
  count = warp_sum(lane < warps ? counts[2][lane] : 0);
  if (k == 1 || count < k) {
    return k == 1 ? largest : 0u;
  }
  uint32_t answer = 0, bit = 1u << 31;
  while (bit > 0 && (largest & bit) == (~complement & bit)) {
    answer |= largest & bit;
    bit /= 2;
  }
  for (int round = 0; bit > 0; round++, bit /= 2) {
    uint32_t trial = answer | bit;
    count = 0;
#pragma unroll
    for (int i = 0; i < N; i++) {
      count += values[i] >= trial ? 1 : 0;
    }
    count = warp_sum(count);
    if (lane == 0) {
      counts[round % 2][warp] = count;
    }
    __syncthreads();
    count = warp_sum(lane < warps ? counts[round % 2][lane] : 0);
    if (count >= k) {
      answer = trial;
      if (count <= k + k / 8) {
        break;
      }
    }
  }
  return answer;
}

// What a candidate of an output reaches; a block finds it.
INLINE uint32_t find_threshold(const bitnet_top &p, int output) {
  uint32_t maxima[BITNET_TOP_GROUPS / THREADS];
#pragma unroll
  for (int i = 0; i < BITNET_TOP_GROUPS / THREADS; i++) {
    int group = i * THREADS + threadIdx.x;
    maxima[i] = group < p.groups ? fresh(p.maxima + output * p.groups + group) : 0u;
  }
  return reached(maxima, p.wanted);
}

INLINE uint32_t threshold(const bitnet_top &p, int output) {
  return p.thresholds ? fresh(p.thresholds + output) : find_threshold(p, output);
}

} // namespace top

#endif
