// Products of matrices of words of nine weights, on AVX-512: few tokens by look-up in the words as they lie,
// more of them with a block of rows expanded to bytes and then used for all tokens.
#include "ternary_expand_words.h"
#include "ternary_expanded.h"
#include "ternary_lookup.h"
#include "ternary_product.h"

enum {
  LOOKUP_MOST = 2 * LOOKUP_TOKENS, // with more tokens expanding pays
  LOOKUP_SUMS = LOOKUP_MOST * SUPER_ROWS * 4,
  TILE_TOKENS = EXPANDED_TOKENS
};

// Scratch is that of expanded codes, or for look-up sums of 256 rows, and tables.
INLINE int64_t scratch_bytes(int64_t columns, int64_t tokens) {
  int64_t lookup = LOOKUP_SUMS + LOOKUP_MOST * table_bytes(columns), expanded = expanded_scratch(columns, tokens);
  return lookup > expanded ? lookup : expanded;
}

// Enough to pay for expanding all rows.
INLINE int64_t least_tokens(void) {
  return 16 * EXPANDED_TOKENS;
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

// A few tokens with their tables and their panels' starting values.
typedef struct {
  int64_t tokens;
  uint8_t *tables;
  int32_t *starts;
} lookup_group;

static void multiply_by_lookup(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns), words = row_words(p->w->columns), groups = 0;
  int32_t *sums = (int32_t *)(void *)scratch;
  char *free = scratch + LOOKUP_SUMS;
  lookup_group group[LOOKUP_MOST / LOOKUP_TOKENS];
  for (int64_t t = p->token_begin; t < p->token_end; t += LOOKUP_TOKENS, groups++) {
    int64_t tokens = least(LOOKUP_TOKENS, p->token_end - t);
    uint8_t *tables = (uint8_t *)free;
    int32_t *starts = (int32_t *)(void *)(free + words * WORD_INDICES * TABLE_BYTES * tokens);
    build_tables(p->q->codes + t * stride, stride, p->q->columns, tokens, tables);
    panel_starts(p->q->codes + t * stride, stride, p->q->columns, tokens, starts);
    group[groups] = (lookup_group){tokens, tables, starts};
    free += LOOKUP_TOKENS * table_bytes(p->w->columns);
  }
  for (int64_t first = p->row_begin; first < p->row_end;) {
    int64_t end = least(p->row_end, first / SUPER_ROWS * SUPER_ROWS + SUPER_ROWS);
    int64_t blocks = round_up(end - first, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
    for (int64_t i = 0; i < groups * LOOKUP_TOKENS * SUPER_ROWS; i += 16) {
      _mm512_store_si512(sums + i, _mm512_setzero_si512());
    }
    for (int64_t panel = 0; panel < words; panel += PANEL_WORDS) {
      for (int64_t g = 0; g < groups; g++) {
        int64_t tokens = group[g].tokens;
        lookup_tokens(tokens, panel_words(p->w, first / BITNET_ROW_BLOCK, panel), blocks,
                      least(PANEL_WORDS, words - panel), group[g].tables + panel * WORD_INDICES * TABLE_BYTES * tokens,
                      group[g].starts + panel / PANEL_WORDS * tokens,
                      sums + g * LOOKUP_TOKENS * SUPER_ROWS + first % SUPER_ROWS);
      }
    }
    for (int64_t r = first; r < end; r += BITNET_ROW_BLOCK) {
      int same = one_scale(p->w->scales + r);
      for (int64_t t = p->token_begin; t < p->token_end; t++) {
        store_sums(p, r, t, sums + (t - p->token_begin) * SUPER_ROWS + r % SUPER_ROWS, 0, same);
      }
    }
    first = end;
  }
}

static void multiply(const ternary_product *p, char *scratch) {
  int64_t tokens = p->token_end - p->token_begin;
  if (tokens <= LOOKUP_MOST) {
    multiply_by_lookup(p, scratch);
    return;
  }
  multiply_expanded(p, scratch);
}
