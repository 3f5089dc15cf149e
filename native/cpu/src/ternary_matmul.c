// Ternary products.
#include "layout.h"
#if defined(TERNARY_WORDS)
#include "ternary_words_product.h"
#else
#include "ternary_interleaved.h"
#endif

int64_t KERNEL(ternary_scratch_bytes)(int32_t isa, int64_t columns, int64_t tokens) {
  return scratch_bytes(columns, tokens);
}

int64_t KERNEL(ternary_least_tokens)(int32_t isa) {
  return least_tokens();
}

int64_t KERNEL(ternary_least_rows)(int32_t isa, int64_t tokens) {
  return least_rows(tokens);
}

int64_t KERNEL(ternary_tile_tokens)(int32_t isa) {
#if defined(TERNARY_TABLES)
  return TABLE_TOKENS;
#else
  return TILE_TOKENS;
#endif
}

void KERNEL(ternary_matmul)(int32_t isa, const bitnet_ternary *w, int64_t row_begin, int64_t row_end,
                            const bitnet_codes *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                            int32_t add, void *scratch) {
  if (row_begin < row_end && token_begin < token_end) {
    ternary_product p = {w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add};
    multiply(&p, scratch);
    finish_results();
  }
}
