// A tile of a product of many tokens: 64 rows by 32 tokens, by simdgroup matrices of halves. A weight is unpacked once
// for all tokens of the tile.
#ifndef BITNET_METAL_MATMUL_TILE_H
#define BITNET_METAL_MATMUL_TILE_H

#include "ternary_weights.h"
#include <metal_simdgroup_matrix>

namespace bitnet {

enum : uint {
  STEP = 32,                         // columns at a time
  EDGE = 8,                          // of a simdgroup matrix
  PART_ROWS = TERNARY_TILE_ROWS / 2, // of a simdgroup: two by two of them make the tile
  PART_TOKENS = TERNARY_TILE_TOKENS / 2
};

// Weights of the tile's rows, transposed: [STEP][TERNARY_TILE_ROWS]. Weights::one(word, i) unpacks one of them.
template <typename Weights>
METAL_FUNC void load_weights(device const uint *packed, uint words, uint row, uint column, threadgroup half *weights,
                             uint thread_index) {
  const uint r = thread_index % TERNARY_TILE_ROWS, part = thread_index / TERNARY_TILE_ROWS;
  const uint word = packed[(ulong((row + r) / 4) * words + column / WORD_WEIGHTS + part) * 4 + (row + r) % 4];
  weights += part * WORD_WEIGHTS * TERNARY_TILE_ROWS + r;
  for (uint i = 0; i < WORD_WEIGHTS; i++) {
    weights[i * TERNARY_TILE_ROWS] = Weights::one(word, i);
  }
}

// Codes of the tile's tokens: [TERNARY_TILE_TOKENS][STEP]; those of tokens past the end are the last one's. `Four` is
// four of them.
template <typename Four>
METAL_FUNC void load_codes(device const Four *codes, uint columns, uint token, uint last, uint column,
                           threadgroup half *tile, uint thread_index) {
  const uint t = thread_index / 4, part = thread_index % 4 * 8;
  device const Four *from = codes + (ulong(min(token + t, last)) * columns + column + part) / 4;
  tile += t * STEP + part;
  for (uint i = 0; i < 8; i++) {
    tile[i] = half(from[i / 4][i % 4]);
  }
}

// What a simdgroup has of the tile.
struct TilePart {
  simdgroup_float8x8 products[PART_TOKENS / EDGE][PART_ROWS / EDGE];
};

METAL_FUNC void clear(thread TilePart &part) {
  for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
    for (uint r = 0; r < PART_ROWS / EDGE; r++) {
      part.products[t][r] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
    }
  }
}

// Adds the products of STEP columns.
METAL_FUNC void add_products(thread TilePart &part, threadgroup const half *activations,
                             threadgroup const half *weights, uint simdgroup) {
  const uint row = simdgroup % 2 * PART_ROWS, token = simdgroup / 2 * PART_TOKENS;
  for (uint k = 0; k < STEP; k += EDGE) {
    simdgroup_half8x8 q[PART_TOKENS / EDGE], w[PART_ROWS / EDGE];
    for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
      simdgroup_load(q[t], activations + (token + t * EDGE) * STEP + k, STEP);
    }
    for (uint r = 0; r < PART_ROWS / EDGE; r++) {
      simdgroup_load(w[r], weights + k * TERNARY_TILE_ROWS + row + r * EDGE, TERNARY_TILE_ROWS);
    }
    for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
      for (uint r = 0; r < PART_ROWS / EDGE; r++) {
        simdgroup_multiply_accumulate(part.products[t][r], q[t], w[r], part.products[t][r]);
      }
    }
  }
}

// Puts the sums where all threads see them: [TERNARY_TILE_TOKENS][TERNARY_TILE_ROWS].
METAL_FUNC void store_sums(thread const TilePart &part, threadgroup float *sums, uint simdgroup) {
  const uint row = simdgroup % 2 * PART_ROWS, token = simdgroup / 2 * PART_TOKENS;
  for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
    for (uint r = 0; r < PART_ROWS / EDGE; r++) {
      simdgroup_store(part.products[t][r], sums + (token + t * EDGE) * TERNARY_TILE_ROWS + row + r * EDGE,
                      TERNARY_TILE_ROWS);
    }
  }
}

} // namespace bitnet

#endif
