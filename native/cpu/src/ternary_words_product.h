// Products of matrices of words of nine weights, on AVX-512: few tokens by look-up in the words as they lie,
// more of them with a block of rows expanded to bytes and then used for all tokens.
#include "ternary_expand.h"
#include "ternary_lookup.h"
#include "ternary_product.h"
#include "ternary_tile_avx512.h"

enum {
  LOOKUP_SUMS = LOOKUP_TOKENS * SUPER_ROWS * 4,
  DOT_QUADS = 128 // columns / 4 at a time: 64 rows of codes and 24 tokens of so many stay in the first cache
};

// Scratch is one of
// - look-up: sums of 256 rows, tables;
// - dot product: a block's codes, the activations of all tiles, sums of all tokens.
INLINE int64_t scratch_bytes(int64_t columns, int64_t tokens) {
  int64_t tiles = round_up(tokens, TILE_TOKENS), lookup = LOOKUP_SUMS + LOOKUP_TOKENS * table_bytes(columns);
  int64_t dot = expanded_bytes(columns) + tiles * (bitnet_codes_stride(columns) + BITNET_ROW_BLOCK * 4);
  return lookup > dot ? lookup : dot;
}

// Enough to pay for expanding all rows.
INLINE int64_t least_tokens(void) {
  return 4 * TILE_TOKENS;
}

// Making the tables is then a few hundredths of the product, or packing the activations.
INLINE int64_t least_rows(int64_t tokens) {
  return 8 * SUPER_ROWS;
}

// Minus the sums of the activations of each panel: [panel][token].
static void panel_starts(const int8_t *codes, int64_t stride, int64_t columns, int64_t tokens, int32_t *starts) {
  for (int64_t panel = 0; panel < row_panels(columns); panel++) {
    int64_t begin = panel * PANEL_COLUMNS, end = least(stride, begin + PANEL_COLUMNS);
    for (int64_t t = 0; t < tokens; t++) {
      int32_t sum = 0;
      for (int64_t k = begin; k < end; k++) {
        sum += codes[t * stride + k];
      }
      starts[panel * tokens + t] = -sum;
    }
  }
}

static void multiply_by_lookup(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns), words = row_words(p->w->columns);
  int64_t tokens = p->token_end - p->token_begin;
  int32_t *sums = (int32_t *)(void *)scratch;
  uint8_t *tables = (uint8_t *)scratch + LOOKUP_SUMS;
  const int8_t *codes = p->q->codes + p->token_begin * stride;
  int32_t *starts = (int32_t *)(void *)(tables + words * WORD_INDICES * TABLE_BYTES * tokens);
  build_tables(codes, stride, p->q->columns, tokens, tables);
  panel_starts(codes, stride, p->q->columns, tokens, starts);
  for (int64_t first = p->row_begin; first < p->row_end;) {
    int64_t end = least(p->row_end, first / SUPER_ROWS * SUPER_ROWS + SUPER_ROWS);
    for (int64_t i = 0; i < tokens * SUPER_ROWS; i += 16) {
      _mm512_store_si512(sums + i, _mm512_setzero_si512());
    }
    for (int64_t panel = 0; panel < words; panel += PANEL_WORDS) {
      const uint8_t *table = tables + panel * WORD_INDICES * TABLE_BYTES * tokens;
      lookup_tokens(tokens, panel_words(p->w, first / BITNET_ROW_BLOCK, panel),
                    (end - first + BITNET_ROW_BLOCK - 1) / BITNET_ROW_BLOCK, least(PANEL_WORDS, words - panel), table,
                    starts + panel / PANEL_WORDS * tokens, sums + first % SUPER_ROWS);
    }
    for (int64_t r = first; r < end; r += BITNET_ROW_BLOCK) {
      int same = one_scale(p->w->scales + r);
      for (int64_t t = 0; t < tokens; t++) {
        store_sums(p, r, p->token_begin + t, sums + t * SUPER_ROWS + r % SUPER_ROWS, 0, same);
      }
    }
    first = end;
  }
}

// A block of rows times all tokens. Codes are 0, 1, 2 for -1, 0, 1, so every sum has that of
// the activations too much.
static void multiply_by_dot(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns);
  uint8_t *codes = (uint8_t *)scratch;
  int32_t *packed = (int32_t *)(void *)(codes + expanded_bytes(p->q->columns));
  int32_t *sums = packed + round_up(p->token_end - p->token_begin, TILE_TOKENS) * (stride / 4);
  for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += TILE_TOKENS, at += TILE_TOKENS * stride / 4) {
    int64_t tokens = least(TILE_TOKENS, p->token_end - t);
    interleave(p->q->codes + t * stride, stride, tokens, tile_lanes(tokens), packed + at);
  }
  int64_t quads = round_up(p->q->columns, 4) / 4;
  for (int64_t r = p->row_begin; r < p->row_end; r += BITNET_ROW_BLOCK) {
    int same = one_scale(p->w->scales + r);
    expand_words(p->w, r / BITNET_ROW_BLOCK, codes);
    for (int64_t k = 0; k < quads; k += DOT_QUADS) {
      for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += TILE_TOKENS, at += TILE_TOKENS) {
        int64_t lanes = tile_lanes(least(TILE_TOKENS, p->token_end - t));
        tile_sums(codes + k * LINE_BYTES, least(DOT_QUADS, quads - k), packed + at * (stride / 4) + k * lanes, lanes,
                  k == 0, sums + at * BITNET_ROW_BLOCK);
      }
    }
    for (int64_t t = p->token_begin; t < p->token_end; t++) {
      store_sums(p, r, t, sums + (t - p->token_begin) * BITNET_ROW_BLOCK, p->q->sums[t], same);
    }
  }
}

static void multiply(const ternary_product *p, char *scratch) {
  int64_t tokens = p->token_end - p->token_begin;
  if (tokens <= LOOKUP_TOKENS) {
    multiply_by_lookup(p, scratch);
    return;
  }
  multiply_by_dot(p, scratch);
}
