// Rows of tables as int8 codes with a scale: docs/numerics.md, "Int8 head".
#ifndef BITNET_INT8_ROW_H
#define BITNET_INT8_ROW_H

#include "layout.h"
#include "vector.h"

// A weight is nearly scale * code, and its code rint(weight * inverse).
typedef struct {
  float scale;
  float inverse;
} int8_grid;

INLINE int8_grid int8_grid_of(const float *w, int64_t columns) {
  int64_t k = 0;
  vi largest = {0};
  for (; k + LANES <= columns; k += LANES) {
    largest = vi_max_magnitude(vf_load(w + k), largest);
  }
  float max = vi_reduce_max_magnitude(vi_max_magnitude(vf_load_some(w + k, columns - k), largest));
  if (!(max < __builtin_inff())) {
    return (int8_grid){__builtin_nanf(""), 0.0f};
  }
  int32_t zero = max < 5.421010862427522e-20f; // 2^-64
  return (int8_grid){zero ? 0.0f : max / 127.0f, zero ? 0.0f : 127.0f / max};
}

// Codes of n weights, n at most LANES; zeros after them.
INLINE vi int8_codes(const float *w, int64_t n, float inverse) {
  vf x = n == LANES ? vf_load(w) : vf_load_some(w, n);
  vf code = vf_max(-vf_max(-vf_rint(x * inverse), vf_set(-127.0f)), vf_set(-127.0f));
  return __builtin_convertvector(code, vi);
}

// Where the first code of a row lies.
INLINE char *int8_row(void *packed, int64_t row, int64_t columns) {
  int64_t block = row / BITNET_ROW_BLOCK;
  return (char *)packed + block * code_quads(columns) * LINE_BYTES + row % BITNET_ROW_BLOCK * 4;
}

// Writes codes of columns k .. k + n - 1, k a multiple of 4.
INLINE void int8_store(char *row, int64_t k, vi codes, int64_t n) {
  typedef int8_t bytes __attribute__((vector_size(LANES)));
  union {
    bytes all;
    uint32_t quads[LANES / 4];
  } narrow = {.all = __builtin_convertvector(codes, bytes)};
  for (int64_t i = 0; 4 * i < n; i++) {
    *(uint32_t *)(void *)(row + (k / 4 + i) * LINE_BYTES) = narrow.quads[i];
  }
}

#endif
