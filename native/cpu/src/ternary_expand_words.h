// Words of nine weights to a byte a code, for products of several tokens.
#ifndef BITNET_TERNARY_EXPAND_WORDS_H
#define BITNET_TERNARY_EXPAND_WORDS_H

#include "ternary_words.h"
#include <immintrin.h>

// Bytes of a block's expanded codes.
INLINE int64_t expanded_bytes(int64_t columns) {
  int64_t stride = round_up(columns, BITNET_COLUMN_BLOCK), all = row_groups(columns) * GROUP_COLUMNS;
  return BITNET_ROW_BLOCK * (stride > all ? stride : all);
}

// What an index stands for: its first two codes in two bytes; its third in the low or the high one.
static const uint8_t first_two[64]
    __attribute__((aligned(64))) = {0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 2, 0, 2, 0, 2, 1, 0, 1, 0, 1, 0, 1, 1, 1,
                                    1, 1, 1, 1, 2, 1, 2, 1, 2, 2, 0, 2, 0, 2, 0, 2, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2};
static const uint8_t third_low[64]
    __attribute__((aligned(64))) = {0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1,
                                    0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2, 0};

// A block of 64 rows to [4 columns][64 rows][4].
static void expand_rows(const bitnet_ternary *w, int64_t block, uint8_t *to) {
  const __m512i two = _mm512_load_si512(first_two), low = _mm512_load_si512(third_low),
                high = _mm512_slli_epi16(low, 8);
  int64_t words = row_words(w->columns);
  for (int64_t panel = 0; panel < words; panel += PANEL_WORDS) {
    const uint8_t *from = panel_words(w, block, panel);
    for (int64_t i = panel; i < least(words, panel + PANEL_WORDS); i += GROUP_WORDS, to += 9 * LINE_BYTES) {
      for (int64_t half = 0; half < 2; half++) {
        __m512i index[GROUP_INDICES];
        uint8_t *line = to + half * 128;
#pragma GCC unroll 4
        for (int word = 0; word < GROUP_WORDS; word++) {
          const uint8_t *at = from + word * WORD_BYTES + half * 64;
          prefetch_stream(at);
          index[3 * word] = _mm512_load_si512(at);
          index[3 * word + 1] = _mm512_srli_epi16(index[3 * word], 5);
          index[3 * word + 2] = _mm512_srli_epi16(index[3 * word], 10);
        }
#pragma GCC unroll 6
        for (int j = 0; j < GROUP_INDICES; j += 2, line += LINE_BYTES) {
          __m512i a = _mm512_permutexvar_epi16(index[j], two), b = _mm512_permutexvar_epi16(index[j + 1], two);
          _mm512_store_si512(line, _mm512_unpacklo_epi16(a, b));
          _mm512_store_si512(line + 64, _mm512_unpackhi_epi16(a, b));
        }
#pragma GCC unroll 3
        for (int j = 0; j < GROUP_INDICES; j += 4, line += LINE_BYTES) {
          __m512i a =
              _mm512_or_si512(_mm512_permutexvar_epi16(index[j], low), _mm512_permutexvar_epi16(index[j + 1], high));
          __m512i b = _mm512_or_si512(_mm512_permutexvar_epi16(index[j + 2], low),
                                      _mm512_permutexvar_epi16(index[j + 3], high));
          _mm512_store_si512(line, _mm512_unpacklo_epi16(a, b));
          _mm512_store_si512(line + 64, _mm512_unpackhi_epi16(a, b));
        }
      }
      from += GROUP_WORDS * WORD_BYTES;
    }
  }
}

#endif
