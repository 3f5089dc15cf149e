// Products of matrices of words of ten weights, on AVX-512: few tokens by look-up in the words as they lie, more of
// them with words expanded for look-up and dot product at once.
#include "ternary_lookup.h"
#include "ternary_mixed.h"
#include "ternary_product.h"

enum { TILE_TOKENS = LOOKUP_TOKENS, LOOKUP_SUMS_BYTES = LOOKUP_TOKENS * SUPER_ROWS * 4 };

// Scratch is that of expanded words, or for look-up sums of a superblock, starting values, and tables.
INLINE int64_t scratch_bytes(int64_t columns, int64_t tokens) {
  int64_t lookup = LOOKUP_SUMS_BYTES + LOOKUP_TOKENS * table_bytes(columns), mixed = mixed_scratch_bytes();
  return lookup > mixed || tokens <= LOOKUP_TOKENS ? lookup : mixed;
}

// Enough to pay for expanding all rows.
INLINE int64_t least_tokens(void) {
  return MIXED_AT_ONCE;
}

// Making the tables is then a few hundredths of the product.
INLINE int64_t least_rows(int64_t tokens) {
  return tokens <= LOOKUP_TOKENS ? 2 * SUPER_ROWS : MIXED_BLOCKS * BITNET_ROW_BLOCK;
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
  for (int64_t first = p->row_begin, end; first < p->row_end; first = end) {
    end = least(p->row_end, first / SUPER_ROWS * SUPER_ROWS + SUPER_ROWS);
    int64_t blocks = round_up(end - first, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
    for (int64_t i = 0; i < LOOKUP_TOKENS * SUPER_ROWS; i += 16) {
      _mm512_store_si512(sums + i, _mm512_setzero_si512());
    }
    for (int64_t word = 0; word < words; word += PANEL_WORDS) {
      lookup_panel(p->w, first / BITNET_ROW_BLOCK, first / BITNET_ROW_BLOCK + blocks, word, tokens,
                   tables + word * WORD_LOOKUPS * TABLE_BYTES * tokens, starts + word / PANEL_WORDS * tokens,
                   sums + first % SUPER_ROWS);
    }
    for (int64_t r = first; r < end; r += BITNET_ROW_BLOCK) {
      int same = one_scale(p->w->scales + r);
      for (int64_t t = p->token_begin; t < p->token_end; t++) {
        store_sums(p, r, t, sums + (t - p->token_begin) * SUPER_ROWS + r % SUPER_ROWS, 0, same);
      }
    }
  }
}

static void multiply(const ternary_product *p, char *scratch) {
  if (p->token_end - p->token_begin <= LOOKUP_TOKENS) {
    multiply_by_lookup(p, scratch);
  } else {
    multiply_mixed(p, scratch);
  }
}
