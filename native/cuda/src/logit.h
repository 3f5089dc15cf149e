// The logit of one row, by a warp: a lane has eight neighbouring elements of every 256, which are eight of the 256
// partial sums; the tree goes over lanes first, then within a lane.
#ifndef BITNET_LOGIT_H
#define BITNET_LOGIT_H

#include "table_row.h"

namespace logit {

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

INLINE void add(float (&s)[8], const float (&w)[8], float4 a, float4 b) {
  s[0] = fmaf(w[0], a.x, s[0]);
  s[1] = fmaf(w[1], a.y, s[1]);
  s[2] = fmaf(w[2], a.z, s[2]);
  s[3] = fmaf(w[3], a.w, s[3]);
  s[4] = fmaf(w[4], b.x, s[4]);
  s[5] = fmaf(w[5], b.y, s[5]);
  s[6] = fmaf(w[6], b.z, s[6]);
  s[7] = fmaf(w[7], b.w, s[7]);
}

// What a lane has of STEPS times 256 columns of a row of plain floats, as they come from memory.
template <int TYPE, int STEPS> struct Pieces {
  static constexpr int WORDS = TYPE == BITNET_F32 ? 8 : 4;
  uint32_t words[STEPS][WORDS];

  // Zeros behind the columns, which are a multiple of 8: the fma of two zeros changes no sum.
  INLINE void load(const uint8_t *row, int first_step, int columns) {
#pragma unroll
    for (int i = 0; i < STEPS; i++) {
      int column = (first_step + i) * 256 + threadIdx.x % 32 * 8;
      const uint4 *from = (const uint4 *)(row + (int64_t)column * (WORDS / 2));
#pragma unroll
      for (int k = 0; k < WORDS; k += 4) {
        uint4 v = column < columns ? load_once(from + k / 4) : make_uint4(0, 0, 0, 0);
        words[i][k] = v.x;
        words[i][k + 1] = v.y;
        words[i][k + 2] = v.z;
        words[i][k + 3] = v.w;
      }
    }
  }

  INLINE void unpack(int i, float (&w)[8]) const {
#pragma unroll
    for (int k = 0; k < 8; k++) {
      if constexpr (TYPE == BITNET_F32) {
        w[k] = f32_of(words[i][k]);
      } else {
        uint16_t x = (uint16_t)(words[i][k / 2] >> (k % 2 * 16));
        w[k] = TYPE == BITNET_F16 ? f16_to_f32(x) : bf16_to_f32(x);
      }
    }
  }
};

// Elements i .. i + 7 of a row of any length, zero behind its end.
template <int TYPE> INLINE void eight_or_fewer(const uint8_t *row, int i, int columns, float (&w)[8]) {
  if (i + 8 <= columns && columns % 8 == 0) {
    eight<TYPE>(row, i, w);
    return;
  }
  for (int k = 0; k < 8; k++) {
    w[k] = i + k < columns ? element(TYPE, row, i + k) : 0.0f;
  }
}

} // namespace logit

#endif
