// What all ways to multiply by scales of groups share: the arguments of a product, and the end of its chains.
#ifndef BITNET_GROUPED_PRODUCT_H
#define BITNET_GROUPED_PRODUCT_H

#include "grouped.h"
#include "ternary_product.h"

typedef struct {
  const bitnet_grouped *w;
  int64_t row_begin, row_end;
  const bitnet_wide *q;
  int64_t token_begin, token_end;
  float *y;
  int64_t y_stride;
  int32_t add;
} grouped_product;

// Stores results of token t and of rows from r on, `rows` of them that matter: the sums times the token's step.
INLINE void store_steps(const grouped_product *p, int64_t r, int64_t t, const float *sums, int64_t rows) {
  float *y = p->y + t * p->y_stride + r;
  vf step = vf_set(p->q->steps[t]);
  int stream = !p->add && p->token_end - p->token_begin >= STREAM_FROM;
  for (int64_t i = 0; i < rows; i += LANES) {
    vf v = vf_load(sums + i) * step;
    if (rows - i >= LANES) {
      store_result(y + i, p->add ? vf_load(y + i) + v : v, stream);
    } else {
      vf_store_some(y + i, p->add ? vf_load_some(y + i, rows - i) + v : v, rows - i);
    }
  }
}

#endif
