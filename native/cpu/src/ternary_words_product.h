// Products of matrices of words of ten weights, on AVX-512: few tokens by look-up in the words as they lie, more of
// them with words expanded for look-up and dot product at once. Zen 4, ms for all matrices of a 2B model, one thread: 1
// token 17.4, 2 26, 3 36, 4 49, and mixed 63 for four or fewer, 92 for eight.
#include "ternary_lookup.h"
#include "ternary_mixed.h"
#include "ternary_product.h"

enum { MIXED_FROM = 8, TILE_TOKENS = LOOKUP_TOKENS, LOOKUP_SUMS_BYTES = LOOKUP_TOKENS * LOOKUP_ROWS * 4 };

// Scratch is that of expanded words, or for look-up sums, tables and starting values.
INLINE int64_t scratch_bytes(int64_t columns, int64_t tokens) {
  int64_t lookup = LOOKUP_SUMS_BYTES + LOOKUP_TOKENS * table_bytes(columns), mixed = mixed_scratch_bytes();
  return lookup > mixed || tokens < MIXED_FROM ? lookup : mixed;
}

// Enough to pay for expanding all rows.
INLINE int64_t least_tokens(void) {
  return MIXED_AT_ONCE;
}

// Making the tables is then a few hundredths of the product.
INLINE int64_t least_rows(int64_t tokens) {
  return tokens < MIXED_FROM ? 16 * BITNET_ROW_BLOCK : MIXED_BLOCKS * BITNET_ROW_BLOCK;
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
  uint8_t *tables = (uint8_t *)scratch + LOOKUP_SUMS_BYTES;
  int32_t *starts = (int32_t *)(void *)(tables + words * WORD_LOOKUPS * TABLE_BYTES * tokens);
  build_tables(p->q->codes + p->token_begin * stride, stride, p->q->columns, tokens, tables);
  panel_starts(p->q->codes + p->token_begin * stride, stride, p->q->columns, tokens, starts);
  for (int64_t r = p->row_begin, rows; r < p->row_end; r += rows) {
    rows = r % LOOKUP_ROWS == 0 ? least(LOOKUP_ROWS, round_up(p->row_end - r, BITNET_ROW_BLOCK)) : BITNET_ROW_BLOCK;
    lookup_blocks(words_of_block(p->w, r / BITNET_ROW_BLOCK), rows / BITNET_ROW_BLOCK, tokens, words, tables, starts,
                  sums);
    for (int64_t i = 0; i < rows; i += BITNET_ROW_BLOCK) {
      int same = one_scale(p->w->scales + r + i);
      for (int64_t t = 0; t < tokens; t++) {
        store_sums(p, r + i, p->token_begin + t, sums + t * LOOKUP_ROWS + i, 0, same);
      }
    }
  }
}

static void multiply(const ternary_product *p, char *scratch) {
  if (p->token_end - p->token_begin >= MIXED_FROM) {
    multiply_mixed(p, scratch);
    return;
  }
  ternary_product part = *p;
  for (; part.token_begin < p->token_end; part.token_begin = part.token_end) {
    part.token_end = least(part.token_begin + LOOKUP_TOKENS, p->token_end);
    multiply_by_lookup(&part, scratch);
  }
}
