// Products of a few tokens by look-up: an index of three weights finds one of the 27 sums that three activations can
// have, and vpermw looks up 32 rows at once. Its 16-bit sums are exact for a panel: 216 * 128 = 27648.
#ifndef BITNET_TERNARY_LOOKUP_H
#define BITNET_TERNARY_LOOKUP_H

#include "ternary_words.h"
#include <immintrin.h>

enum { LOOKUP_TOKENS = 4, TABLE_BYTES = 64 };

// Bytes of the tables of one token, and of its panels' starting values.
INLINE int64_t table_bytes(int64_t columns) {
  return row_groups(columns) * GROUP_INDICES * TABLE_BYTES + round_up(row_panels(columns) * 4, 64);
}

// The table of three activations, a sum of codes * activations for each index: a pair of them, then one.
INLINE __m512i table_of(int32_t first_two, int32_t third) {
  static const uint8_t two[64] __attribute__((aligned(64))) = {
      0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 2, 0, 2, 0, 2, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 2,
      1, 2, 1, 2, 2, 0, 2, 0, 2, 0, 2, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  static const uint8_t one[64] __attribute__((aligned(64))) = {
      0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0,
      1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  return _mm512_add_epi16(_mm512_maddubs_epi16(_mm512_load_si512(two), _mm512_set1_epi16((int16_t)first_two)),
                          _mm512_maddubs_epi16(_mm512_load_si512(one), _mm512_set1_epi16((int16_t)third)));
}

// The tables of all indices, for `tokens` tokens side by side: [index][token].
static void build_tables(const int8_t *codes, int64_t stride, int64_t columns, int64_t tokens, uint8_t *tables) {
  typedef uint16_t pair __attribute__((aligned(1), may_alias));
  for (int64_t t = 0; t < tokens; t++) {
    uint8_t *to = tables + t * TABLE_BYTES;
    for (int64_t k = 0; k < columns; k += GROUP_COLUMNS) {
      const int8_t *from = codes + t * stride + k;
      int8_t last[GROUP_COLUMNS];
      if (k + GROUP_COLUMNS > stride) {
        for (int64_t i = 0; i < GROUP_COLUMNS; i++) {
          last[i] = k + i < stride ? from[i] : 0;
        }
        from = last;
      }
      for (int i = 0; i < GROUP_INDICES; i++, to += tokens * TABLE_BYTES) {
        _mm512_store_si512(to, table_of(*(const pair *)(const void *)(from + 2 * i), from[24 + i]));
      }
    }
  }
}

// Adds the 16-bit sums of 32 rows to their 32-bit ones, in order of rows.
INLINE void widen(__m512i sums, int32_t *to) {
  __m512i sign = _mm512_srai_epi16(sums, 15);
  _mm512_store_si512(to, _mm512_add_epi32(_mm512_load_si512(to), _mm512_unpacklo_epi16(sums, sign)));
  _mm512_store_si512(to + 16, _mm512_add_epi32(_mm512_load_si512(to + 16), _mm512_unpackhi_epi16(sums, sign)));
}

// Adds a panel's part to the sums [token][SUPER_ROWS] of `blocks` blocks of rows, whose words lie one after another.
// `start` is minus the sum of each token's activations in the panel, since codes are 0, 1, 2 for -1, 0, 1: only with it
// does the sum fit 16 bits, on the way it may wrap around.
INLINE void lookup_panel(const int tokens, const uint8_t *w, int64_t blocks, int64_t words, const uint8_t *tables,
                         const int32_t *start, int32_t *sums) {
  for (int64_t b = 0; b < blocks; b++, sums += BITNET_ROW_BLOCK) {
    const uint8_t *from = tables;
    __m512i c[LOOKUP_TOKENS][2];
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
      c[t][0] = c[t][1] = _mm512_set1_epi16((int16_t)start[t]);
    }
    for (int64_t i = 0; i < words; i++, w += WORD_BYTES) {
      prefetch_stream(w);
      prefetch_stream(w + 64);
      __m512i v0 = _mm512_load_si512(w), v1 = _mm512_load_si512(w + 64);
#pragma GCC unroll 3
      for (int j = 0; j < WORD_INDICES; j++) {
#pragma GCC unroll 4
        for (int t = 0; t < tokens; t++, from += TABLE_BYTES) {
          __m512i table = _mm512_load_si512(from);
          c[t][0] = _mm512_add_epi16(c[t][0], _mm512_permutexvar_epi16(v0, table)); // the low five bits count
          c[t][1] = _mm512_add_epi16(c[t][1], _mm512_permutexvar_epi16(v1, table));
        }
        v0 = _mm512_srli_epi16(v0, 5);
        v1 = _mm512_srli_epi16(v1, 5);
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
      widen(c[t][0], sums + t * SUPER_ROWS);
      widen(c[t][1], sums + t * SUPER_ROWS + 32);
    }
  }
}

#define LOOKUP_PANEL(TOKENS)                                                                                           \
  static __attribute__((noinline)) void lookup_panel_##TOKENS(                                                         \
      const uint8_t *w, int64_t blocks, int64_t words, const uint8_t *tables, const int32_t *start, int32_t *sums) {   \
    lookup_panel(TOKENS, w, blocks, words, tables, start, sums);                                                       \
  }
LOOKUP_PANEL(1)
LOOKUP_PANEL(2)
LOOKUP_PANEL(3)
LOOKUP_PANEL(4)
#undef LOOKUP_PANEL

static void lookup_tokens(int64_t tokens, const uint8_t *w, int64_t blocks, int64_t words, const uint8_t *tables,
                          const int32_t *start, int32_t *sums) {
  switch (tokens) {
  case 1:
    lookup_panel_1(w, blocks, words, tables, start, sums);
    break;
  case 2:
    lookup_panel_2(w, blocks, words, tables, start, sums);
    break;
  case 3:
    lookup_panel_3(w, blocks, words, tables, start, sums);
    break;
  default:
    lookup_panel_4(w, blocks, words, tables, start, sums);
  }
}

#endif
