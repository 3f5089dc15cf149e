// TernaryMatmul with scales of groups for several tokens: a block has a few tiles and some tokens; each of its eight
// warps has one chain of all of them, and a ring of its own in shared memory for the units and the codes of its chunks.
// Warps meet only to bring their chains together.
#include "grouped.h"
#include "units.h"

namespace few_wide_tokens {

constexpr int THREADS = BITNET_CHAINS * 32;

template <int TOKENS, int TILES, int SLOTS, bool HALVES> struct Block {
  static constexpr int UNITS_BYTES = TILES * grouped::UNIT_BYTES<HALVES>, SLOT_BYTES = UNITS_BYTES + TOKENS * 256;
  static constexpr int ROWS = TILES * BITNET_TILE_ROWS;
  static constexpr int ROW_STRIDE = ROWS + 8; // lanes that write at once use different banks
  const bitnet_grouped_matmul &p;
  int first_tile, first_token;
  uint8_t *slots; // of this warp

  INLINE uint8_t *slot(int i) const { return slots + i * SLOT_BYTES; }

  INLINE void fetch_units(int chunk, uint8_t *to) const {
    constexpr int PIECES = grouped::UNIT_BYTES<HALVES> / 16;
    if (chunk < p.w.chunks) {
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        const uint8_t *from = grouped::unit_of<HALVES>(p.w, min(first_tile + m, p.w.tiles - 1), chunk);
        for (int i = threadIdx.x % 32; i < PIECES; i += 32) {
          copy_ahead(to + (m * PIECES + i) * 16, from + i * 16);
        }
      }
    }
  }

  INLINE void fetch_tokens(int chunk, uint8_t *to) const {
    if (chunk < p.w.chunks) {
      fetch_codes<2 * TOKENS>(p.input, 2 * first_token, chunk, to + UNITS_BYTES, threadIdx.x % 32, 32);
    }
  }

  // The chain of the warp, of rows g and g + 8 of each tile and a token of each four.
  INLINE void multiply_chain(const grouped::Chain<HALVES> &chain, float2 (&sums)[TILES][TOKENS / 4]) const {
    constexpr int QUARTERS = grouped::Chain<HALVES>::QUARTERS, STEP = grouped::Chain<HALVES>::STEP;
    int turn = 0;
#pragma unroll 1
    for (int chunk = chain.first; chunk < p.w.chunks; chunk += STEP) {
      uint8_t *own = slot(turn);
      copies_wait<SLOTS - 1>();
      warp_barrier();
      uint4 weights[TILES][QUARTERS];
      float2 scales[TILES];
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        const uint8_t *unit = own + m * grouped::UNIT_BYTES<HALVES>;
        uint4 words = ((const uint4 *)unit)[threadIdx.x % 32];
        scales[m] = chain.scales(unit);
#pragma unroll
        for (int i = 0; i < QUARTERS; i++) {
          weights[m][i] = grouped::weights_at(words, 2 * chain.quarter(i));
        }
      }
#pragma unroll
      for (int n = 0; n < TOKENS / 4; n++) {
        uint2 b[QUARTERS];
#pragma unroll
        for (int i = 0; i < QUARTERS; i++) {
          b[i] = codes_of_tokens(own + UNITS_BYTES, 8 * n, chain.quarter(i));
        }
#pragma unroll
        for (int m = 0; m < TILES; m++) {
          int c[4] = {};
#pragma unroll
          for (int i = 0; i < QUARTERS; i++) {
            multiply_signed(c, weights[m][i], b[i]);
          }
          sums[m][n].x = grouped::link(c[0], c[1], scales[m].x, sums[m][n].x);
          sums[m][n].y = grouped::link(c[2], c[3], scales[m].y, sums[m][n].y);
        }
      }
      warp_barrier();
      fetch_units(chunk + SLOTS * STEP, own);
      fetch_tokens(chunk + SLOTS * STEP, own);
      copies_end();
      turn = (turn + 1) % SLOTS;
    }
  }
};

