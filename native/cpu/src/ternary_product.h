// What all ways to multiply share: the arguments of a product, and what happens to its sums.
#ifndef BITNET_TERNARY_PRODUCT_H
#define BITNET_TERNARY_PRODUCT_H

#include "layout.h"
#include "vector.h"

typedef struct {
  const bitnet_ternary *w;
  int64_t row_begin, row_end;
  const bitnet_codes *q;
  int64_t token_begin, token_end;
  float *y;
  int64_t y_stride;
  int32_t add;
} ternary_product;

// Whether 64 rows have one scale, as all rows of a tensor do: one division a token then.
INLINE int one_scale(const float *scales) {
  for (int r = 1; r < BITNET_ROW_BLOCK; r++) {
    if (scales[r] != scales[0]) {
      return 0;
    }
  }
  return 1;
}

// Results of so many tokens leave the second cache before anybody reads them, and need not enter it: writing past the
// caches does not read a line first. With AMX the gate-up products of 512 tokens take 0.41 s so instead of 0.52.
enum { STREAM_FROM = 64 };

INLINE void store_result(float *to, vf v, int stream) {
#if LANES == 16
  if (stream && (uintptr_t)to % 64 == 0) {
    _mm512_stream_ps(to, (__m512)v);
    return;
  }
#elif LANES == 8
  if (stream && (uintptr_t)to % 32 == 0) {
    _mm256_stream_ps(to, (__m256)v);
    return;
  }
#endif
  vf_store(to, v);
}

// Lets other threads see the results.
INLINE void finish_results(void) {
#if LANES >= 8
  _mm_sfence();
#endif
}

// Scales the sums of token t and of the block of rows from r on, and stores them. `extra` is what each sum has too
// much.
INLINE void store_sums(const ternary_product *p, int64_t r, int64_t t, const int32_t *sums, int32_t extra, int same) {
  typedef int32_t unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
  const float *scales = p->w->scales + r;
  float s = p->q->scales[t], *y = p->y + t * p->y_stride + r;
  vf factor = vf_set(scales[0] / s);
  int64_t rows = least(BITNET_ROW_BLOCK, p->row_end - r);
  int stream = !p->add && p->token_end - p->token_begin >= STREAM_FROM;
  for (int64_t i = 0; i < rows; i += LANES) {
    vi exact = *(const unaligned *)(sums + i) - extra;
    vf v = __builtin_convertvector(exact, vf) * (same ? factor : vf_load(scales + i) / s);
    if (rows - i >= LANES) {
      store_result(y + i, p->add ? vf_load(y + i) + v : v, stream);
    } else {
      vf_store_some(y + i, p->add ? vf_load_some(y + i, rows - i) + v : v, rows - i);
    }
  }
}

// [token][columns] to [4 columns][tokens], with zeros for the tokens that are missing from `lanes`.
INLINE void interleave(const int8_t *codes, int64_t stride, int64_t tokens, int64_t lanes, int32_t *to) {
  for (int64_t t = 0; t < lanes; t++) {
    const int32_t *from = (const int32_t *)(const void *)(codes + t * stride);
    for (int64_t i = 0; i < stride / 4; i++) {
      to[i * lanes + t] = t < tokens ? from[i] : 0;
    }
  }
}

#endif
