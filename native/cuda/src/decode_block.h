// What a block of the decode step has: its shares of a layer's four products, and its shared memory.
#ifndef BITNET_DECODE_BLOCK_H
#define BITNET_DECODE_BLOCK_H

#include "cache.h"

namespace decode {

// Few warps: what all of them do for themselves costs issue slots of a scheduler (20 warps took 120 us more than 8 on
// an H200). The last warp serves the others: it begins copies, and takes back what was given.
constexpr int WORKERS = 256, WARPS = WORKERS / 32, THREADS = BITNET_DECODE_THREADS;
static_assert(THREADS == WORKERS + 32);
enum Product : int { QKV, OUTPUT, GATE_UP, DOWN };
constexpr int PRODUCTS = 4;
enum { SLOTS = BITNET_DECODE_SLOTS }; // each for keys or values of 64 positions

// Tiles of a product that a block has.
struct Share {
  int first, tiles, chunks;
};

// A warp's part of a share: units from one on, which is that of a tile and a chunk.
struct Part {
  uint16_t unit, units, tile, chunk;
};

INLINE int divide_up(int a, int b) {
  return (a + b - 1) / b;
}

INLINE int tiles_of(const bitnet_decode &p, int product) {
  const bitnet_heads &h = p.heads;
  int rows = product == QKV       ? (h.heads + 2 * h.kv_heads) * h.head_dim
             : product == GATE_UP ? 2 * p.gated_columns
                                  : p.columns;
  return divide_up(rows, BITNET_TILE_ROWS);
}

INLINE int columns_of(const bitnet_decode &p, int product) {
  return product == OUTPUT ? p.heads.heads * p.heads.head_dim : product == DOWN ? p.gated_columns : p.columns;
}

INLINE int chunks_of(const bitnet_decode &p, int product) {
  return divide_up(columns_of(p, product), BITNET_CHUNK);
}

INLINE Share share_of(const bitnet_decode &p, int product) {
  int tiles = tiles_of(p, product), first = (int)((int64_t)tiles * blockIdx.x / gridDim.x);
  return {first, (int)((int64_t)tiles * (blockIdx.x + 1) / gridDim.x) - first, chunks_of(p, product)};
}

// A chunk of 64 positions of a kv head, for a group of the heads that share it.
struct Range {
  const uint8_t *tile; // of layer 0
  int chunk, group;
};

// The shared memory of a block; behind it lie the units of its shares. Addresses are known when it is compiled, which
// saves registers: a spilled one comes from the second-level cache after each wait for other blocks.
template <int HEAD_DIM> struct Block {
  // Elements of a row that a worker has, of gated rows and of others.
  static constexpr int DIM = HEAD_DIM, HIDDEN = BITNET_DECODE_HIDDEN / WORKERS, GATED = BITNET_DECODE_GATED / WORKERS;
  static constexpr int HALF_TILE = BITNET_PAGE * DIM * 2;

  uint8_t slots[SLOTS * HALF_TILE];
  __align__(16) int8_t codes[BITNET_DECODE_GATED]; // of a row; also queries and exponentials of scores
  float lanes[256];
  int sums[BITNET_DECODE_ROWS];    // of each row of the block's tiles
  int outputs[BITNET_DECODE_ROWS]; // of q k v
  bitnet_decode_layer layers[2];   // this one and the next
  bulk_barrier weights_there[PRODUCTS], slot_there[SLOTS];
  Share shares[PRODUCTS];
  uint32_t weights_at[PRODUCTS]; // behind the block, in 16 bytes
  uint32_t maxima[32];
  int code_sums[32];
  int position, chunks, group_heads; // of the token; heads of a group
  uint8_t *newest_page;
  int busy_blocks; // have ranges, where not all have
  int range_count;
  Range ranges[BITNET_DECODE_RANGES]; // that are the block's
  Part parts[PRODUCTS][WARPS];

  static constexpr int BYTES = SLOTS * HALF_TILE + BITNET_DECODE_GATED + BITNET_DECODE_OTHER_BYTES;

  INLINE uint4 *weights(int product) { return (uint4 *)((uint8_t *)this + BYTES) + weights_at[product]; }
};
static_assert(sizeof(Block<128>) <= Block<128>::BYTES && Block<128>::BYTES % 128 == 0);
static_assert(sizeof(Block<64>) <= Block<64>::BYTES && Block<64>::BYTES % 128 == 0);

} // namespace decode

#endif
