// The logits of the rows that a screen leaves: those whose upper bound reaches the threshold. Blocks (some of the rows,
// output); a warp has a row at a time.
#include "logit.h"
#include "top.h"

namespace screen {

constexpr int EACH = 4; // bounds that a thread reads at a time

// `y` is in shared memory, whole steps of 256.
template <int TYPE> INLINE float exact(const bitnet_logits &p, const float *y, int row) {
  constexpr int STEPS = TYPE == BITNET_F32 ? 5 : 10;
  int lane = threadIdx.x % 32;
  const uint8_t *from = p.table + row * p.row_bytes;
  float s[8] = {};
  if (p.columns % 8 == 0) {
    for (int step = 0; step * 256 < p.columns; step += STEPS) {
      logit::Pieces<TYPE, STEPS> pieces;
      pieces.load(from, step, p.columns);
#pragma unroll
      for (int i = 0; i < STEPS; i++) {
        if ((step + i) * 256 < p.columns) {
          const float4 *v = (const float4 *)(y + (step + i) * 256 + lane * 8);
          float w[8];
          pieces.unpack(i, w);
          logit::add(s, w, v[0], v[1]);
        }
      }
    }
  } else {
    for (int i = lane * 8; i < p.columns; i += 256) {
      float w[8];
      logit::eight_or_fewer<TYPE>(from, i, p.columns, w);
      logit::add(s, w, *(const float4 *)(y + i), *(const float4 *)(y + i + 4));
    }
  }
  return logit::tree(s);
}

template <int TYPE> INLINE void rescore(const bitnet_logits &p, float *y) {
  __shared__ uint16_t left[top::THREADS * EACH];
  __shared__ int count;
  int thread = threadIdx.x, output = blockIdx.y, chunks = (p.rows + top::THREADS - 1) / top::THREADS;
  let_others_begin();
  if (thread == 0) {
    count = 0;
  }
  wait_for_others();
  const float *upper = p.logits + (int64_t)output * p.rows;
  auto row_of = [&](int first, int i) {
    return (first + i / top::THREADS * (int)gridDim.x) * top::THREADS + i % top::THREADS;
  };
  float bounds[EACH];
  auto load = [&](int first) {
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      int row = row_of(first, i * top::THREADS + thread);
      bounds[i] = row < p.rows ? fresh(upper + row) : 0.0f;
    }
  };
  load(blockIdx.x);
  for (int i = thread; i < (p.columns + 255) / 256 * 256; i += top::THREADS) {
    y[i] = i < p.columns ? fresh(p.y + (int64_t)output * p.columns + i) : 0.0f;
  }
  uint32_t least = top::threshold(p.top, output);
  for (int first = blockIdx.x; first < chunks; first += EACH * gridDim.x) {
    __syncthreads();
#pragma unroll
    for (int i = 0; i < EACH; i++) {
      int at = i * top::THREADS + thread;
      if (row_of(first, at) < p.rows && top::ordered(bounds[i]) >= least) {
        left[atomicAdd(&count, 1)] = (uint16_t)at;
      }
    }
    __syncthreads();
    for (int i = thread / 32; i < count; i += top::THREADS / 32) {
      int row = row_of(first, left[i]);
      float logit = exact<TYPE>(p, y, row);
      if (thread % 32 == 0 && logit == logit) {
        top::append(p.top.candidates, output, row, logit);
      }
    }
    __syncthreads();
    if (thread == 0) {
      count = 0;
    }
    load(first + EACH * gridDim.x);
  }
}

} // namespace screen

#define RESCORE(name, TYPE)                                                                                            \
  KERNEL(name, bitnet_logits, top::THREADS, 2) {                                                                       \
    DYNAMIC_SHARED(memory);                                                                                            \
    screen::rescore<TYPE>(p, (float *)memory);                                                                         \
  }

RESCORE(screen_rescore_f32, BITNET_F32)
RESCORE(screen_rescore_f16, BITNET_F16)
RESCORE(screen_rescore_bf16, BITNET_BF16)
