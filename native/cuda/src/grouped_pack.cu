// Rows of the canonical layout and their scales into units (bitnet_cuda.h).
#include "grouped.h"

namespace grouped {

template <bool HALVES> INLINE void pack(const bitnet_grouped_pack &p) {
  constexpr int CODE_WORDS = BITNET_UNIT_BYTES / 4, WORDS = UNIT_BYTES<HALVES> / 4;
  wait_for_others();
  int chunks = p.to.chunks;
  int64_t words = (int64_t)p.to.tiles * chunks * WORDS;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < words; i += (int64_t)gridDim.x * blockDim.x) {
    int word = (int)(i % WORDS), chunk = (int)(i / WORDS % chunks), tile = (int)(i / WORDS / chunks);
    // Where a tile's row is in this matrix: negative or too large if it is another's.
    auto row_of = [&](int in_tile) { return p.to.outputs[tile * BITNET_TILE_ROWS + in_tile] - p.first; };
    uint32_t *to = (uint32_t *)(p.units + (unit_of<HALVES>(p.to, tile, chunk) - p.to.units)) + word;
    if (word < CODE_WORDS) {
      int j = word % 4, lane = word / 4, from = row_of(lane / 4 + 8 * (j & 1));
      if (from >= 0 && from < p.rows) {
        *to = p.canonical[((int64_t)from * chunks + chunk) * 8 + (j >> 1) * 4 + lane % 4] ^ 0x55555555u;
      }
      continue;
    }
    int at = word - CODE_WORDS, group = chunk * p.to.halves + at / 8;
    for (int high = 0; high < 2; high++) {
      int from = row_of(at % 8 + 8 * high);
      if (from >= 0 && from < p.rows && group < p.groups) {
        ((uint16_t *)to)[high] = p.scales[(int64_t)from * p.groups + group];
      }
    }
  }
}

} // namespace grouped

KERNEL(grouped_pack_128, bitnet_grouped_pack, 256) {
  grouped::pack<false>(p);
}

KERNEL(grouped_pack_64, bitnet_grouped_pack, 256) {
  grouped::pack<true>(p);
}
