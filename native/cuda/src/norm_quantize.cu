// NormQuantize and Quantize: a block a row, or of many rows a warp. Used where several products or several tokens share
// the codes; for one token the product does this itself.
#include "quantize_row.h"
#include "quantize_warp.h"

KERNEL(norm_quantize, bitnet_norm_quantize, 512) {
  __shared__ QuantizeScratch scratch;
  DYNAMIC_SHARED(memory); // stride floats
  let_others_begin();
  wait_for_others();
  int64_t row = blockIdx.x;
  RowCodes made = quantize_row(p, p.x + row * p.columns, p.gain, (float *)memory, (uint32_t *)p.codes + row * 32,
                               scratch, p.rows * 32, (int)row % 8 * 4);
  if (threadIdx.x == 0) {
    p.factors[row] = made.factor;
    p.sums[row] = made.sum;
  }
}

template <int QUADS> INLINE void norm_quantize_warp(const bitnet_norm_quantize &p, int row, int rows) {
  let_others_begin();
  wait_for_others();
  if (row >= rows) {
    return;
  }
  int lane = threadIdx.x % 32;
  WarpRow<QUADS> x(p, row);
  float factor = quantize_factor(x.largest);
  const float magic = 12582912.0f;
  uint32_t *codes = (uint32_t *)p.codes + (int64_t)row * 32 + (lane ^ row % 8 * 4);
  uint32_t sum = 0;
#pragma unroll
  for (int m = 0; m < QUADS; m++) {
    if (m < p.stride / BITNET_CHUNK) {
      float4 v = x.quads[m];
      uint32_t a = bits_of(v.x * factor + magic), b = bits_of(v.y * factor + magic);
      uint32_t c = bits_of(v.z * factor + magic), d = bits_of(v.w * factor + magic);
      codes[(int64_t)m * p.rows * 32] = (a & 255) | (b & 255) << 8 | (c & 255) << 16 | d << 24;
      sum += a + b + c + d - 4 * bits_of(magic);
    }
  }
  int all = warp_sum((int)sum);
  if (lane == 0) {
    p.factors[row] = factor;
    p.sums[row] = all;
  }
}

// Blocks of four rows, of up to so many times 128 columns.
#define NORM_QUANTIZE_WARP(quads)                                                                                      \
  KERNEL(norm_quantize_##quads, bitnet_norm_quantize, 128) {                                                           \
    norm_quantize_warp<quads>(p, blockIdx.x * 4 + threadIdx.x / 32, p.tokens);                                         \
  }

NORM_QUANTIZE_WARP(8)
NORM_QUANTIZE_WARP(16)
NORM_QUANTIZE_WARP(24)
