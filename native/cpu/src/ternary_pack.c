// From the canonical layout to the variant's.
#include "layout.h"

#if defined(TERNARY_WORDS)
#include "ternary_words.h"

// Nine blocks of 128 weights are 32 groups.
enum { SEGMENT_BLOCKS = 9, SEGMENT_GROUPS = 32 };

// The codes of up to nine blocks as bytes; zeros after them.
INLINE void unpack(const uint8_t *blocks, int64_t n, uint8_t *codes) {
  for (int64_t b = 0; b < SEGMENT_BLOCKS; b++, codes += 128) {
    for (int shift = 0; shift < 4; shift++) {
      for (int i = 0; i < 32; i++) {
        codes[32 * shift + i] = b < n ? blocks[32 * b + i] >> (6 - 2 * shift) & 3 : 0;
      }
    }
  }
}

// The indices of a group, four in a register at a time.
INLINE void indices_of(const uint8_t *codes, uint16_t *indices) {
  typedef uint64_t eight __attribute__((aligned(1), may_alias));
  typedef uint32_t four __attribute__((aligned(1), may_alias));
  for (int i = 0; i < GROUP_INDICES; i += 4) {
    uint64_t pairs = *(const eight *)(const void *)(codes + 2 * i), low = 0x00ff00ff00ff00ffu;
    uint64_t third = *(const four *)(const void *)(codes + 24 + i);
    third = (third | third << 16) & 0x0000ffff0000ffffu;
    third = (third | third << 8) & low;
    *(eight *)(void *)(indices + i) = 9 * (pairs & low) + 3 * (pairs >> 8 & low) + third;
  }
}

int64_t KERNEL(ternary_bytes)(int32_t isa, int64_t rows, int64_t columns) {
  return round_up(rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK * row_words(columns) * WORD_BYTES;
}

void KERNEL(ternary_pack)(int32_t isa, const bitnet_ternary *w, int64_t at, int64_t count, const uint8_t *canonical) {
  int64_t blocks = column_blocks(w->columns), groups = row_groups(w->columns);
  for (int64_t row = at; row < at + count; row++) {
    const uint8_t *from = canonical + (row - at) * blocks * 32;
    uint8_t *to = 0;
    for (int64_t segment = 0; segment < groups; segment += SEGMENT_GROUPS) {
      uint8_t codes[SEGMENT_BLOCKS * 128];
      int64_t block = segment / SEGMENT_GROUPS * SEGMENT_BLOCKS;
      unpack(from + block * 32, blocks - block, codes);
      for (int64_t g = segment; g < least(groups, segment + SEGMENT_GROUPS); g++) {
        if (g % PANEL_GROUPS == 0) {
          to = panel_words(w, row / BITNET_ROW_BLOCK, g * GROUP_WORDS) + row_lane(row);
        }
        uint16_t i[GROUP_INDICES];
        indices_of(codes + (g - segment) * GROUP_COLUMNS, i);
        for (int word = 0; word < GROUP_WORDS; word++, to += WORD_BYTES) {
          *(uint16_t *)(void *)to = (uint16_t)(i[3 * word] | i[3 * word + 1] << 5 | i[3 * word + 2] << 10);
        }
      }
    }
  }
}

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
