// TernaryMatmul for up to 32 tokens: a block has a few tiles, all of K and all tokens; each of its warps has some
// chunks, whose weights it reads once, straight into registers, the first of them before the kernel waits for the one
// in front. The codes of a chunk are its own as well, so that warps meet only to bring their sums together.
#include "epilogue.h"
#include "units.h"

namespace few_tokens {

constexpr int SLOTS = 2; // of codes, of a warp

// The lane's own words of some tiles.
template <int TILES>
INLINE void load_words(const bitnet_ternary_matmul &p, int64_t first, int chunk, uint4 (&words)[TILES]) {
#pragma unroll
  for (int m = 0; m < TILES; m++) {
    int64_t tile = min(first + m, (int64_t)p.w.tiles - 1);
    if (chunk < p.w.chunks) {
      words[m] = load_once((const uint4 *)p.w.units + (tile * p.w.chunks + chunk) * 32 + threadIdx.x % 32);
    }
  }
}

template <int TOKENS> INLINE void fetch_slot(const bitnet_ternary_matmul &p, int chunk, uint8_t *slot) {
  if (chunk < p.w.chunks) {
    fetch_codes<TOKENS>(p.input, 0, chunk, slot, threadIdx.x % 32, 32);
  }
  copies_end();
}

// Item i of the sums is what lane i % 32 has of 8 tokens and a tile: rows g and g + 8, tokens 2 t and 2 t + 1.
template <int TOKEN_TILES> struct Item {
  int tile, token, row; // of the block's

  INLINE explicit Item(int i)
      : tile(i / (32 * TOKEN_TILES)), token(i / 32 % TOKEN_TILES * 8 + i % 4 * 2),
        row(tile * BITNET_TILE_ROWS + i % 32 / 4) {}
};

template <int TOKEN_TILES, int TILES> INLINE void ternary_matmul(const bitnet_ternary_matmul &p, uint8_t *memory) {
  constexpr int TOKENS = 8 * TOKEN_TILES, SLOT_BYTES = TOKENS * BITNET_CHUNK, ITEMS = TILES * TOKEN_TILES * 32;
  __shared__ OutputRow rows[TILES * BITNET_TILE_ROWS];
  __shared__ Token tokens[TOKENS];
  int warp = threadIdx.x / 32, warps = blockDim.x / 32, lane = threadIdx.x % 32;
  int64_t first = (int64_t)blockIdx.x * TILES;
  uint4 words[TILES];
  load_words(p, first, warp, words);
  for (int i = threadIdx.x; i < TILES * BITNET_TILE_ROWS; i += blockDim.x) {
    rows[i] = output_row(p, min(first * BITNET_TILE_ROWS + i, (int64_t)p.w.tiles * BITNET_TILE_ROWS - 1));
  }
  let_others_begin();
  wait_for_others();
  uint8_t *slots = memory + warp * SLOTS * SLOT_BYTES;
  fetch_slot<TOKENS>(p, warp, slots);
  fetch_slot<TOKENS>(p, warp + warps, slots + SLOT_BYTES);
  for (int i = threadIdx.x; i < p.tokens; i += blockDim.x) {
    tokens[i] = token_of(p, i);
  }

  int c[TILES][TOKEN_TILES][4] = {};
  int turn = 0;
#pragma unroll 1
  for (int chunk = warp; chunk < p.w.chunks; chunk += warps) {
    uint8_t *slot = slots + turn * SLOT_BYTES;
    copies_wait<SLOTS - 1>();
    warp_barrier();
#pragma unroll 1 // code that runs but once or twice waits for its instructions
    for (int k = 0; k < 4; k++) {
      uint2 b[TOKEN_TILES];
#pragma unroll
      for (int n = 0; n < TOKEN_TILES; n++) {
        b[n] = codes_of_tokens(slot, 8 * n, 3 - k);
      }
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        uint4 a = codes_at(words[m], 2 * k);
#pragma unroll
        for (int n = 0; n < TOKEN_TILES; n++) {
          multiply(c[m][n], a, b[n]);
        }
      }
    }
    load_words(p, first, chunk + warps, words);
    warp_barrier();
    fetch_slot<TOKENS>(p, chunk + SLOTS * warps, slot);
    turn = 1 - turn;
  }
  copies_wait<0>();
  __syncthreads();

  uint4 *sums = (uint4 *)memory;
#pragma unroll
  for (int m = 0; m < TILES; m++) {
#pragma unroll
    for (int n = 0; n < TOKEN_TILES; n++) {
      const int(&own)[4] = c[m][n];
      sums[warp * ITEMS + (m * TOKEN_TILES + n) * 32 + lane] =
          make_uint4((uint32_t)own[0], (uint32_t)own[1], (uint32_t)own[2], (uint32_t)own[3]);
    }
  }
  __syncthreads();
#pragma unroll 1
  for (int i = threadIdx.x; i < ITEMS; i += blockDim.x) {
    Item<TOKEN_TILES> item(i);
    if (first + item.tile >= p.w.tiles || item.token >= p.tokens) {
      continue;
    }
    // What is written to is asked for first, so that it comes while the sums are made.
    Outputs outputs[2];
    bool both = item.token + 1 < p.tokens;
#pragma unroll
    for (int e = 0; e < 2; e++) {
      if (e == 0 || both) {
        outputs[e] =
            outputs_of(p.epilogue, p, item.token + e, tokens[item.token + e].place, rows[item.row], rows[item.row + 8]);
        add_before(p.epilogue, outputs[e]);
      }
    }
    uint4 sum = make_uint4(0, 0, 0, 0);
#pragma unroll 4
    for (int w = 0; w < warps; w++) {
      uint4 x = sums[w * ITEMS + i];
      sum = make_uint4(sum.x + x.x, sum.y + x.y, sum.z + x.z, sum.w + x.w);
    }
    const Token &token = tokens[item.token], &next = tokens[item.token + 1];
    epilogue(p.epilogue, outputs[0], (int)sum.x - token.excess, (int)sum.z - token.excess, token.factor);
    if (both) {
      epilogue(p.epilogue, outputs[1], (int)sum.y - next.excess, (int)sum.w - next.excess, next.factor);
    }
  }
}

} // namespace few_tokens

#define TERNARY_MATMUL_FEW(tokens, tiles, ...)                                                                         \
  KERNEL(ternary_matmul_##tokens##x##tiles, bitnet_ternary_matmul, __VA_ARGS__) {                                      \
    DYNAMIC_SHARED(memory);                                                                                            \
    few_tokens::ternary_matmul<tokens / 8, tiles>(p, memory);                                                          \
  }

TERNARY_MATMUL_FEW(8, 2, 640)
TERNARY_MATMUL_FEW(8, 4, 320, 2)
TERNARY_MATMUL_FEW(16, 2, 640)
TERNARY_MATMUL_FEW(16, 4, 320, 2)
TERNARY_MATMUL_FEW(32, 2, 640)
TERNARY_MATMUL_FEW(32, 4, 256, 2)
