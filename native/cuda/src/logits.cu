// Logits: a warp has some rows of the head at a time, for one or four outputs, and asks for the next ones before it
// sums up.
#include "logit.h"
#include "top.h"

namespace head {

constexpr int OUTPUTS = 4;

// The outputs that a block computes, and the largest logit of each that a warp came across.
template <int COUNT> struct Outputs {
  const bitnet_logits &p;
  int first;
  uint32_t largest[COUNT] = {};

  INLINE void store(int row, int o, const float (&s)[8]) {
    float sum = logit::tree(s);
    if (row < p.rows && first + o < p.outputs) {
      if (threadIdx.x % 32 == 0) {
        p.logits[(int64_t)(first + o) * p.stride + row] = sum;
      }
      largest[o] = max(largest[o], top::ordered(sum));
    }
  }

  INLINE void end() {
    for (int o = 0; o < COUNT; o++) {
      if (p.top.maxima && threadIdx.x % 32 == 0 && first + o < p.outputs) {
        p.top.maxima[(first + o) * p.top.groups + top::own_group()] = largest[o];
      }
    }
  }
};

// Columns of y in shared memory, whole steps of 256, zero behind the end.
INLINE int padded(const bitnet_logits &p) {
  return (p.columns + 255) / 256 * 256;
}

template <int COUNT> INLINE void take(const bitnet_logits &p, int first, float *y) {
  wait_for_others();
  top::begin(p.top, first, min(first + COUNT, p.outputs));
  int columns = padded(p);
  for (int i = threadIdx.x; i < COUNT * columns; i += blockDim.x) {
    int output = first + i / columns, column = i % columns;
    y[i] = output < p.outputs && column < p.columns ? fresh(p.y + (int64_t)output * p.columns + column) : 0.0f;
  }
  __syncthreads();
}

// Tables of plain floats, with a multiple of 8 columns.
template <int TYPE, int COUNT, int ROWS, int STEPS> INLINE void floats(const bitnet_logits &p, int first, float *y) {
  int lane = threadIdx.x % 32, stride = gridDim.x * (blockDim.x / 32), steps = padded(p) / 256;
  int group = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, groups = (p.rows + ROWS - 1) / ROWS;
  logit::Pieces<TYPE, STEPS> ahead[ROWS];
  auto load = [&](int of_group, int step) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      int row = of_group * ROWS + r;
      ahead[r].load(p.table + row * p.row_bytes, step, row < p.rows ? p.columns : 0);
    }
  };
  load(group, 0);
  take<COUNT>(p, first, y);
  Outputs<COUNT> outputs{p, first};
  for (; group < groups; group += stride) {
    float s[ROWS][COUNT][8] = {};
    for (int step = 0; step < steps; step += STEPS) {
#pragma unroll
      for (int i = 0; i < STEPS; i++) {
        if (step + i < steps) {
          float w[ROWS][8];
#pragma unroll
          for (int r = 0; r < ROWS; r++) {
            ahead[r].unpack(i, w[r]);
          }
#pragma unroll
          for (int o = 0; o < COUNT; o++) {
            const float4 *from = (const float4 *)(y + (o * steps + step + i) * 256 + lane * 8);
            float4 a = from[0], b = from[1];
#pragma unroll
            for (int r = 0; r < ROWS; r++) {
              logit::add(s[r][o], w[r], a, b);
            }
          }
        }
      }
      bool last = step + STEPS >= steps;
      load(last ? group + stride : group, last ? 0 : step + STEPS);
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int o = 0; o < COUNT; o++) {
        outputs.store(group * ROWS + r, o, s[r][o]);
      }
    }
  }
  outputs.end();
}

// Blocks with scales, and rows that are not aligned.
template <int TYPE, int COUNT> INLINE void any(const bitnet_logits &p, int first, float *y) {
  int lane = threadIdx.x % 32, stride = gridDim.x * (blockDim.x / 32), columns = padded(p);
  take<COUNT>(p, first, y);
  Outputs<COUNT> outputs{p, first};
  for (int row = blockIdx.x + gridDim.x * (threadIdx.x / 32); row < p.rows; row += stride) {
    float s[COUNT][8] = {};
    for (int i = lane * 8; i < p.columns; i += 256) {
      float w[8];
      logit::eight_or_fewer<TYPE>(p.table + row * p.row_bytes, i, p.columns, w);
#pragma unroll
      for (int o = 0; o < COUNT; o++) {
        const float *from = y + o * columns + i;
        logit::add(s[o], w, *(const float4 *)from, *(const float4 *)(from + 4));
      }
    }
#pragma unroll
    for (int o = 0; o < COUNT; o++) {
      outputs.store(row, o, s[o]);
    }
  }
  outputs.end();
}

template <int TYPE, int COUNT, int ROWS, int STEPS> INLINE void logits(const bitnet_logits &p, float *y) {
  int first = blockIdx.y * COUNT;
  let_others_begin();
  if constexpr (TYPE == BITNET_F32 || TYPE == BITNET_F16 || TYPE == BITNET_BF16) {
    if (p.columns % 8 == 0) {
      floats<TYPE, COUNT, ROWS, STEPS>(p, first, y);
      return;
    }
  }
  any<TYPE, COUNT>(p, first, y);
}

} // namespace head

// For one output, and for more. What a warp reads of y it uses for all of its rows.
#define LOGITS(name, TYPE)                                                                                             \
  KERNEL(name##_1, bitnet_logits, 512, 2) {                                                                            \
    DYNAMIC_SHARED(memory);                                                                                            \
    head::logits<TYPE, 1, 1, TYPE == BITNET_F32 ? 2 : 5>(p, (float *)memory);                                          \
  }                                                                                                                    \
  KERNEL(name##_4, bitnet_logits, 512, 1) {                                                                            \
    DYNAMIC_SHARED(memory);                                                                                            \
    head::logits<TYPE, head::OUTPUTS, 2, TYPE == BITNET_F32 ? 1 : 2>(p, (float *)memory);                              \
  }

LOGITS(logits_f32, BITNET_F32)
LOGITS(logits_f16, BITNET_F16)
LOGITS(logits_bf16, BITNET_BF16)
LOGITS(logits_q8_0, BITNET_Q8_0)
LOGITS(logits_q6_k, BITNET_Q6_K)
LOGITS(logits_q5_0, BITNET_Q5_0)
LOGITS(logits_q4_0, BITNET_Q4_0)