template <int TOKENS, int TILES, int SLOTS, bool HALVES>
INLINE void matmul(const bitnet_grouped_matmul &p, uint8_t *memory) {
  using B = Block<TOKENS, TILES, SLOTS, HALVES>;
  __shared__ int rows[B::ROWS];
  __shared__ float steps[TOKENS];
  int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
  B block = {p, (int)blockIdx.x * TILES, (int)blockIdx.y * TOKENS, memory + warp * SLOTS * B::SLOT_BYTES};
  grouped::Chain<HALVES> chain(warp);
#pragma unroll
  for (int i = 0; i < SLOTS; i++) {
    block.fetch_units(chain.first + i * chain.STEP, block.slot(i));
  }
  for (int i = thread; i < B::ROWS; i += THREADS) {
    int tile = block.first_tile + i / BITNET_TILE_ROWS;
    rows[i] = tile < p.w.tiles ? p.w.outputs[tile * BITNET_TILE_ROWS + i % BITNET_TILE_ROWS] : -1;
  }
  let_others_begin();
  wait_for_others();
#pragma unroll
  for (int i = 0; i < SLOTS; i++) {
    block.fetch_tokens(chain.first + i * chain.STEP, block.slot(i));
    copies_end();
  }
  int tokens = min(TOKENS, p.tokens - block.first_token);
  if (thread < tokens) {
    steps[thread] = fresh(p.input.factors + block.first_token + thread);
  }
  float2 chains[TILES][TOKENS / 4] = {};
  block.multiply_chain(chain, chains);
  copies_wait<0>();
  __syncthreads();

  float *sums = (float *)memory; // [chain][token][row]
#pragma unroll
  for (int n = 0; n < TOKENS / 4; n++) {
    float *of_token = sums + (warp * TOKENS + 4 * n + lane % 4) * B::ROW_STRIDE + lane / 4;
#pragma unroll
    for (int m = 0; m < TILES; m++) {
      of_token[m * BITNET_TILE_ROWS] = chains[m][n].x;
      of_token[m * BITNET_TILE_ROWS + 8] = chains[m][n].y;
    }
  }
  __syncthreads();
#pragma unroll 1
  for (int i = thread; i < tokens * B::ROWS / 2; i += THREADS) {
    int token = i / (B::ROWS / 2), row = i % (B::ROWS / 2) / 8 * BITNET_TILE_ROWS + i % 8;
    grouped::Outputs outputs = grouped::outputs_of(p, block.first_token + token, rows[row], rows[row + 8]);
    grouped::add_before(p.epilogue, outputs);
    const float *of_row = sums + token * B::ROW_STRIDE + row;
    float a = of_row[0], b = of_row[8];
#pragma unroll
    for (int k = 1; k < BITNET_CHAINS; k++) {
      a += of_row[k * TOKENS * B::ROW_STRIDE];
      b += of_row[k * TOKENS * B::ROW_STRIDE + 8];
    }
    grouped::finish(p.epilogue, outputs, a, b, steps[token]);
  }
}

} // namespace few_wide_tokens

#define GROUPED_MATMUL(tokens, tiles, slots, blocks)                                                                   \
  KERNEL(grouped_matmul_##tokens##x##tiles##_128, bitnet_grouped_matmul, few_wide_tokens::THREADS, blocks) {           \
    DYNAMIC_SHARED(memory);                                                                                            \
    few_wide_tokens::matmul<tokens, tiles, slots, false>(p, memory);                                                   \
  }                                                                                                                    \
  KERNEL(grouped_matmul_##tokens##x##tiles##_64, bitnet_grouped_matmul, few_wide_tokens::THREADS, blocks) {            \
    DYNAMIC_SHARED(memory);                                                                                            \
    few_wide_tokens::matmul<tokens, tiles, slots, true>(p, memory);                                                    \
  }

GROUPED_MATMUL(4, 2, 6, 2)
GROUPED_MATMUL(8, 2, 4, 2)
GROUPED_MATMUL(16, 2, 2, 2)
GROUPED_MATMUL(32, 2, 2, 1)
GROUPED_MATMUL(32, 4, 2, 1)
