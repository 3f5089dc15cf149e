// Products of matrices with scales of groups and wide codes.
#include "grouped_limbs.h"

int64_t KERNEL(grouped_scratch_bytes)(int32_t isa, int64_t columns, int64_t tokens) {
  return limb_scratch_bytes(columns, tokens);
}

int64_t KERNEL(grouped_least_tokens)(int32_t isa) {
  return 2 * LIMB_TOKENS;
}

int64_t KERNEL(grouped_tile_tokens)(int32_t isa) {
  return LIMB_TOKENS;
}

int64_t KERNEL(grouped_least_rows)(int32_t isa, int64_t tokens) {
  return 16 * BITNET_ROW_BLOCK;
}

void KERNEL(grouped_matmul)(int32_t isa, const bitnet_grouped *w, int64_t row_begin, int64_t row_end,
                            const bitnet_wide *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                            int32_t add, void *scratch) {
  if (row_begin < row_end && token_begin < token_end) {
    grouped_product p = {w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add};
    multiply_limbs(&p, scratch);
    finish_results();
  }
}
