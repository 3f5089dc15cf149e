// NormQuantize and Quantize to wide activations: a block a row, which becomes two rows of codes.
#include "quantize_row.h"
#include "wide_codes.h"

KERNEL(wide_quantize, bitnet_norm_quantize, 512) {
  __shared__ QuantizeScratch scratch;
  DYNAMIC_SHARED(memory); // stride floats
  let_others_begin();
  wait_for_others();
  float *values = (float *)memory;
  int row = blockIdx.x;
  float factor = wide_factor(normed_row(p, p.x + (int64_t)row * p.columns, p.gain, values, scratch));
  uint32_t *codes = (uint32_t *)p.codes + (int64_t)row * 64;
  int turn = row * 2 % 8 * 4;
#pragma unroll 1
  for (int i = threadIdx.x; i < p.stride / 4; i += blockDim.x) {
    wide::Words words = wide::words(((const float4 *)values)[i], factor);
    uint32_t *to = codes + (int64_t)(i / 32) * p.rows * 32;
    to[i % 32 ^ turn] = words.high;
    to[32 + (i % 32 ^ turn ^ 4)] = words.low;
  }
  if (threadIdx.x == 0) {
    p.factors[row] = 1.0f / factor;
  }
}
