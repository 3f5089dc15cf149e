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

#if defined(__AMX_INT8__)
#include "ternary_tile_amx.h"
// With fewer tokens the dot product is faster.
enum { AMX_FROM = 4 };
#endif

// Scratch: the sums of a tile, [TILE_TOKENS][64 rows]; then the activations of all tiles, [tile][4 columns][tokens].
enum { SUMS_BYTES = TILE_TOKENS * BITNET_ROW_BLOCK * 4 };

int64_t KERNEL(ternary_scratch_bytes)(int32_t isa, int64_t columns, int64_t tokens) {
  int64_t stride = bitnet_codes_stride(columns), bytes = SUMS_BYTES + round_up(tokens, TILE_TOKENS) * stride;
#if defined(__AMX_INT8__)
  int64_t amx = AMX_TOKENS * LINE_BYTES + (BITNET_ROW_BLOCK + AMX_TOKENS) * stride;
  bytes = bytes > amx ? bytes : amx;
#endif
  return round_up(bytes, 64);
}

// A share has at least two full tiles, so that packing a tile's activations pays. With AMX tokens are not packed but
// rows expanded: threads share the rows.
int32_t KERNEL(ternary_token_shares)(int32_t isa, int64_t tokens, int32_t workers) {
#if defined(__AMX_INT8__)
  return 1;
#else
  int32_t shares = workers;
  while (shares > 1 && (workers % shares != 0 || tokens / shares < 2 * TILE_TOKENS)) {
    shares--;
  }
  return shares;
#endif
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

// Whether 64 rows have one scale, as all rows of a tensor do: one division a token then.
static int one_scale(const float *scales) {
  for (int r = 1; r < BITNET_ROW_BLOCK; r++) {
    if (scales[r] != scales[0]) {
      return 0;
    }
  }
  return 1;
}

// Scales the sums of one token and `rows` rows and stores them.
INLINE void store_sums(const int32_t *sums, int64_t rows, int32_t code_sum, float s, const float *scales, int same,
                       float *y, int32_t add) {
  typedef int32_t unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
  vf factor = vf_set(scales[0] / s);
  for (int64_t r = 0; r < rows; r += LANES) {
    // Codes are 0, 1, 2 for -1, 0, 1, so every sum has that of the activations too much.
    vi exact = *(const unaligned *)(sums + r) - code_sum;
    vf v = __builtin_convertvector(exact, vf) * (same ? factor : vf_load(scales + r) / s);
    if (rows - r >= LANES) {
      vf_store(y + r, add ? vf_load(y + r) + v : v);
    } else {
      vf_store_some(y + r, add ? vf_load_some(y + r, rows - r) + v : v, rows - r);
    }
  }
}

#if defined(__AMX_INT8__)
// Scratch after the other's: the codes of 64 rows as bytes, and the last tokens filled up with zeros to 32.
static void amx_matmul(const bitnet_ternary *w, int64_t row_begin, int64_t row_end, const bitnet_codes *q,
                       int64_t token_begin, int64_t token_end, float *y, int64_t y_stride, int32_t add, char *scratch) {
  int64_t stride = bitnet_codes_stride(q->columns), blocks = column_blocks(q->columns);
  int32_t *sums = (int32_t *)(void *)scratch;
  uint8_t *expanded = (uint8_t *)scratch + AMX_TOKENS * LINE_BYTES;
  int8_t *last = (int8_t *)expanded + BITNET_ROW_BLOCK * stride;
  int64_t rest = (token_end - token_begin) % AMX_TOKENS, whole = token_end - rest;
  for (int64_t i = 0; rest > 0 && i < AMX_TOKENS * stride; i += 64) {
    __m512i from = i < rest * stride ? _mm512_load_si512(q->codes + whole * stride + i) : _mm512_setzero_si512();
    _mm512_store_si512(last + i, from);
  }
  amx_begin();
  for (int64_t r = row_begin; r < row_end; r += BITNET_ROW_BLOCK) {
    int64_t rows = least(BITNET_ROW_BLOCK, row_end - r);
    int same = one_scale(w->scales + r);
    expand_codes((const uint8_t *)w->packed + r / BITNET_ROW_BLOCK * row_block_bytes(w->columns), blocks, expanded);
    for (int64_t t = token_begin; t < token_end; t += AMX_TOKENS) {
      int64_t tokens = least(AMX_TOKENS, token_end - t);
      amx_sums(expanded, stride, t < whole ? q->codes + t * stride : last, stride, sums);
      for (int64_t i = 0; i < tokens; i++) {
        store_sums(sums + i * BITNET_ROW_BLOCK, rows, q->sums[t + i], q->scales[t + i], w->scales + r, same,
                   y + (t + i) * y_stride + r, add);
      }
    }
  }
  amx_end();
}
#endif

void KERNEL(ternary_matmul)(int32_t isa, const bitnet_ternary *w, int64_t row_begin, int64_t row_end,
                            const bitnet_codes *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                            int32_t add, void *scratch) {
#if defined(__AMX_INT8__)
  if (token_end - token_begin > AMX_FROM) {
    amx_matmul(w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add, scratch);
    return;
  }
#endif
  int64_t stride = bitnet_codes_stride(q->columns), blocks = column_blocks(q->columns);
  int32_t *sums = scratch, *packed = (int32_t *)(void *)((char *)scratch + SUMS_BYTES);
  for (int64_t t = token_begin, at = 0; t < token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
    int64_t tokens = least(TILE_TOKENS, token_end - t);
    interleave(q->codes + t * stride, stride, tokens, tile_lanes(tokens), packed + at);
  }
  for (int64_t r = row_begin; r < row_end; r += BITNET_ROW_BLOCK) {
    int64_t rows = least(BITNET_ROW_BLOCK, row_end - r);
    int same = one_scale(w->scales + r);
    const uint8_t *block = (const uint8_t *)w->packed + r / BITNET_ROW_BLOCK * row_block_bytes(w->columns);
    for (int64_t t = token_begin, at = 0; t < token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
      int64_t tokens = least(TILE_TOKENS, token_end - t);
      tile_sums(block, blocks, packed + at, tile_lanes(tokens), sums);
      for (int64_t i = 0; i < tokens; i++) {
        store_sums(sums + i * BITNET_ROW_BLOCK, rows, q->sums[t + i], q->scales[t + i], w->scales + r, same,
                   y + (t + i) * y_stride + r, add);
      }
    }
  }
}
