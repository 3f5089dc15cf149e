// y = w q for many tokens, a threadgroup for a tile. Weights (2.0, 0.0, -2.0) and codes are exact in a half, and sums
// of their products in a float.
#include "matmul_tile.h"
using namespace bitnet;

struct DoubledWeights {
  static METAL_FUNC half one(uint word, uint i) { return doubled_weight(word, i); }
};

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
  TilePart part;
  clear(part);
  for (uint column = 0; column < columns; column += STEP) {
    load_weights<DoubledWeights>(reinterpret_cast<device const uint *>(packed), columns / WORD_WEIGHTS, row, column,
                                 weights, thread_index);
    load_codes(reinterpret_cast<device const char4 *>(codes), columns, token, last, column, activations, thread_index);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    add_products(part, activations, weights, simdgroup);
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  store_sums(part, sums, simdgroup);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = thread_index; i < TERNARY_TILE_TOKENS * TERNARY_TILE_ROWS; i += TERNARY_THREADS) {
    const uint r = row + i % TERNARY_TILE_ROWS, t = token + i / TERNARY_TILE_ROWS;
    if (r < arguments.rows && t <= last) {
      store_product(y + ulong(t) * arguments.rows + r, sums[i], scales[r], factors[t], arguments.add);
    }
  }
}
