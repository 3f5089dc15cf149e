// Products of many tokens on AVX-512: a block of rows is expanded to a byte a code once and then used for all tokens.
#include "ternary_product.h"
#include "ternary_tile_avx512.h"

// Columns / 4 at a time: 64 rows of codes and 6 tokens of so many stay in the first cache.
enum { EXPANDED_QUADS = 128 };

// Scratch: a block's codes, the activations of all tiles, sums of all tokens.
INLINE int64_t expanded_scratch(int64_t columns, int64_t tokens) {
  int64_t tiles = round_up(tokens, EXPANDED_TOKENS);
  return expanded_bytes(columns) + tiles * (bitnet_codes_stride(columns) + BITNET_ROW_BLOCK * 4);
}

// Codes are 0, 1, 2 for -1, 0, 1, so every sum has that of the activations too much.
static void multiply_expanded(const ternary_product *p, char *scratch) {
  int64_t stride = bitnet_codes_stride(p->q->columns);
  uint8_t *codes = (uint8_t *)scratch;
  int32_t *packed = (int32_t *)(void *)(codes + expanded_bytes(p->q->columns));
  int32_t *sums = packed + round_up(p->token_end - p->token_begin, EXPANDED_TOKENS) * (stride / 4);
  for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += EXPANDED_TOKENS, at += EXPANDED_TOKENS * stride / 4) {
    int64_t tokens = least(EXPANDED_TOKENS, p->token_end - t);
    interleave(p->q->codes + t * stride, stride, tokens, expanded_lanes(tokens), packed + at);
  }
  int64_t quads = round_up(p->q->columns, 4) / 4;
  for (int64_t r = p->row_begin; r < p->row_end; r += BITNET_ROW_BLOCK) {
    int same = one_scale(p->w->scales + r);
    expand_rows(p->w, r / BITNET_ROW_BLOCK, codes);
    for (int64_t k = 0; k < quads; k += EXPANDED_QUADS) {
      int64_t n = least(EXPANDED_QUADS, quads - k);
      for (int64_t t = p->token_begin, at = 0; t < p->token_end; t += EXPANDED_TOKENS, at += EXPANDED_TOKENS) {
        int64_t tokens = least(EXPANDED_TOKENS, p->token_end - t), lanes = expanded_lanes(tokens);
        int32_t *to = sums + at * BITNET_ROW_BLOCK;
        expanded_sums(codes + k * LINE_BYTES, n, packed + at * (stride / 4) + k * lanes, lanes, k == 0, to);
        for (int64_t i = 0; k + n == quads && i < tokens; i++) {
          store_sums(p, r, t + i, to + i * BITNET_ROW_BLOCK, p->q->sums[t + i], same);
        }
      }
    }
  }
}
