// Tables of the sums that four activations can have with four weights, a lane a token: four weights are one of 81
// cases, a byte of the packed matrix says which, and adding that sum to those of 16 tokens does the work of 64
// multiplications. A load brings it: two loads a cycle are faster than the four vector pipes of Zen 3, which multiply
// and add 48 to 64 weights a cycle.
//
// For each byte of two dwords of a row, 32 columns, there is a table, and these eight stay in the first cache while all
// rows look up in them. Building them takes as long as 110 rows.
#ifndef BITNET_SUM_TABLES_H
#define BITNET_SUM_TABLES_H

#include "layout.h"
#include "vector.h"

// A tile of tokens is a vector. Its lane 2 i is token i, lane 2 i + 1 token 8 + i, so that the halves of dwords widen
// without shuffles. Tiles of twice as many tokens and tables for one dword fill the first cache as well, but then sums
// come from the second cache and go back twice as often (Zen 4: 460 Gop/s, and 500 so).
enum {
  TABLE_TOKENS = 16,
  TABLE_DWORDS = 2,
  FIND_ROWS = 8,
  VECTOR_BYTES = 2 * TABLE_TOKENS,
  TABLE_SUMS = 81,
  DWORD_TABLES_BYTES = 4 * TABLE_SUMS * VECTOR_BYTES,
  TABLES_BYTES = TABLE_DWORDS * DWORD_TABLES_BYTES,
  DWORD_OFFSETS = 4 * BITNET_ROW_BLOCK,
  OFFSETS = TABLE_DWORDS * DWORD_OFFSETS
};
typedef int16_t sums16 __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef int32_t sums32 __attribute__((vector_size(VECTOR_BYTES), may_alias)); // of half the tokens

// The table of four activations: sum of weights * activations, the first weight changing last.
INLINE sums16 *build_table(const sums16 *a, sums16 *to) {
  sums16 one = -(a[0] + a[1] + a[2] + a[3]);
  for (int j = 0; j < 3; j++, one += a[0]) {
    sums16 two = one;
    for (int k = 0; k < 3; k++, two += a[1]) {
      sums16 three = two;
      for (int l = 0; l < 3; l++, three += a[2], to += 3) {
        to[0] = three;
        to[1] = three + a[3];
        to[2] = three + a[3] + a[3];
      }
    }
  }
  return to;
}

// Where in their tables the sums of FIND_ROWS rows' dwords are.
INLINE void find_sums(const uint8_t *w, uint16_t *offsets) {
  typedef uint8_t bytes __attribute__((vector_size(4 * FIND_ROWS)));
  typedef uint16_t pairs __attribute__((vector_size(4 * FIND_ROWS), may_alias)); // of bytes: what crosses is masked
  typedef uint16_t words __attribute__((vector_size(8 * FIND_ROWS), may_alias));
  pairs x = *(const pairs *)(const void *)w;
  x -= x >> 2 & 0x3333;                       // four bits: 4 a + b to 3 a + b
  x += (x >> 4 & 0x0f0f) - (x >> 1 & 0x7878); // 16 a + b to 9 a + b
  *(words *)(void *)offsets = __builtin_convertvector((bytes)x, words) * (uint16_t)VECTOR_BYTES;
}

INLINE sums16 found(const char *tables, int byte, uint64_t offset) {
  return *(const sums16 *)(const void *)(tables + byte * TABLE_SUMS * VECTOR_BYTES + (offset & 0xffff));
}

// Turns 8 rows of 8 tokens, `stride` apart, into 8 tokens of 8 rows, `to_stride` apart.
INLINE void turn8(const int32_t *from, int64_t stride, int32_t *to, int64_t to_stride) {
#if defined(__AVX2__)
  __m256 a[8], b[8];
  for (int i = 0; i < 8; i++) {
    a[i] = _mm256_load_ps((const float *)(const void *)(from + i * stride));
  }
  for (int i = 0; i < 8; i += 2) {
    b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
    a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
    a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
    a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    _mm256_store_ps((float *)(void *)(to + i * to_stride), _mm256_permute2f128_ps(a[i], a[4 + i], 0x20));
    _mm256_store_ps((float *)(void *)(to + (4 + i) * to_stride), _mm256_permute2f128_ps(a[i], a[4 + i], 0x31));
  }
#else
  for (int t = 0; t < 8; t++) {
    for (int r = 0; r < 8; r++) {
      to[t * to_stride + r] = from[r * stride + t];
    }
  }
#endif
}

#endif
