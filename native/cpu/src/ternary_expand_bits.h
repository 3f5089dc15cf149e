// Two bits a weight to a byte a code, for products of several tokens.
#ifndef BITNET_TERNARY_EXPAND_BITS_H
#define BITNET_TERNARY_EXPAND_BITS_H

#include "layout.h"
#include <immintrin.h>

// Bytes of a block's expanded codes.
INLINE int64_t expanded_bytes(int64_t columns) {
  return BITNET_ROW_BLOCK * round_up(columns, BITNET_COLUMN_BLOCK);
}

// A block of 64 rows to [4 columns][64 rows][4].
static void expand_rows(const bitnet_ternary *w, int64_t block, uint8_t *to) {
  const __m512i mask = _mm512_set1_epi8(3);
  const uint8_t *from = (const uint8_t *)w->packed + block * row_block_bytes(w->columns);
  for (int64_t b = 0; b < column_blocks(w->columns); b++, to += 32 * LINE_BYTES) {
    for (int64_t i = 0; i < COLUMN_DWORDS * LINE_BYTES; i += 64) {
      prefetch_stream(from + i);
      __m512i x = _mm512_load_si512(from + i);
      _mm512_store_si512(to + i, _mm512_and_si512(_mm512_srli_epi16(x, 6), mask));
      _mm512_store_si512(to + 8 * LINE_BYTES + i, _mm512_and_si512(_mm512_srli_epi16(x, 4), mask));
      _mm512_store_si512(to + 16 * LINE_BYTES + i, _mm512_and_si512(_mm512_srli_epi16(x, 2), mask));
      _mm512_store_si512(to + 24 * LINE_BYTES + i, _mm512_and_si512(x, mask));
    }
    from += COLUMN_DWORDS * LINE_BYTES;
  }
}

#endif
