// Matrices with scales of groups: from the canonical layout to the variant's, and rows of it as floats.
#include "grouped.h"
#include "scalar.h"

// Four weights a byte of the canonical layout, 32 bytes for 128: the dword of a group that holds them.
INLINE uint32_t group_dword(const uint8_t *canonical, int64_t group, int64_t j, int32_t columns) {
  typedef uint32_t unaligned __attribute__((aligned(1), may_alias));
  if (columns == BITNET_COLUMN_BLOCK) {
    return *(const unaligned *)(const void *)(canonical + group * 32 + 4 * j);
  }
  // Half of a canonical block: its columns from 16 on are 16 bytes on, those from 32 on one shift down.
  const uint8_t *from = canonical + group / 2 * 32 + 4 * j;
  uint32_t first = *(const unaligned *)(const void *)from, second = *(const unaligned *)(const void *)(from + 16);
  int down = group % 2 ? 0 : 4;
  first = first >> down & 0x0f0f0f0f;
  second = second >> down & 0x0f0f0f0f;
  return (first & 0x0c0c0c0c) << 4 | (second & 0x0c0c0c0c) << 2 | (first & 0x03030303) << 2 | (second & 0x03030303);
}

int64_t KERNEL(grouped_bytes)(int32_t isa, int64_t rows, int64_t columns, int32_t group) {
  return round_up(rows, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK * row_groups(columns, group) * group_bytes(group);
}

int32_t KERNEL(grouped_pack)(int32_t isa, const bitnet_grouped *w, int64_t at, int64_t count, const uint8_t *canonical,
                             const uint16_t *scales) {
  int64_t groups = row_groups(w->columns, w->group), row_bytes = column_blocks(w->columns) * 32;
  int64_t dwords = group_dwords(w->group);
  uint32_t threes = 0;
  for (int64_t done = 0; done < count;) {
    int64_t row = at + done, lane = row % BITNET_ROW_BLOCK, n = least(BITNET_ROW_BLOCK - lane, count - done);
    uint8_t *to = grouped_block(w, row / BITNET_ROW_BLOCK);
    for (int64_t g = 0; g < groups; g++, to += SCALES_BYTES) {
      for (int64_t j = 0; j < dwords; j++, to += LINE_BYTES) {
        for (int64_t r = 0; r < n; r++) {
          uint32_t codes = group_dword(canonical + (done + r) * row_bytes, g, j, w->group);
          ((uint32_t *)(void *)to)[lane + r] = codes;
          threes |= codes & codes >> 1 & 0x55555555;
        }
      }
      for (int64_t r = 0; r < n; r++) {
        ((uint16_t *)(void *)to)[lane + r] = load16(scales + (done + r) * groups + g);
      }
    }
    done += n;
  }
  return threes != 0 ? 2 : 1;
}

void KERNEL(grouped_embed)(int32_t isa, const bitnet_grouped *w, const int32_t *tokens, int64_t begin, int64_t end,
                           float *x, int64_t x_stride) {
  int64_t quarter = w->group / 4;
  for (int64_t t = begin; t < end; t++) {
    int64_t lane = tokens[t] % BITNET_ROW_BLOCK;
    const uint8_t *from = grouped_block(w, tokens[t] / BITNET_ROW_BLOCK);
    for (int64_t k = 0; k < w->columns; from += group_bytes(w->group)) {
      float scale = f16_to_f32(load16(from + group_dwords(w->group) * LINE_BYTES + 2 * lane));
      for (int64_t i = 0; i < w->group && k < w->columns; i++, k++) {
        int64_t byte = i % quarter;
        int code = from[byte / 4 * LINE_BYTES + 4 * lane + byte % 4] >> (6 - 2 * (i / quarter)) & 3;
        x[t * x_stride + k] = (float)(code - 1) * scale;
      }
    }
  }
}
