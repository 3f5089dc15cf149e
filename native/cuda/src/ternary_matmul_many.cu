// TernaryMatmul for many tokens: a block has 128 rows by 64 tokens; each of its eight warps has 32 by 32, so that every
// code of a token that comes from shared memory is used for two tiles of rows, and unpacked weights for four of tokens.
#include "epilogue.h"
#include "units.h"

namespace many_tokens {

constexpr int ROW_TILES = 8, TOKENS = 64, STAGES = 3, THREADS = 256;
constexpr int STAGE_BYTES = TOKENS * BITNET_CHUNK;

INLINE void load_stage(const bitnet_ternary_matmul &p, uint8_t *stage, int first_token, int chunk) {
  if (chunk < p.w.chunks) {
    fetch_codes<TOKENS>(p.input, first_token, chunk, stage, threadIdx.x, THREADS);
  }
  copies_end();
}

INLINE void ternary_matmul(const bitnet_ternary_matmul &p) {
  __shared__ __align__(128) uint8_t stages[STAGES][STAGE_BYTES];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4, chunks = p.w.chunks;
  int first_token = blockIdx.y * TOKENS, own_token = warp % 2 * 32;
  int64_t own_tile = (int64_t)blockIdx.x * ROW_TILES + warp / 2 * 2;
  const uint4 *weights[2];
  for (int m = 0; m < 2; m++) {
    weights[m] = (const uint4 *)p.w.units + min(own_tile + m, (int64_t)p.w.tiles - 1) * chunks * 32 + lane;
  }
  uint4 words[2] = {load_once(weights[0]), load_once(weights[1])};
  let_others_begin();
  wait_for_others();

  for (int i = 0; i < STAGES - 1; i++) {
    load_stage(p, stages[i], first_token, i);
  }
  int c[2][4][4] = {};
  for (int chunk = 0; chunk < chunks; chunk++) {
    copies_wait<STAGES - 2>();
    __syncthreads();
    load_stage(p, stages[(chunk + STAGES - 1) % STAGES], first_token, chunk + STAGES - 1);
    uint4 now[2] = {words[0], words[1]};
    if (chunk + 1 < chunks) {
      words[0] = load_once(weights[0] + (chunk + 1) * 32);
      words[1] = load_once(weights[1] + (chunk + 1) * 32);
    }
    const uint8_t *stage = stages[chunk % STAGES];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      uint4 a[2] = {codes_at(now[0], 2 * k), codes_at(now[1], 2 * k)};
#pragma unroll
      for (int n = 0; n < 4; n++) {
        uint2 b = codes_of_tokens(stage, own_token + 8 * n, 3 - k);
        multiply(c[0][n], a[0], b);
        multiply(c[1][n], a[1], b);
      }
    }
  }

#pragma unroll
  for (int m = 0; m < 2; m++) {
    if (own_tile + m < p.w.tiles) {
      int64_t low = (own_tile + m) * BITNET_TILE_ROWS + g;
#pragma unroll
      for (int n = 0; n < 4; n++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          int token = first_token + own_token + 8 * n + 2 * t + e;
          if (token < p.tokens) {
            Token own = token_of(p, token);
            Outputs outputs = outputs_of(p, token, low);
            add_before(p.epilogue, outputs);
            epilogue(p.epilogue, outputs, c[m][n][e] - own.excess, c[m][n][2 + e] - own.excess, own.factor);
          }
        }
      }
    }
  }
}

} // namespace many_tokens

KERNEL(ternary_matmul_many, bitnet_ternary_matmul, 256, 2) {
  many_tokens::ternary_matmul(p);
}
