// Products of matrices with scales of groups and wide codes.
#include "grouped_limbs.h"

#if defined(TERNARY_WORDS)
#include "grouped_lookup.h"
#elif !defined(__AVXVNNI__) && !defined(__AVX512VNNI__) && !defined(__ARM_FEATURE_DOTPROD)
#define GROUPED_TABLES // without an int8 dot product tables are faster for many tokens
#include "grouped_tables.h"
#endif

int64_t KERNEL(grouped_scratch_bytes)(int32_t isa, int64_t columns, int64_t tokens) {
  int64_t bytes = limb_scratch_bytes(columns, tokens);
#if defined(TERNARY_WORDS)
  int64_t lookup = lookup_scratch_bytes();
  return tokens < LOOKUP_FROM_TOKENS || bytes > lookup ? bytes : lookup;
#elif defined(GROUPED_TABLES)
  int64_t tables = grouped_table_scratch_bytes(columns);
  return tokens < GROUPED_TABLES_FROM_TOKENS || bytes > tables ? bytes : tables;
#else
  return bytes;
#endif
}

int64_t KERNEL(grouped_tile_tokens)(int32_t isa) {
#if defined(TERNARY_WORDS)
  return LOOKUP_TOKENS;
#elif defined(GROUPED_TABLES)
  return TABLE_TOKENS;
#else
  return LIMB_TOKENS;
#endif
}

// Two full tiles, so that splitting a tile's activations pays; with tables one, since it is large; where rows are
// expanded enough to pay for that.
int64_t KERNEL(grouped_least_tokens)(int32_t isa) {
#if defined(TERNARY_WORDS)
  return LOOKUP_AT_ONCE;
#elif defined(GROUPED_TABLES)
  return TABLE_TOKENS;
#else
  return 2 * LIMB_TOKENS;
#endif
}

// Splitting the activations is then a few hundredths of the product, and building tables less than a tenth.
int64_t KERNEL(grouped_least_rows)(int32_t isa, int64_t tokens) {
#if defined(TERNARY_WORDS)
  if (tokens >= LOOKUP_FROM_TOKENS) {
    return LOOKUP_BLOCKS * BITNET_ROW_BLOCK;
  }
#elif defined(GROUPED_TABLES)
  if (tokens >= GROUPED_TABLES_FROM_TOKENS) {
    return 20 * BITNET_ROW_BLOCK;
  }
#endif
  return 16 * BITNET_ROW_BLOCK;
}

static void multiply_grouped(const grouped_product *p, char *scratch) {
#if defined(TERNARY_WORDS)
  if (p->w->largest == 1 && p->token_end - p->token_begin >= LOOKUP_FROM_TOKENS) {
    multiply_lookup(p, scratch);
    return;
  }
#elif defined(GROUPED_TABLES)
  grouped_product rest = *p;
  while (rest.w->largest == 1 && rest.row_end - rest.row_begin >= GROUPED_TABLES_FROM_ROWS &&
         rest.token_end - rest.token_begin >= GROUPED_TABLES_FROM_TOKENS) {
    int64_t tokens = least(TABLE_TOKENS, rest.token_end - rest.token_begin);
    multiply_grouped_tables(p, rest.token_begin, tokens, scratch);
    rest.token_begin += tokens;
  }
  p = &rest;
#endif
  multiply_limbs(p, scratch);
}

void KERNEL(grouped_matmul)(int32_t isa, const bitnet_grouped *w, int64_t row_begin, int64_t row_end,
                            const bitnet_wide *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                            int32_t add, void *scratch) {
  if (row_begin < row_end && token_begin < token_end) {
    grouped_product p = {w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add};
    multiply_grouped(&p, scratch);
    finish_results();
  }
}
