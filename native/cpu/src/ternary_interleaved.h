// Products of matrices with two bits a weight: for each block of rows, all tiles of
// tokens.
#include "ternary_product.h"

#if defined(__ARM_FEATURE_MATMUL_INT8)
#include "ternary_tile_i8mm.h"
#elif defined(__AVXVNNI__) || defined(__AVX512VNNI__) || defined(__ARM_FEATURE_DOTPROD)
#include "ternary_tile_dot.h"
#else // without an int8 dot product tables are faster for many tokens
#define TERNARY_TABLES
#include "ternary_tables.h"
#if defined(__AVX2__)
#include "ternary_tile_avx2.h"
#elif defined(TERNARY_NEON)
#include "ternary_tile_neon.h"
#else
#include "ternary_tile_portable.h"
#endif
#endif

#if defined(__AMX_INT8__)
#include "ternary_expand_bits.h"
#include "ternary_tile_amx.h"
// With fewer tokens the dot product is faster.
enum { AMX_FROM = 13 };
// Columns that are multiplied at a time: 64 rows of codes and 32 tokens of so many stay in the first cache.
enum { AMX_COLUMNS = 512 };
#elif defined(__AVX512VNNI__)
#include "ternary_expand_bits.h"
#include "ternary_expanded.h"
// With so many tokens, unpacking a block of rows once pays: shifts and masks take turns with dot products on the two
// ports of 512 bits. A Xeon did 0.67 of its int8 rate with 512 tokens where each tile unpacked, and 0.87 with expanded
// words.
enum { EXPANDED_FROM = 96 };
#endif

// Scratch: the sums of a tile, [TILE_TOKENS][64 rows]; then the activations of all tiles, [tile][4 columns][tokens].
enum { SUMS_BYTES = TILE_TOKENS * BITNET_ROW_BLOCK * 4 };

INLINE int64_t scratch_bytes(int64_t columns, int64_t tokens) {
  int64_t stride = bitnet_codes_stride(columns);
#if defined(__AMX_INT8__)
  // More than that: a block's codes as bytes; the last tokens, filled up with zeros to 32; sums of all tokens.
  return (BITNET_ROW_BLOCK + AMX_TOKENS) * stride + round_up(tokens, AMX_TOKENS) * BITNET_ROW_BLOCK * 4;
#else
  int64_t bytes = round_up(SUMS_BYTES + round_up(tokens, TILE_TOKENS) * stride, 64);
#if defined(TERNARY_TABLES)
  return tokens < TABLES_FROM_TOKENS ? bytes : bytes + table_scratch_bytes(columns);
#elif defined(__AVX512VNNI__)
  return tokens < EXPANDED_FROM ? bytes : bytes + expanded_scratch(columns, tokens);
#else
  return bytes;
#endif
#endif
}

// Two full tiles, so that packing a tile's activations pays; with tables one, since it is large. Where rows are
// expanded threads should rather share the rows.
INLINE int64_t least_tokens(void) {
#if defined(__AMX_INT8__)
  return 2048;
#elif defined(__AVX512VNNI__)
  return EXPANDED_FROM;
#elif defined(TERNARY_TABLES)
  return TABLE_TOKENS;
#else
  return 2 * TILE_TOKENS;
#endif
}

// Packing the activations is then a few hundredths of the product, and building tables less than a tenth. AMX reads
// them as they lie.
INLINE int64_t least_rows(int64_t tokens) {
#if defined(__AMX_INT8__)
  if (tokens >= AMX_FROM) {
    return 4 * BITNET_ROW_BLOCK;
  }
#elif defined(TERNARY_TABLES)
  if (tokens >= TABLES_FROM_TOKENS) {
    return 20 * BITNET_ROW_BLOCK;
  }
#endif
  return 16 * BITNET_ROW_BLOCK;
}

