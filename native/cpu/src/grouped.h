// The layout of ternary matrices with a scale for each group of a row. As in other ternary matrices (layout.h) rows lie
// in blocks of 64 and dwords of the 64 rows together, and the scales of a group follow its codes, so that a block is
// one stream: [row block][group]([dword][64 rows][4 bytes], [64 rows] binary16). A group of 128 columns has 8 dwords,
// one of 64 has 4: byte b of dword j holds codes 4j + b, + group / 4, + group / 2, + 3 group / 4 at shifts 6, 4, 2, 0.
#ifndef BITNET_GROUPED_H
#define BITNET_GROUPED_H

#include "layout.h"

enum { SCALES_BYTES = 2 * BITNET_ROW_BLOCK, CHAINS = 8 };

INLINE int64_t group_dwords(int32_t group) {
  return group / 16;
}

INLINE int64_t group_bytes(int32_t group) {
  return group_dwords(group) * LINE_BYTES + SCALES_BYTES;
}

INLINE int64_t row_groups(int64_t columns, int32_t group) {
  return (columns + group - 1) / group;
}

// Where a block of 64 rows begins.
INLINE uint8_t *grouped_block(const bitnet_grouped *w, int64_t block) {
  return (uint8_t *)w->packed + block * row_groups(w->columns, w->group) * group_bytes(w->group);
}

#endif
