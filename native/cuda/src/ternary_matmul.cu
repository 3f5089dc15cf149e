// TernaryMatmul for up to 32 tokens: a block has a few tiles, all of K, and all tokens. Its weights are on their way to
// shared memory before the kernel waits for the one in front, and its warps share the block's units evenly. With one
// token the block also quantises the row for itself, which saves a kernel and the wait between two.
#include "epilogue.h"
#include "quantize_row.h"

// The four words of a lane hold four columns each at four shifts.
INLINE uint4 codes_at(uint4 words, int shift) {
  const uint32_t mask = 0x03030303u;
  return make_uint4(words.x >> shift & mask, words.y >> shift & mask, words.z >> shift & mask, words.w >> shift & mask);
}

template <int TOKEN_TILES> struct Product {
  // Sums of independent products, so that one does not wait for another.
  static constexpr int CHAINS = TOKEN_TILES == 1 ? 4 : 1;
  int c[CHAINS][TOKEN_TILES][4];

  INLINE void clear() {
    for (int i = 0; i < CHAINS; i++) {
      for (int n = 0; n < TOKEN_TILES; n++) {
        for (int k = 0; k < 4; k++) {
          c[i][n][k] = 0;
        }
      }
    }
  }

  // One unit times a chunk of the tokens' codes; `codes` is that of the lane's first token, in its place.
  INLINE void add(uint4 words, const int8_t *const (&codes)[TOKEN_TILES], int column) {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      uint4 a = codes_at(words, 2 * k);
#pragma unroll
      for (int n = 0; n < TOKEN_TILES; n++) {
        uint2 b = make_uint2(0, 0);
        if (codes[n]) {
          const uint32_t *at = (const uint32_t *)(codes[n] + column + (3 - k) * 32);
          b = make_uint2(at[0], at[4]);
        }
        multiply(c[k % CHAINS][n], a, b);
      }
    }
  }

  INLINE int sum(int n, int k) const {
    int all = 0;
    for (int i = 0; i < CHAINS; i++) {
      all += c[i][n][k];
    }
    return all;
  }
};

// What a block has of its own, in the order in which it lies in shared memory.
struct Shared {
  uint4 *weights; // 32 a unit
  int *sums;      // [row of the block's tiles][token]
  float *values;  // a row of activations, its gain, its codes: one token only
  float *gain;
  uint32_t *codes;
};

INLINE Shared shared_of(const bitnet_ternary_matmul &p, uint8_t *memory, int columns_of_sums) {
  Shared s;
  s.weights = (uint4 *)memory;
  s.sums = (int *)(memory + (int64_t)p.tiles_per_block * p.w.chunks * BITNET_UNIT_BYTES);
  s.values = (float *)(s.sums + p.tiles_per_block * BITNET_TILE_ROWS * columns_of_sums);
  s.gain = s.values + p.input.stride;
  s.codes = (uint32_t *)(s.gain + p.input.stride);
  return s;
}

// ONE: a single token, quantised here.
template <int TOKEN_TILES, bool ONE> INLINE void ternary_matmul(const bitnet_ternary_matmul &p, uint8_t *memory) {
  __shared__ QuantizeScratch scratch;
  constexpr int TOKENS = ONE ? 1 : 8 * TOKEN_TILES;
  int thread = threadIdx.x, threads = blockDim.x, warp = thread / 32, warps = threads / 32, lane = thread % 32;
  int g = lane / 4, t = lane % 4, chunks = p.w.chunks;
  int64_t first = (int64_t)blockIdx.x * p.tiles_per_block;
  int tiles = min(p.tiles_per_block, p.w.tiles - (int)first), units = tiles * chunks;
  Shared s = shared_of(p, memory, TOKENS);

  // The gain comes first, since it is needed first.
  if (ONE && p.input.gain) {
    for (int i = thread; i < p.input.stride / 4; i += threads) {
      copy_ahead(s.gain + 4 * i, p.input.gain + 4 * i);
    }
  }
  copies_end();
  const uint4 *weights = (const uint4 *)p.w.units + first * chunks * 32;
  for (int i = thread; i < units * 32; i += threads) {
    copy_ahead(s.weights + i, weights + i);
  }
  copies_end();
  for (int i = thread; i < tiles * BITNET_TILE_ROWS * TOKENS; i += threads) {
    s.sums[i] = 0;
  }
  let_others_begin();
  wait_for_others();

  RowCodes one = {1.0f, 0};
  const int8_t *codes[TOKEN_TILES];
  if (ONE) {
    copies_wait<1>();
    one = quantize_row(p.input, p.input.x, p.input.gain ? s.gain : nullptr, s.values, s.codes, scratch);
    codes[0] = (const int8_t *)s.codes + 4 * t;
  } else {
#pragma unroll
    for (int n = 0; n < TOKEN_TILES; n++) {
      int token = 8 * n + g;
      codes[n] = token < p.tokens ? p.input.codes + (int64_t)token * p.input.stride + 4 * t : nullptr;
    }
  }
  copies_wait<0>();
  __syncthreads();

  Product<TOKEN_TILES> product;
  product.clear();
  int unit = units * warp / warps, end = units * (warp + 1) / warps, tile = unit / chunks, chunk = unit % chunks;
  for (; unit < end; unit++) {
    product.add(s.weights[unit * 32 + lane], codes, chunk * BITNET_CHUNK);
    chunk++;
    if (chunk < chunks && unit + 1 < end) {
      continue;
    }
    int *sums = s.sums + (tile * BITNET_TILE_ROWS + g) * TOKENS;
    if (ONE) {
      if (t == 0) {
        atomicAdd(sums, product.sum(0, 0));
        atomicAdd(sums + 8, product.sum(0, 2));
      }
    } else {
#pragma unroll
      for (int n = 0; n < TOKEN_TILES; n++) {
        for (int k = 0; k < 4; k++) {
          atomicAdd(sums + k / 2 * 8 * TOKENS + 8 * n + 2 * t + k % 2, product.sum(n, k));
        }
      }
    }
    product.clear();
    tile++;
    chunk = 0;
  }
  __syncthreads();

  for (int i = thread; i < p.tokens * tiles * 8; i += threads) {
    int token = i / (tiles * 8), pair = i % (tiles * 8), row = pair / 8 * BITNET_TILE_ROWS + pair % 8;
    float factor = ONE ? one.factor : fresh(p.input.factors + token);
    int excess = ONE ? one.sum : fresh(p.input.sums + token);
    const int *sums = s.sums + row * TOKENS + token;
    epilogue(p, token, first * BITNET_TILE_ROWS + row, sums[0] - excess, sums[8 * TOKENS] - excess, factor);
  }
}

KERNEL(ternary_matmul_8, bitnet_ternary_matmul, 640, 2) {
  DYNAMIC_SHARED(memory);
  ternary_matmul<1, false>(p, memory);
}

KERNEL(ternary_matmul_16, bitnet_ternary_matmul, 640) {
  DYNAMIC_SHARED(memory);
  ternary_matmul<2, false>(p, memory);
}

KERNEL(ternary_matmul_32, bitnet_ternary_matmul, 640) {
  DYNAMIC_SHARED(memory);
  ternary_matmul<4, false>(p, memory);
}