#if defined(__AMX_INT8__)
static void multiply_by_tiles(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns);
  uint8_t *codes = (uint8_t *)scratch;
  int8_t *last = (int8_t *)codes + BITNET_ROW_BLOCK * stride;
  int32_t *sums = (int32_t *)(void *)(last + AMX_TOKENS * stride);
  int64_t rest = (p->token_end - p->token_begin) % AMX_TOKENS, whole = p->token_end - rest;
  for (int64_t i = 0; rest > 0 && i < AMX_TOKENS * stride; i += 64) {
    __m512i from = i < rest * stride ? _mm512_load_si512(p->q->codes + whole * stride + i) : _mm512_setzero_si512();
    _mm512_store_si512(last + i, from);
  }
  amx_begin();
  for (int64_t r = p->row_begin; r < p->row_end; r += BITNET_ROW_BLOCK) {
    int same = one_scale(p->w->scales + r);
    expand_rows(p->w, r / BITNET_ROW_BLOCK, codes);
    for (int64_t k = 0; k < stride; k += AMX_COLUMNS) {
      int64_t columns = least(AMX_COLUMNS, stride - k), at = 0;
      for (int64_t t = p->token_begin; t < p->token_end; t += AMX_TOKENS, at += AMX_TOKENS * BITNET_ROW_BLOCK) {
        const int8_t *activations = (t < whole ? p->q->codes + t * stride : last) + k;
        amx_sums(codes + k * BITNET_ROW_BLOCK, columns, activations, stride, k == 0, sums + at);
        amx_sums(codes + k * BITNET_ROW_BLOCK + 128, columns, activations, stride, k == 0, sums + at + 32);
      }
    }
    for (int64_t t = p->token_begin; t < p->token_end; t++) {
      store_sums(p, r, t, sums + (t - p->token_begin) * BITNET_ROW_BLOCK, p->q->sums[t], same);
    }
  }
  amx_end();
}
#endif

static void multiply_tiles(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns), blocks = column_blocks(p->q->columns);
  int32_t *sums = (int32_t *)(void *)scratch, *packed = (int32_t *)(void *)(scratch + SUMS_BYTES);
  for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
    int64_t tokens = least(TILE_TOKENS, p->token_end - t);
    interleave(p->q->codes + t * stride, stride, tokens, tile_lanes(tokens), packed + at);
  }
  for (int64_t r = p->row_begin; r < p->row_end; r += BITNET_ROW_BLOCK) {
    int same = one_scale(p->w->scales + r);
    const uint8_t *block = (const uint8_t *)p->w->packed + r / BITNET_ROW_BLOCK * row_block_bytes(p->w->columns);
    for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
      int64_t tokens = least(TILE_TOKENS, p->token_end - t);
      tile_sums(block, blocks, packed + at, tile_lanes(tokens), sums);
      for (int64_t i = 0; i < tokens; i++) {
        // Codes are 0, 1, 2 for -1, 0, 1, so every sum has that of the activations too much.
        store_sums(p, r, t + i, sums + i * BITNET_ROW_BLOCK, p->q->sums[t + i], same);
      }
    }
  }
}

static void multiply(const ternary_product *p, char *scratch) {
#if defined(__AMX_INT8__)
  if (p->token_end - p->token_begin >= AMX_FROM) {
    multiply_by_tiles(p, scratch);
    return;
  }
#elif defined(__AVX512VNNI__)
  if (p->token_end - p->token_begin >= EXPANDED_FROM) {
    multiply_expanded(p, scratch);
    return;
  }
#endif
#if defined(TERNARY_TABLES)
  ternary_product rest = *p;
  while (rest.row_end - rest.row_begin >= TABLES_FROM_ROWS && rest.token_end - rest.token_begin >= TABLES_FROM_TOKENS) {
    int64_t tokens = least(TABLE_TOKENS, rest.token_end - rest.token_begin);
    multiply_by_tables(p, rest.token_begin, tokens, scratch);
    rest.token_begin += tokens;
  }
  p = &rest;
#endif
  multiply_tiles(p, scratch);
}
