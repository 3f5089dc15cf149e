// y = w q of a matrix with scales of groups for many tokens, a threadgroup for a tile. Quarters of weights and wide
// codes are exact in a half, and sums of their products over a group in a float. One chain after the other goes through
// its groups, so that a thread holds a link and a sum for each of its elements of the tile.
#include "grouped_weights.h"
#include "matmul_tile.h"
using namespace bitnet;

struct QuarteredWeights {
  static METAL_FUNC half one(uint word, uint i) { return quartered_weight(word, i); }
};

enum : uint { TILE_SHARE = TERNARY_TILE_ROWS * TERNARY_TILE_TOKENS / TERNARY_THREADS }; // elements of a thread

kernel void grouped_matmul_tiles(constant GroupedArguments &arguments [[buffer(0)]],
                                 device const uint4 *packed [[buffer(1)]], device const half *scales [[buffer(2)]],
                                 device const uint4 *codes [[buffer(3)]], device const float *steps [[buffer(4)]],
                                 device float *y [[buffer(5)]], uint2 group [[threadgroup_position_in_grid]],
                                 uint thread_index [[thread_index_in_threadgroup]],
                                 uint simdgroup [[simdgroup_index_in_threadgroup]]) {
  threadgroup half weights[STEP * TERNARY_TILE_ROWS];
  threadgroup half activations[TERNARY_TILE_TOKENS * STEP];
  threadgroup float sums[TERNARY_TILE_TOKENS * TERNARY_TILE_ROWS];
  const uint row = group.x * TERNARY_TILE_ROWS, token = group.y * TERNARY_TILE_TOKENS;
  const uint columns = wide_columns(arguments.columns), last = arguments.tokens - 1;
  const uint groups = columns / arguments.group;
  // All elements of a thread are in one row of the matrix.
  const uint r = row + thread_index % TERNARY_TILE_ROWS;
  scales += ulong(r / 4) * groups * 4 + r % 4;
  float totals[TILE_SHARE], links[TILE_SHARE];
  for (uint i = 0; i < TILE_SHARE; i++) {
    totals[i] = 0.0f;
  }
  for (uint chain = 0; chain < GROUPED_CHAINS; chain++) {
    for (uint i = 0; i < TILE_SHARE; i++) {
      links[i] = 0.0f;
    }
    for (uint g = chain; g < groups; g += GROUPED_CHAINS) {
      TilePart part;
      clear(part);
      for (uint column = g * arguments.group; column < (g + 1) * arguments.group; column += STEP) {
        load_weights<QuarteredWeights>(reinterpret_cast<device const uint *>(packed), columns / WORD_WEIGHTS, row,
                                       column, weights, thread_index);
        load_codes(reinterpret_cast<device const short4 *>(codes), columns, token, last, column, activations,
                   thread_index);
        threadgroup_barrier(mem_flags::mem_threadgroup);
        add_products(part, activations, weights, simdgroup);
        threadgroup_barrier(mem_flags::mem_threadgroup);
      }
      store_sums(part, sums, simdgroup);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      const half scale = scales[g * 4];
      for (uint i = 0; i < TILE_SHARE; i++) {
        links[i] = chained(sums[thread_index + i * TERNARY_THREADS], scale, links[i]);
      }
    }
    for (uint i = 0; i < TILE_SHARE; i++) {
      totals[i] = totals[i] + links[i];
    }
  }
  for (uint i = 0; i < TILE_SHARE; i++) {
    const uint t = token + (thread_index + i * TERNARY_THREADS) / TERNARY_TILE_ROWS;
    if (r < arguments.rows && t <= last) {
      store_grouped(y + ulong(t) * arguments.rows + r, totals[i], steps[t], arguments.add);
    }
  }
}
