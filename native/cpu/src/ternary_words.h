// The layout of ternary matrices for CPUs that look up fast: ten weights in a 16-bit word, 1.6 bits each.
//
// Three indices of three codes (0, 1, 2 for -1, 0, 1), index = 9 * a + 3 * b + c, and a tenth code make a number
// n = ((i0 * 27 + i1) * 27 + i2) * 3 + t below 3^10 = 59049, and the word is the fraction n / 3^10 in 2^-16, rounded
// up: multiplied by 27, its high half is i0 and its low half the fraction that is left. Rounding adds less than 2^-16
// each time, which multiplications make at most 3^10 * 2^-16 < 1 of a last digit.
//
// Word w has columns 10 w to 10 w + 9.
//
// Why ten: all matrices of a 2B model take two threads of a Zen 4, which read 35 GB/s, 12.7 ms, and with two bits a
// weight 15.7; one thread, which the multiplications bind, 17.5 and 18.5 to 19.6. With nine in a word (three indices of
// five bits) a prototype took 15.0 ms there, and 13.2 with one thread of a Zen 5, where it took 12.4 with ten, 13.7
// with two bits.
//
// Words lie in the order in which one token's product reads them: [128 rows][word][groups of 32 rows][32 lanes], where
// the last rows may be but 64. Of eight lanes of a group four are rows 4 i .. 4 i + 3 and four are rows 16 + 4 i .., so
// that unpacking to dwords leaves rows in order.
#ifndef BITNET_TERNARY_WORDS_H
#define BITNET_TERNARY_WORDS_H

#include "layout.h"

enum {
  WORD_COLUMNS = 10,
  WORD_CODES = 59049,
  WORD_BYTES = 2 * BITNET_ROW_BLOCK, // of one word of 64 rows
  PANEL_WORDS = 25,                  // whose sums fit 16 bits: 250 * 128 = 32000
  PANEL_COLUMNS = PANEL_WORDS * WORD_COLUMNS
};

INLINE int64_t row_words(int64_t columns) {
  return round_up(columns, WORD_COLUMNS) / WORD_COLUMNS;
}

INLINE int64_t row_panels(int64_t columns) {
  return round_up(columns, PANEL_COLUMNS) / PANEL_COLUMNS;
}

// The words of a block of 64 rows, `stride` bytes from one to the next.
typedef struct {
  uint8_t *first;
  int64_t stride;
} block_words;

INLINE block_words words_of_block(const bitnet_ternary *w, int64_t block) {
  int64_t pair = block / 2 * 2, blocks = least(2, round_up(w->rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK - pair);
  uint8_t *first = (uint8_t *)w->packed + (pair * row_words(w->columns) + block - pair) * WORD_BYTES;
  return (block_words){first, blocks * WORD_BYTES};
}

// Byte offset of a row in a word of its block.
INLINE int64_t row_lane(int64_t row) {
  int64_t in = row % 32;
  return row % BITNET_ROW_BLOCK / 32 * 64 + 2 * (in % 16 / 4 * 8 + in / 16 * 4 + in % 4);
}

#endif
