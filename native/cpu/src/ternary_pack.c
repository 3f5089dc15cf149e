// From the canonical layout to the variant's.
#include "layout.h"

#if defined(TERNARY_WORDS)
#include "ternary_pack_words.h"
#else

int64_t KERNEL(ternary_bytes)(int32_t isa, int64_t rows, int64_t columns) {
  return round_up(rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK * row_block_bytes(columns);
}

// Dwords change places, nothing else.
void KERNEL(ternary_pack)(int32_t isa, const bitnet_ternary *w, int64_t at, int64_t count, const uint8_t *canonical) {
  int64_t blocks = column_blocks(w->columns), row_dwords = blocks * COLUMN_DWORDS;
  typedef uint32_t dword __attribute__((aligned(1), may_alias));
  for (int64_t done = 0; done < count;) {
    int64_t row = at + done, lane = row % BITNET_ROW_BLOCK, n = least(BITNET_ROW_BLOCK - lane, count - done);
    char *to = (char *)w->packed + row / BITNET_ROW_BLOCK * row_block_bytes(w->columns) + lane * 4;
    const dword *from = (const dword *)(const void *)(canonical + done * row_dwords * 4);
    for (int64_t i = 0; i < row_dwords; i++, to += LINE_BYTES) {
      for (int64_t r = 0; r < n; r++) {
        ((dword *)(void *)to)[r] = from[r * row_dwords + i];
      }
    }
    done += n;
  }
}

#endif
