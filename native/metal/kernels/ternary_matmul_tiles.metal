// y = w q for many tokens: a threadgroup for a tile of 64 rows by 32 tokens, simdgroup matrices of halves. A weight is
// unpacked once for all tokens of the tile. Weights (2.0, 0.0, -2.0) and codes are exact in a half, and sums of their
// products in a float.
#include "ternary_weights.h"
#include <metal_simdgroup_matrix>
using namespace bitnet;

enum : uint {
  STEP = 32,                         // columns at a time
  EDGE = 8,                          // of a simdgroup matrix
  PART_ROWS = TERNARY_TILE_ROWS / 2, // of a simdgroup: two by two of them make the tile
  PART_TOKENS = TERNARY_TILE_TOKENS / 2
};

// Weights of the tile's rows, transposed: [STEP][TERNARY_TILE_ROWS].
METAL_FUNC void load_weights(device const uint *packed, uint words, uint row, uint column, threadgroup half *weights,
                             uint thread_index) {
  const uint r = thread_index % TERNARY_TILE_ROWS, part = thread_index / TERNARY_TILE_ROWS;
  const uint word = packed[(ulong((row + r) / 4) * words + column / WORD_WEIGHTS + part) * 4 + (row + r) % 4];
  weights += part * WORD_WEIGHTS * TERNARY_TILE_ROWS + r;
  for (uint i = 0; i < WORD_WEIGHTS; i++) {
    weights[i * TERNARY_TILE_ROWS] = doubled_weight(word, i);
  }
}

// Codes of the tile's tokens: [TERNARY_TILE_TOKENS][STEP]; those of tokens past the end are the last one's.
METAL_FUNC void load_codes(device const uint *codes, uint columns, uint token, uint last, uint column,
                           threadgroup half *tile, uint thread_index) {
  const uint t = thread_index / 4, part = thread_index % 4 * 8;
  device const uint *from = codes + (ulong(min(token + t, last)) * columns + column + part) / 4;
  tile += t * STEP + part;
  for (uint i = 0; i < 8; i++) {
    tile[i] = half(as_type<char4>(from[i / 4])[i % 4]);
  }
}

kernel void ternary_matmul_tiles(constant TernaryArguments &arguments [[buffer(0)]],
                                 device const uint4 *packed [[buffer(1)]], device const uint4 *codes [[buffer(2)]],
                                 device const float *factors [[buffer(3)]], device const float *scales [[buffer(4)]],
                                 device float *y [[buffer(5)]], uint2 group [[threadgroup_position_in_grid]],
                                 uint thread_index [[thread_index_in_threadgroup]],
                                 uint simdgroup [[simdgroup_index_in_threadgroup]]) {
  threadgroup half weights[STEP * TERNARY_TILE_ROWS];
  threadgroup half activations[TERNARY_TILE_TOKENS * STEP];
  threadgroup float sums[TERNARY_TILE_TOKENS * TERNARY_TILE_ROWS];
  const uint row = group.x * TERNARY_TILE_ROWS, token = group.y * TERNARY_TILE_TOKENS;
  const uint columns = ternary_columns(arguments.columns), last = arguments.tokens - 1;
  const uint part_row = simdgroup % 2 * PART_ROWS, part_token = simdgroup / 2 * PART_TOKENS;
  simdgroup_float8x8 products[PART_TOKENS / EDGE][PART_ROWS / EDGE];
  for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
    for (uint r = 0; r < PART_ROWS / EDGE; r++) {
      products[t][r] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);
    }
  }
  for (uint column = 0; column < columns; column += STEP) {
    load_weights(reinterpret_cast<device const uint *>(packed), columns / WORD_WEIGHTS, row, column, weights,
                 thread_index);
    load_codes(reinterpret_cast<device const uint *>(codes), columns, token, last, column, activations, thread_index);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint k = 0; k < STEP; k += EDGE) {
      simdgroup_half8x8 q[PART_TOKENS / EDGE], w[PART_ROWS / EDGE];
      for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
        simdgroup_load(q[t], activations + (part_token + t * EDGE) * STEP + k, STEP);
      }
      for (uint r = 0; r < PART_ROWS / EDGE; r++) {
        simdgroup_load(w[r], weights + k * TERNARY_TILE_ROWS + part_row + r * EDGE, TERNARY_TILE_ROWS);
      }
      for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
        for (uint r = 0; r < PART_ROWS / EDGE; r++) {
          simdgroup_multiply_accumulate(products[t][r], q[t], w[r], products[t][r]);
        }
      }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  for (uint t = 0; t < PART_TOKENS / EDGE; t++) {
    for (uint r = 0; r < PART_ROWS / EDGE; r++) {
      simdgroup_store(products[t][r], sums + (part_token + t * EDGE) * TERNARY_TILE_ROWS + part_row + r * EDGE,
                      TERNARY_TILE_ROWS);
    }
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = thread_index; i < TERNARY_TILE_TOKENS * TERNARY_TILE_ROWS; i += TERNARY_THREADS) {
    const uint r = row + i % TERNARY_TILE_ROWS, t = token + i / TERNARY_TILE_ROWS;
    if (r < arguments.rows && t <= last) {
      store_product(y + ulong(t) * arguments.rows + r, sums[i], scales[r], factors[t], arguments.add);
    }
  }
}
