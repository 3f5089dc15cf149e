// The layout of ternary matrices for CPUs that look up fast: nine weights in a 16-bit word, 1.78 bits each.
//
// A word has three indices of five bits. An index is 9 * a + 3 * b + c of three codes (0, 1, 2 for -1, 0, 1): vpermw
// takes it as it is and needs a shift to take the next. Four words are 36 neighbouring columns: index j of word w has
// columns 2 (3 w + j) and the one after it, and 24 + 3 w + j, so that their bytes come out in order.
//
// Why nine, and where: an earlier prototype, one token and one thread, all matrices of a 2B model from memory on Zen 5,
// took 13.2 ms, with two bits a weight 13.7, with ten weights in a word, which need multiplications to take
// apart, 12.4, but for four tokens 25.5 instead of 20.4. This library has not been measured there. On a server core
// with AMX nine take as long as two bits for one token, and longer for all others (for four 53 ms instead of 45):
// bitnet_isa_suits.
//
// Words lie in the order in which one token's product reads them:
// [256 rows][panel of 24 words][block of 64 rows][word][2 groups of 32 rows][32 lanes]. A panel's look-up tables stay
// in the first cache, and its sums fit 16 bits. Of eight lanes of a group four are rows 4 i .. 4 i + 3 and four are
// rows 16 + 4 i .., so that unpacking to dwords leaves rows in order.
#ifndef BITNET_TERNARY_WORDS_H
#define BITNET_TERNARY_WORDS_H

#include "layout.h"

enum {
  WORD_INDICES = 3,
  GROUP_WORDS = 4,
  GROUP_INDICES = GROUP_WORDS * WORD_INDICES,
  GROUP_COLUMNS = 3 * GROUP_INDICES,
  PANEL_GROUPS = 6,
  PANEL_WORDS = PANEL_GROUPS * GROUP_WORDS,
  PANEL_COLUMNS = PANEL_GROUPS * GROUP_COLUMNS,
  WORD_BYTES = 2 * BITNET_ROW_BLOCK, // of one word of 64 rows
  SUPER_BLOCKS = 4,
  SUPER_ROWS = SUPER_BLOCKS * BITNET_ROW_BLOCK
};

INLINE int64_t row_groups(int64_t columns) {
  return round_up(columns, GROUP_COLUMNS) / GROUP_COLUMNS;
}

INLINE int64_t row_words(int64_t columns) {
  return row_groups(columns) * GROUP_WORDS;
}

INLINE int64_t row_panels(int64_t columns) {
  return round_up(columns, PANEL_COLUMNS) / PANEL_COLUMNS;
}

INLINE int64_t row_blocks(const bitnet_ternary *w) {
  return round_up(w->rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
}

// Where a block of rows has its words from `word` on, the first of a panel.
INLINE uint8_t *panel_words(const bitnet_ternary *w, int64_t block, int64_t word) {
  int64_t words = row_words(w->columns), first = block / SUPER_BLOCKS * SUPER_BLOCKS;
  int64_t together = least(SUPER_BLOCKS, row_blocks(w) - first), panel = least(PANEL_WORDS, words - word);
  return (uint8_t *)w->packed + (first * words + word * together + (block - first) * panel) * WORD_BYTES;
}

// Byte offset of a row in a word of its block.
INLINE int64_t row_lane(int64_t row) {
  int64_t in = row % 32;
  return row % BITNET_ROW_BLOCK / 32 * 64 + 2 * (in % 16 / 4 * 8 + in / 16 * 4 + in % 4);
}

#endif
