// Logits: a warp has one row of the head at a time, for up to four outputs. A lane has eight neighbouring elements of
// every 256, which are eight of the 256 partial sums; the tree goes over lanes first, then within a lane.
#include "table_row.h"

namespace head {

constexpr int OUTPUTS = 4;

// Adds what the lanes `stride` apart have of the same sums; each keeps one half of them.
template <int N> INLINE void halve(const float (&s)[N], float (&kept)[N / 2], int stride) {
  bool upper = (threadIdx.x & stride) != 0;
#pragma unroll
  for (int k = 0; k < N / 2; k++) {
    float sent = upper ? s[k] : s[k + N / 2];
    kept[k] = (upper ? s[k + N / 2] : s[k]) + __shfl_xor_sync(WARP, sent, stride);
  }
}

// All lanes get the sum.
INLINE float tree(const float (&s)[8]) {
  float four[4], two[2], one[1];
  halve<8>(s, four, 16);
  halve<4>(four, two, 8);
  halve<2>(two, one, 4);
  float sum = one[0];
  // The last two strides over lanes; then those over the eight sums, which are 16, 8 and 4 lanes apart by now.
  const int strides[] = {2, 1, 16, 8, 4};
#pragma unroll
  for (int i = 0; i < 5; i++) {
    sum += __shfl_xor_sync(WARP, sum, strides[i]);
  }
  return sum;
}

template <int TYPE, int COUNT> INLINE void rows(const bitnet_logits &p, const float *y, int first) {
  // Blocks with scales take many registers to unpack.
  constexpr int AT_ONCE = TYPE == BITNET_F16 || TYPE == BITNET_BF16 || TYPE == BITNET_F32 ? 4 : 1;
  int lane = threadIdx.x % 32, warps = blockDim.x / 32, padded = (p.columns + 7) / 8 * 8;
  for (int row = blockIdx.x * warps + threadIdx.x / 32; row < p.rows; row += gridDim.x * warps) {
    const uint8_t *from = p.table + row * p.row_bytes;
    float s[COUNT][8] = {};
#pragma unroll AT_ONCE
    for (int i = lane * 8; i < p.columns; i += 256) {
      float w[8];
      int count = 8;
      if (p.columns % 8 == 0) {
        eight<TYPE>(from, i, w);
      } else {
        count = min(8, p.columns - i);
        for (int k = 0; k < 8; k++) {
          w[k] = k < count ? element(TYPE, from, i + k) : 0.0f;
        }
      }
#pragma unroll
      for (int o = 0; o < COUNT; o++) {
        float4 a = *(const float4 *)(y + o * padded + i), b = *(const float4 *)(y + o * padded + i + 4);
        float v[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
        for (int k = 0; k < 8; k++) {
          s[o][k] = k < count ? fmaf(w[k], v[k], s[o][k]) : s[o][k];
        }
      }
    }
#pragma unroll
    for (int o = 0; o < COUNT; o++) {
      float sum = tree(s[o]);
      if (lane == 0 && first + o < p.outputs) {
        p.logits[(int64_t)(first + o) * p.rows + row] = sum;
      }
    }
  }
}

template <int TYPE> INLINE void logits(const bitnet_logits &p, float *y) {
  wait_for_others();
  int first = blockIdx.y * OUTPUTS, outputs = min(OUTPUTS, p.outputs - first), padded = (p.columns + 7) / 8 * 8;
  int count = outputs == 1 ? 1 : OUTPUTS;
  for (int i = threadIdx.x; i < count * padded; i += blockDim.x) {
    int output = i / padded, column = i % padded;
    y[i] = output < outputs && column < p.columns ? fresh(p.y + (int64_t)(first + output) * p.columns + column) : 0.0f;
  }
  __syncthreads();
  if (outputs == 1) {
    rows<TYPE, 1>(p, y, first);
    return;
  }
  rows<TYPE, OUTPUTS>(p, y, first);
}

} // namespace head

#define LOGITS(name, TYPE)                                                                                             \
  KERNEL(name, bitnet_logits, 512) {                                                                                   \
    DYNAMIC_SHARED(memory);                                                                                            \
    head::logits<TYPE>(p, (float *)memory);                                                                            \
  }

LOGITS(logits_f32, BITNET_F32)
LOGITS(logits_f16, BITNET_F16)
LOGITS(logits_bf16, BITNET_BF16)
LOGITS(logits_q8_0, BITNET_Q8_0)
LOGITS(logits_q6_k, BITNET_Q6_K)
LOGITS(logits_q5_0, BITNET_Q5_0)
LOGITS(logits_q4_0, BITNET_Q4_0)
