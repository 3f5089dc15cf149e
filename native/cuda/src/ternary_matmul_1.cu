// TernaryMatmul for one token, which the block quantises for itself: that saves a kernel and the wait between two. A
// multiprocessor has at most one block, and the next kernel's block beside it: its weights come to shared memory while
// this one computes. A warp has the same chunks of K of all tiles, so that it reads their codes once. A thread has one
// pair of outputs at the end: a block has at least eight threads a tile.
#include "epilogue.h"
#include "quantize_row.h"

namespace one_token {

// What a block has in shared memory, in this order.
struct Shared {
  uint4 *weights; // 32 a unit
  float *values;  // the row, its gain, its codes
  float *gain;
  uint32_t *codes;
  Outputs *outputs; // [pair of rows of the block's tiles]; registers are short
  int *sums;        // [warp][row of the block's tiles]
};

INLINE Shared shared_of(const bitnet_ternary_matmul &p, uint8_t *memory) {
  Shared s;
  s.weights = (uint4 *)memory;
  s.values = (float *)(memory + (int64_t)p.tiles_per_block * p.w.chunks * BITNET_UNIT_BYTES);
  s.gain = s.values + p.input.stride;
  s.codes = (uint32_t *)(s.gain + p.input.stride);
  s.outputs = (Outputs *)(s.codes + p.input.stride / 4);
  s.sums = (int *)(s.outputs + p.tiles_per_block * 8);
  return s;
}

// The codes of a chunk, as registers of the B operand: all columns are the one token.
struct Codes {
  uint2 b[4];

  INLINE void load(const uint32_t *codes, int chunk) {
    int t = threadIdx.x % 4;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const uint32_t *at = codes + chunk * 32 + (3 - k) * 8 + t;
      b[k] = make_uint2(at[0], at[4]);
    }
  }
};

struct Sums {
  int c[4][4];

  INLINE void clear() {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      c[k][0] = c[k][1] = c[k][2] = c[k][3] = 0;
    }
  }

  // Codes stay where they are in their bytes: these are 4^k times the products, which is taken off at the end.
  INLINE void add(uint4 words, const Codes &codes) {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const uint32_t mask = 0x03030303u << (2 * k);
      multiply(c[k], make_uint4(words.x & mask, words.y & mask, words.z & mask, words.w & mask), codes.b[k]);
    }
  }

  INLINE int row(int i) const { return c[0][i] + (c[1][i] >> 2) + (c[2][i] >> 4) + (c[3][i] >> 6); }
};

INLINE void ternary_matmul(const bitnet_ternary_matmul &p, uint8_t *memory) {
  __shared__ QuantizeScratch scratch;
  int thread = threadIdx.x, threads = blockDim.x, warp = thread / 32, warps = threads / 32, lane = thread % 32;
  int chunks = p.w.chunks;
  // The first blocks have a tile more than the others, if not all have as many.
  int block = blockIdx.x, most = p.tiles_per_block, full = p.w.tiles - (most - 1) * (int)gridDim.x;
  int first = block * (most - 1) + min(block, full), tiles = block < full ? most : most - 1, pairs = tiles * 8;
  Shared s = shared_of(p, memory);

  // The gain comes first, since it is needed first.
  if (p.input.gain) {
#pragma unroll 1
    for (int i = thread; i < p.input.stride / 4; i += threads) {
      copy_ahead(s.gain + 4 * i, p.input.gain + 4 * i);
    }
  }
  copies_end();
  const uint4 *weights = (const uint4 *)p.w.units + (int64_t)first * chunks * 32;
  for (int i = thread; i < tiles * chunks * 32; i += threads) {
    copy_ahead(s.weights + i, weights + i);
  }
  copies_end();
  if (thread < pairs) {
    s.outputs[thread] = outputs_of(p, 0, ((int64_t)first + thread / 8) * BITNET_TILE_ROWS + thread % 8);
  }
  let_others_begin();
  wait_for_others();

  if (thread < pairs) {
    add_before(p.epilogue, s.outputs[thread]);
  }
  copies_wait<1>();
  RowCodes one = quantize_row(p.input, p.input.x, p.input.gain ? s.gain : nullptr, s.values, s.codes, scratch);
  copies_wait<0>();
  __syncthreads();

  int *sums = s.sums + warp * tiles * BITNET_TILE_ROWS + lane / 4;
#pragma unroll 1
  for (int chunk = warp; chunk < chunks; chunk += warps) {
    Codes codes;
    codes.load(s.codes, chunk);
#pragma unroll 1
    for (int tile = 0; tile < tiles; tile++) {
      Sums sum;
      sum.clear();
      sum.add(s.weights[(tile * chunks + chunk) * 32 + lane], codes);
      if (lane % 4 == 0) {
        int *to = sums + tile * BITNET_TILE_ROWS;
        to[0] = (chunk == warp ? 0 : to[0]) + sum.row(0);
        to[8] = (chunk == warp ? 0 : to[8]) + sum.row(2);
      }
    }
  }
  __syncthreads();

  if (thread < pairs) {
    int low_sum = -one.sum, high_sum = -one.sum;
    const int *all = s.sums + thread / 8 * BITNET_TILE_ROWS + thread % 8;
#pragma unroll 4
    for (int w = 0; w < min(warps, chunks); w++) {
      low_sum += all[w * tiles * BITNET_TILE_ROWS];
      high_sum += all[w * tiles * BITNET_TILE_ROWS + 8];
    }
    epilogue(p.epilogue, s.outputs[thread], low_sum, high_sum, one.factor);
  }
}

} // namespace one_token

KERNEL(ternary_matmul_1, bitnet_ternary_matmul, 320, 2) {
  DYNAMIC_SHARED(memory);
  one_token::ternary_matmul(p, memory);
}
