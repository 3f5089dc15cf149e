// Embed from a ternary table: a block a row.
#include "grouped.h"

namespace grouped {

template <bool HALVES> INLINE void embed(const bitnet_grouped_embed &p) {
  wait_for_others();
  int token = p.entries[blockIdx.x].token, tile = token / BITNET_TILE_ROWS, row = token % BITNET_TILE_ROWS;
  float *x = p.x + (int64_t)blockIdx.x * p.columns;
  for (int i = threadIdx.x; i < p.columns; i += blockDim.x) {
    const uint8_t *unit = unit_of<HALVES>(p.table, tile, i / BITNET_CHUNK);
    int column = i % BITNET_CHUNK, in_quarter = column % 32, lane = row % 8 * 4 + in_quarter % 16 / 4;
    int byte = (lane * 4 + row / 8 + in_quarter / 16 * 2) * 4 + in_quarter % 4;
    int code = unit[byte] >> (6 - column / 32 * 2) & 3;
    const uint16_t *scales = (const uint16_t *)(unit + BITNET_UNIT_BYTES + (HALVES ? column / 64 * 32 : 0));
    x[i] = (float)((code ^ 1) - 1) * f16_to_f32(scales[row % 8 * 2 + row / 8]);
  }
}

} // namespace grouped

KERNEL(grouped_embed_128, bitnet_grouped_embed, 256) {
  grouped::embed<false>(p);
}

KERNEL(grouped_embed_64, bitnet_grouped_embed, 256) {
  grouped::embed<true>(p);
}
