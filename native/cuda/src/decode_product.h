// A block's share of a ternary product: its units wait in shared memory, its warps share them evenly.
#ifndef BITNET_DECODE_PRODUCT_H
#define BITNET_DECODE_PRODUCT_H

#include "decode_block.h"

namespace decode {

// Four sums, of which sum k is 4^k times too large: words are masked, and not shifted.
struct Sums {
  int c[4][4];

  INLINE void clear() {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      c[k][0] = c[k][1] = c[k][2] = c[k][3] = 0;
    }
  }

  // A unit's words of the lane, and its codes of the chunk.
  INLINE void add(uint4 words, uint4 low, uint4 high) {
    uint2 codes[4] = {make_uint2(low.x, low.y), make_uint2(low.z, low.w), make_uint2(high.x, high.y),
                      make_uint2(high.z, high.w)};
#pragma unroll
    for (int k = 0; k < 4; k++) {
      uint32_t mask = 0x03030303u << 2 * k;
      multiply(c[k], make_uint4(words.x & mask, words.y & mask, words.z & mask, words.w & mask), codes[k]);
    }
  }

  INLINE int row(int i) const { return c[0][i] + (c[1][i] >> 2) + (c[2][i] >> 4) + (c[3][i] >> 6); }
};

// Adds to the block's sums, which are zero, and waits for all of them.
template <typename Block> INLINE void multiply_share(Block &m, Product product) {
  int lane = threadIdx.x % 32, chunks = m.shares[product].chunks;
  Part part = m.parts[product][threadIdx.x / 32];
  const uint4 *weights = m.weights(product) + part.unit * 32 + lane;
  const uint4 *codes = (const uint4 *)m.codes + lane % 4 * 2;
  int tile = part.tile, chunk = part.chunk, left = part.units;
#pragma unroll 1
  while (left > 0) {
    int end = min(chunks, chunk + left);
    left -= end - chunk;
    Sums sums;
    sums.clear();
#pragma unroll 4
    for (; chunk < end; chunk++) {
      sums.add(weights[0], codes[chunk * 8], codes[chunk * 8 + 1]);
      weights += 32;
    }
    if (lane % 4 == 0) {
      int *to = m.sums + tile * BITNET_TILE_ROWS + lane / 4;
      atomicAdd(to, sums.row(0));
      atomicAdd(to + 8, sums.row(2));
    }
    tile++;
    chunk = 0;
  }
  sync_first<WORKERS>();
}

} // namespace decode

#endif
