// From the canonical layout to words of ten weights (ternary_words.h).
#ifndef BITNET_TERNARY_PACK_WORDS_H
#define BITNET_TERNARY_PACK_WORDS_H

#include "ternary_words.h"
#include <immintrin.h>

enum { TURNED_ROWS = 32, BLOCK_BYTES = BITNET_COLUMN_BLOCK / 4 };

// n / 3^10 in 2^-16, rounded up, or 1 for n = 0, which stands for the same codes.
INLINE uint16_t word_of(uint32_t n) {
  return (uint16_t)((n << 16) / WORD_CODES + 1);
}

// The same for 32 numbers: n * 65536 / 3^10 = n + n * 6487 / 3^10, and 6487 / 3^10 is (7199 + 42487 / 65536) / 65536,
// nearly enough for all n below 3^10.
INLINE __m512i words_of(__m512i n) {
  __m512i low = _mm512_mullo_epi16(n, _mm512_set1_epi16(7199));
  __m512i sum = _mm512_add_epi16(low, _mm512_mulhi_epu16(n, _mm512_set1_epi16((int16_t)42487)));
  __m512i one = _mm512_set1_epi16(1), high = _mm512_mulhi_epu16(n, _mm512_set1_epi16(7199));
  __m512i words = _mm512_add_epi16(_mm512_add_epi16(n, one), high);
  return _mm512_mask_add_epi16(words, _mm512_cmplt_epu16_mask(sum, low), words, one);
}

// Turns 16 rows of 32 bytes: of vector i the lower half is byte i of all rows, the upper half byte 16 + i.
INLINE void turn16(__m256i *rows) {
#pragma GCC unroll 4
  for (int stage = 0; stage < 4; stage++) {
    __m256i next[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
      next[2 * i] = _mm256_unpacklo_epi8(rows[i], rows[8 + i]);
      next[2 * i + 1] = _mm256_unpackhi_epi8(rows[i], rows[8 + i]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      rows[i] = next[i];
    }
  }
}

// Turns a block of 128 columns of 32 rows, `row_bytes` apart: byte i of all rows, in the order of their lanes.
INLINE void turn_block(const uint8_t *from, int64_t row_bytes, __m256i *bytes) {
  __m256i half[2][16];
#pragma GCC unroll 2
  for (int h = 0; h < 2; h++) {
    for (int i = 0; i < 16; i++) {
      int lane = 16 * h + i, row = lane / 8 * 4 + lane / 4 % 2 * 16 + lane % 4; // row_lane(row) == 2 * lane
      half[h][i] = _mm256_loadu_si256((const __m256i *)(const void *)(from + row * row_bytes));
    }
    turn16(half[h]);
  }
  for (int i = 0; i < 16; i++) {
    bytes[i] = _mm256_permute2x128_si256(half[0][i], half[1][i], 0x20);
    bytes[16 + i] = _mm256_permute2x128_si256(half[0][i], half[1][i], 0x31);
  }
}

// 32 rows from `row` on, a lane a row.
static void pack_rows(const bitnet_ternary *w, int64_t row, const uint8_t *canonical) {
  int64_t blocks = column_blocks(w->columns), words = row_words(w->columns), word = 0;
  block_words to = words_of_block(w, row / BITNET_ROW_BLOCK);
  uint8_t *at = to.first + row_lane(row);
  __m512i n = _mm512_setzero_si512();
  int digits = 0;
  for (int64_t b = 0; b <= blocks; b++) {
    __m256i bytes[BLOCK_BYTES] = {0}; // after the last block there are but zeros
    if (b < blocks) {
      turn_block(canonical + b * BLOCK_BYTES, blocks * BLOCK_BYTES, bytes);
    }
    for (int k = 0; k < BITNET_COLUMN_BLOCK && word < words; k++) {
      __m256i codes =
          _mm256_and_si256(_mm256_srl_epi16(bytes[k % 32], _mm_cvtsi32_si128(6 - k / 32 * 2)), _mm256_set1_epi8(3));
      n = _mm512_add_epi16(_mm512_add_epi16(n, n), _mm512_add_epi16(n, _mm512_cvtepu8_epi16(codes)));
      if (++digits == WORD_COLUMNS) {
        _mm512_store_si512(at + word * to.stride, words_of(n));
        n = _mm512_setzero_si512();
        digits = 0;
        word++;
      }
    }
  }
}

static void pack_row(const bitnet_ternary *w, int64_t row, const uint8_t *canonical) {
  int64_t words = row_words(w->columns), columns = column_blocks(w->columns) * BITNET_COLUMN_BLOCK, k = 0;
  block_words to = words_of_block(w, row / BITNET_ROW_BLOCK);
  uint8_t *at = to.first + row_lane(row);
  for (int64_t word = 0; word < words; word++) {
    uint32_t n = 0;
    for (int i = 0; i < WORD_COLUMNS; i++, k++) {
      int64_t byte = k / BITNET_COLUMN_BLOCK * BLOCK_BYTES + k % 32;
      n = 3 * n + (k < columns ? canonical[byte] >> (6 - k % BITNET_COLUMN_BLOCK / 32 * 2) & 3u : 0);
    }
    *(uint16_t *)(void *)(at + word * to.stride) = word_of(n);
  }
}

int64_t KERNEL(ternary_bytes)(int32_t isa, int64_t rows, int64_t columns) {
  return round_up(rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK * row_words(columns) * WORD_BYTES;
}

void KERNEL(ternary_pack)(int32_t isa, const bitnet_ternary *w, int64_t at, int64_t count, const uint8_t *canonical) {
  int64_t row_bytes = column_blocks(w->columns) * BLOCK_BYTES;
  for (int64_t row = at, end = at + count; row < end;) {
    int64_t rows = row % TURNED_ROWS == 0 && end - row >= TURNED_ROWS ? TURNED_ROWS : 1;
    if (rows == TURNED_ROWS) {
      pack_rows(w, row, canonical);
    } else {
      pack_row(w, row, canonical);
    }
    row += rows;
    canonical += rows * row_bytes;
  }
}

#endif
