// NormQuantize and Quantize: a block a row. Used where several products or several tokens share the codes; for one
// token the product does this itself.
#include "quantize_row.h"

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
