// Products of a few tokens by look-up: an index of three weights finds one of the 27 sums that three activations can
// have, and vpermw looks up 32 rows at once. Its 16-bit sums are exact for a panel of words.
#ifndef BITNET_TERNARY_LOOKUP_H
#define BITNET_TERNARY_LOOKUP_H

#include "ternary_words.h"
#include <immintrin.h>

enum { LOOKUP_TOKENS = 4, LOOKUP_GROUPS = 4, LOOKUP_ROWS = 32 * LOOKUP_GROUPS, WORD_LOOKUPS = 4, TABLE_BYTES = 64 };

// Bytes of the tables of one token, and of its panels' starting values.
INLINE int64_t table_bytes(int64_t columns) {
  return row_words(columns) * WORD_LOOKUPS * TABLE_BYTES + round_up(row_panels(columns) * 4, 64);
}

// The table of three activations, a sum of codes * activations for each index: a pair of them, then one. Reads four
// bytes.
INLINE __m512i table_of(const int8_t *activations) {
  static const uint8_t two[64] __attribute__((aligned(64))) = {
      0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 2, 0, 2, 0, 2, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 2,
      1, 2, 1, 2, 2, 0, 2, 0, 2, 0, 2, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  static const uint8_t one[64] __attribute__((aligned(64))) = {
      0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0,
      1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  typedef int16_t pair __attribute__((aligned(1), may_alias));
  return _mm512_add_epi16(
      _mm512_maddubs_epi16(_mm512_load_si512(two), _mm512_set1_epi16(*(const pair *)(const void *)activations)),
      _mm512_maddubs_epi16(_mm512_load_si512(one), _mm512_set1_epi16(*(const pair *)(const void *)(activations + 2))));
}

// The activations of a word, zeros where there are none. `last` is room for them.
INLINE const int8_t *word_activations(const int8_t *codes, int64_t stride, int64_t word, int8_t *last) {
  int64_t k = word * WORD_COLUMNS;
  if (k + WORD_COLUMNS <= stride) {
    return codes + k;
  }
  for (int64_t i = 0; i < WORD_COLUMNS; i++) {
    last[i] = k + i < stride ? codes[k + i] : 0;
  }
  return last;
}

// The tables of all words for `tokens` tokens side by side: [word][lookup][token]. The tenth code is looked up by the
// upper five bits of what multiplications leave of a word: t / 3 and at most 0.9 / 3 more, so 0 to 9, 10 to 20, 21
// to 31.
static void build_tables(const int8_t *codes, int64_t stride, int64_t columns, int64_t tokens, uint8_t *tables) {
  static const int16_t tenth[32] __attribute__((aligned(64))) = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
                                                                 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
  for (int64_t t = 0; t < tokens; t++) {
    uint8_t *to = tables + t * TABLE_BYTES;
    for (int64_t word = 0; word < row_words(columns); word++, to += WORD_LOOKUPS * tokens * TABLE_BYTES) {
      int8_t last[WORD_COLUMNS];
      const int8_t *a = word_activations(codes + t * stride, stride, word, last);
      _mm512_store_si512(to, table_of(a));
      _mm512_store_si512(to + tokens * TABLE_BYTES, table_of(a + 3));
      _mm512_store_si512(to + 2 * tokens * TABLE_BYTES, table_of(a + 6));
      _mm512_store_si512(to + 3 * tokens * TABLE_BYTES,
                         _mm512_mullo_epi16(_mm512_load_si512(tenth), _mm512_set1_epi16(a[9])));
    }
  }
}

// Adds the 16-bit sums of 32 rows to their 32-bit ones, in order of rows.
INLINE void widen(__m512i sums, int32_t *to) {
  __m512i sign = _mm512_srai_epi16(sums, 15);
  _mm512_store_si512(to, _mm512_add_epi32(_mm512_load_si512(to), _mm512_unpacklo_epi16(sums, sign)));
  _mm512_store_si512(to + 16, _mm512_add_epi32(_mm512_load_si512(to + 16), _mm512_unpackhi_epi16(sums, sign)));
}

// Sums [token][128 rows] of a number of groups of 32 rows. `starts` are minus the sums of each panel's activations,
// since codes are 0, 1, 2 for -1, 0, 1: only with them do the sums fit 16 bits, on the way they may wrap around.
INLINE void lookup(const int groups, const int tokens, block_words w, int64_t words, const uint8_t *tables,
                   const int32_t *starts, int32_t *sums) {
  const __m512i three_codes = _mm512_set1_epi16(27);
  for (int i = 0; i < tokens * LOOKUP_ROWS; i += 16) {
    _mm512_store_si512(sums + i, _mm512_setzero_si512());
  }
  for (int64_t panel = 0; panel < words; panel += PANEL_WORDS, starts += tokens) {
    __m512i c[LOOKUP_TOKENS][LOOKUP_GROUPS];
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 4
      for (int g = 0; g < groups; g++) {
        c[t][g] = _mm512_set1_epi16((int16_t)starts[t]);
      }
    }
    for (int64_t i = least(PANEL_WORDS, words - panel); i > 0; i--, w.first += w.stride) {
      __m512i v[LOOKUP_GROUPS];
#pragma GCC unroll 4
      for (int g = 0; g < groups; g++) {
        prefetch_stream(w.first + 64 * g);
        v[g] = _mm512_load_si512(w.first + 64 * g);
      }
#pragma GCC unroll 4
      for (int j = 0; j < WORD_LOOKUPS; j++) {
        __m512i index[LOOKUP_GROUPS];
#pragma GCC unroll 4
        for (int g = 0; g < groups; g++) {
          index[g] = j < 3 ? _mm512_mulhi_epu16(v[g], three_codes) : _mm512_srli_epi16(v[g], 11);
          v[g] = _mm512_mullo_epi16(v[g], three_codes);
        }
#pragma GCC unroll 4
        for (int t = 0; t < tokens; t++, tables += TABLE_BYTES) {
          __m512i table = _mm512_load_si512(tables);
#pragma GCC unroll 4
          for (int g = 0; g < groups; g++) {
            c[t][g] = _mm512_add_epi16(c[t][g], _mm512_permutexvar_epi16(index[g], table));
          }
        }
      }
    }
#pragma GCC unroll 4
    for (int t = 0; t < tokens; t++) {
#pragma GCC unroll 4
      for (int g = 0; g < groups; g++) {
        widen(c[t][g], sums + t * LOOKUP_ROWS + 32 * g);
      }
    }
  }
}

#define LOOKUP(GROUPS, TOKENS)                                                                                         \
  static __attribute__((noinline)) void lookup_##GROUPS##_##TOKENS(                                                    \
      block_words w, int64_t words, const uint8_t *tables, const int32_t *starts, int32_t *sums) {                     \
    lookup(GROUPS, TOKENS, w, words, tables, starts, sums);                                                            \
  }
LOOKUP(2, 1)
LOOKUP(2, 2)
LOOKUP(2, 3)
LOOKUP(2, 4)
LOOKUP(4, 1)
LOOKUP(4, 2)
LOOKUP(4, 3)
LOOKUP(4, 4)
#undef LOOKUP

// The same for one block of 64 rows or two: a table that is loaded is used for 128 rows.
static void lookup_blocks(block_words w, int64_t blocks, int64_t tokens, int64_t words, const uint8_t *tables,
                          const int32_t *starts, int32_t *sums) {
  typedef void kernel(block_words, int64_t, const uint8_t *, const int32_t *, int32_t *);
  static kernel *const kernels[2][LOOKUP_TOKENS] = {{lookup_2_1, lookup_2_2, lookup_2_3, lookup_2_4},
                                                    {lookup_4_1, lookup_4_2, lookup_4_3, lookup_4_4}};
  kernels[blocks - 1][tokens - 1](w, words, tables, starts, sums);
}

#endif
