// Ternary products: the loops around the tiles, and what happens to their sums.
#include "layout.h"
#include "vector.h"

#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#include "ternary_tile_vnni.h"
#elif defined(__AVX2__)
#include "ternary_tile_avx2.h"
#else
#include "ternary_tile_portable.h"
#endif

// Scratch: the sums of a tile, [TILE_TOKENS][64 rows]; then the activations of all tiles, [tile][4 columns][tokens].
enum { SUMS_BYTES = TILE_TOKENS * BITNET_ROW_BLOCK * 4 };

int64_t KERNEL(ternary_scratch_bytes)(int32_t isa, int64_t columns, int64_t tokens) {
  return SUMS_BYTES + round_up(tokens, TILE_TOKENS) * bitnet_codes_stride(columns);
}

// A share has at least two full tiles, so that packing a tile's activations pays.
int32_t KERNEL(ternary_token_shares)(int32_t isa, int64_t tokens, int32_t workers) {
  int32_t shares = workers;
  while (shares > 1 && (workers % shares != 0 || tokens / shares < 2 * TILE_TOKENS)) {
    shares--;
  }
  return shares;
}

int32_t KERNEL(ternary_tile_tokens)(int32_t isa) {
  return TILE_TOKENS;
}

// [token][columns] to [4 columns][tokens], with zeros for the tokens that are missing from `lanes`.
static void interleave(const int8_t *codes, int64_t stride, int64_t tokens, int64_t lanes, int32_t *to) {
  for (int64_t t = 0; t < lanes; t++) {
    const int32_t *from = (const int32_t *)(const void *)(codes + t * stride);
    for (int64_t i = 0; i < stride / 4; i++) {
      to[i * lanes + t] = t < tokens ? from[i] : 0;
    }
  }
}

// Scales the sums of one token and `rows` rows and stores them.
INLINE void store_sums(const int32_t *sums, int64_t rows, int32_t code_sum, float s, const float *scales, float *y,
                       int32_t add) {
  typedef int32_t unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
  for (int64_t r = 0; r < rows; r += LANES) {
    // Codes are 0, 1, 2 for -1, 0, 1, so every sum has that of the activations too much.
    vi exact = *(const unaligned *)(sums + r) - code_sum;
    vf v = __builtin_convertvector(exact, vf) * (vf_load(scales + r) / s);
    if (rows - r >= LANES) {
      vf_store(y + r, add ? vf_load(y + r) + v : v);
    } else {
      vf_store_some(y + r, add ? vf_load_some(y + r, rows - r) + v : v, rows - r);
    }
  }
}

void KERNEL(ternary_matmul)(int32_t isa, const bitnet_ternary *w, int64_t row_begin, int64_t row_end,
                            const bitnet_codes *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                            int32_t add, void *scratch) {
  int64_t stride = bitnet_codes_stride(q->columns), blocks = column_blocks(q->columns);
  int32_t *sums = scratch, *packed = (int32_t *)(void *)((char *)scratch + SUMS_BYTES);
  for (int64_t t = token_begin, at = 0; t < token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
    int64_t tokens = least(TILE_TOKENS, token_end - t);
    interleave(q->codes + t * stride, stride, tokens, tile_lanes(tokens), packed + at);
  }
  for (int64_t r = row_begin; r < row_end; r += BITNET_ROW_BLOCK) {
    int64_t rows = least(BITNET_ROW_BLOCK, row_end - r);
    const uint8_t *block = (const uint8_t *)w->packed + r / BITNET_ROW_BLOCK * row_block_bytes(w->columns);
    for (int64_t t = token_begin, at = 0; t < token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
      int64_t tokens = least(TILE_TOKENS, token_end - t);
      tile_sums(block, blocks, packed + at, tile_lanes(tokens), sums);
      for (int64_t i = 0; i < tokens; i++) {
        store_sums(sums + i * BITNET_ROW_BLOCK, rows, q->sums[t + i], q->scales[t + i], w->scales + r,
                   y + (t + i) * y_stride + r, add);
      }
    }
  }
}
