// Products of many tokens with words: of a word's ten columns six by look-up and four by dot product. vpermw and
// vpdpbusd are on different pipes, so that both at once do more than the int8 units alone: 64 rows of a word take four
// tokens 16 look-ups of three columns and 16 dot products of four.
#ifndef BITNET_TERNARY_MIXED_H
#define BITNET_TERNARY_MIXED_H

#include "ternary_lookup.h"
#include "ternary_product.h"

enum {
  MIXED_TOKENS = 4,           // of a tile: 24 registers of sums
  MIXED_AT_ONCE = 128,        // tokens, and
  MIXED_BLOCKS = 20,          // blocks of 64 rows, whose sums and words stay in the second cache
  MIXED_LOOKUPS = 2,          // indices of a word that are looked up
  EXPANDED_BYTES = 128 + 256, // of a word of 64 rows: pairs of indices, then codes
  MIXED_TABLES_BYTES = PANEL_WORDS * MIXED_LOOKUPS * MIXED_TOKENS * TABLE_BYTES,
  MIXED_SUMS = MIXED_TOKENS * BITNET_ROW_BLOCK
};

// Where things are in scratch memory.
typedef struct {
  uint8_t *words;  // [block][word][EXPANDED_BYTES]
  uint8_t *tables; // of a panel and a tile: [word][lookup][token]
  int32_t *quads;  // activations of the dot products: [word][token]
  int32_t *dotted; // sums of those, by token
  int32_t *sums;   // [tile][block][token][64 rows]
} mixed_scratch;

INLINE int64_t mixed_scratch_bytes(void) {
  return MIXED_BLOCKS * PANEL_WORDS * EXPANDED_BYTES + MIXED_TABLES_BYTES +
         round_up(PANEL_WORDS * MIXED_TOKENS * 4, 64) + MIXED_AT_ONCE * 4 +
         MIXED_AT_ONCE * MIXED_BLOCKS * BITNET_ROW_BLOCK * 4;
}

INLINE mixed_scratch mixed_scratch_at(char *p) {
  mixed_scratch s = {.words = (uint8_t *)p};
  s.tables = (uint8_t *)(p += MIXED_BLOCKS * PANEL_WORDS * EXPANDED_BYTES);
  s.quads = (int32_t *)(void *)(p += MIXED_TABLES_BYTES);
  s.dotted = (int32_t *)(void *)(p += round_up(PANEL_WORDS * MIXED_TOKENS * 4, 64));
  s.sums = (int32_t *)(void *)(p += MIXED_AT_ONCE * 4);
  return s;
}

// Words [word, word + words) of 64 rows: the first index of each row in a low byte and the second in the high one,
// since vpermw minds but five bits and a load from one byte further finds the second there; the other four codes in a
// dword.
static __attribute__((noinline)) void expand_words(block_words w, int64_t word, int64_t words, uint8_t *to) {
  static const uint8_t pair[64] __attribute__((aligned(64))) = {0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 2, 0, 2, 1, 2, 2};
  const __m512i three = _mm512_set1_epi16(27), two = _mm512_set1_epi16(9), codes = _mm512_load_si512(pair);
  const uint8_t *from = w.first + word * w.stride;
  for (int64_t i = 0; i < words; i++, from += w.stride, to += EXPANDED_BYTES) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      prefetch_stream(from + 64 * half);
      __m512i v = _mm512_load_si512(from + 64 * half), first = _mm512_mulhi_epu16(v, three);
      v = _mm512_mullo_epi16(v, three);
      __m512i second = _mm512_mulhi_epu16(v, three);
      v = _mm512_mullo_epi16(v, three);
      _mm512_store_si512(to + 64 * half, _mm512_or_si512(first, _mm512_slli_epi16(second, 8)));
      __m512i a = _mm512_permutexvar_epi16(_mm512_mulhi_epu16(v, two), codes);
      __m512i b = _mm512_permutexvar_epi16(_mm512_mulhi_epu16(_mm512_mullo_epi16(v, two), two), codes);
      _mm512_store_si512(to + 128 * (half + 1), _mm512_unpacklo_epi16(a, b));
      _mm512_store_si512(to + 128 * (half + 1) + 64, _mm512_unpackhi_epi16(a, b));
    }
  }
}

// The tables and quads of a panel's words from `word` on, for tokens [t, t + tokens) of a tile and zeros for the
// others; and what their sums of 16 bits start from.
static __attribute__((noinline)) void prepare_tile(const bitnet_codes *q, int64_t t, int64_t tokens, int64_t word,
                                                   int64_t words, const mixed_scratch *s, int16_t *start) {
  static const int8_t none[WORD_COLUMNS] = {0};
  int64_t stride = bitnet_codes_stride(q->columns);
  for (int64_t i = 0; i < MIXED_TOKENS; i++) {
    const int8_t *codes = q->codes + (t + i) * stride;
    uint8_t *to = s->tables + i * TABLE_BYTES;
    __m512i all = _mm512_setzero_si512();
    for (int64_t n = 0; n < words; n++, to += MIXED_LOOKUPS * MIXED_TOKENS * TABLE_BYTES) {
      typedef int32_t quad __attribute__((aligned(1), may_alias));
      int8_t last[WORD_COLUMNS];
      const int8_t *a = i < tokens ? word_activations(codes, stride, word + n, last) : none;
      __m512i first = table_of(a), second = table_of(a + 3);
      _mm512_store_si512(to, first);
      _mm512_store_si512(to + MIXED_TOKENS * TABLE_BYTES, second);
      all = _mm512_add_epi16(all, _mm512_add_epi16(first, second));
      s->quads[n * MIXED_TOKENS + i] = *(const quad *)(const void *)(a + 6);
    }
    int16_t lanes[32] __attribute__((aligned(64)));
    _mm512_store_si512(lanes, all);
    start[i] = (int16_t)-lanes[13]; // of three ones
  }
}

// Adds a panel's part to sums[token][row] of 64 rows, or with `first` begins them.
static __attribute__((noinline)) void mixed_tile(const uint8_t *x, int64_t words, const uint8_t *tables,
                                                 const int32_t *quads, const int16_t *start, int first, int32_t *sums) {
  __m512i looked[MIXED_TOKENS][2], dotted[MIXED_TOKENS][4];
#pragma GCC unroll 4
  for (int t = 0; t < MIXED_TOKENS; t++) {
    looked[t][0] = looked[t][1] = _mm512_set1_epi16(start[t]);
#pragma GCC unroll 4
    for (int g = 0; g < 4; g++) {
      dotted[t][g] = first ? _mm512_setzero_si512() : _mm512_load_si512(sums + t * BITNET_ROW_BLOCK + 16 * g);
    }
  }
  for (; words > 0;
       words--, x += EXPANDED_BYTES, tables += MIXED_LOOKUPS * MIXED_TOKENS * TABLE_BYTES, quads += MIXED_TOKENS) {
#pragma GCC unroll 2
    for (int j = 0; j < MIXED_LOOKUPS; j++) {
      __m512i index0 = _mm512_loadu_si512(x + j), index1 = _mm512_loadu_si512(x + 64 + j);
      __m512i codes0 = _mm512_load_si512(x + 128 * (j + 1)), codes1 = _mm512_load_si512(x + 128 * (j + 1) + 64);
#pragma GCC unroll 4
      for (int t = 0; t < MIXED_TOKENS; t++) {
        __m512i table = _mm512_load_si512(tables + (j * MIXED_TOKENS + t) * TABLE_BYTES);
        __m512i quad = _mm512_set1_epi32(quads[t]);
        looked[t][0] = _mm512_add_epi16(looked[t][0], _mm512_permutexvar_epi16(index0, table));
        dotted[t][2 * j] = _mm512_dpbusd_epi32(dotted[t][2 * j], codes0, quad);
        looked[t][1] = _mm512_add_epi16(looked[t][1], _mm512_permutexvar_epi16(index1, table));
        dotted[t][2 * j + 1] = _mm512_dpbusd_epi32(dotted[t][2 * j + 1], codes1, quad);
        // In this order: 24 sums leave eight registers, and compilers that load ahead spill.
        __asm__ volatile(""
                         : "+v"(looked[t][0]), "+v"(looked[t][1]), "+v"(dotted[t][2 * j]), "+v"(dotted[t][2 * j + 1]));
      }
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < MIXED_TOKENS; t++) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      __m512i sign = _mm512_srai_epi16(looked[t][half], 15);
      int32_t *to = sums + t * BITNET_ROW_BLOCK + 32 * half;
      _mm512_store_si512(to, _mm512_add_epi32(dotted[t][2 * half], _mm512_unpacklo_epi16(looked[t][half], sign)));
      _mm512_store_si512(to + 16,
                         _mm512_add_epi32(dotted[t][2 * half + 1], _mm512_unpackhi_epi16(looked[t][half], sign)));
    }
  }
}

// Sums of tokens [t, t + tokens) and of the blocks of 64 rows [block, block + blocks).
static void mix(const ternary_product *p, int64_t t, int64_t tokens, int64_t block, int64_t blocks,
                const mixed_scratch *s) {
  int64_t words = row_words(p->w->columns);
  for (int64_t word = 0; word < words; word += PANEL_WORDS) {
    int64_t n = least(PANEL_WORDS, words - word);
    for (int64_t b = 0; b < blocks; b++) {
      expand_words(words_of_block(p->w, block + b), word, n, s->words + b * n * EXPANDED_BYTES);
    }
    int32_t *sums = s->sums;
    for (int64_t i = 0; i < tokens; i += MIXED_TOKENS) {
      int16_t start[MIXED_TOKENS];
      prepare_tile(p->q, t + i, tokens - i, word, n, s, start);
      for (int64_t b = 0; b < blocks; b++, sums += MIXED_SUMS) {
        mixed_tile(s->words + b * n * EXPANDED_BYTES, n, s->tables, s->quads, start, word == 0, sums);
      }
    }
  }
}

// What the dot products' sums of a token have too much, since codes are 0, 1, 2 for -1, 0, 1.
static int32_t dotted_sum(const int8_t *codes, int64_t columns) {
  const __m128i ones = _mm_set1_epi8(1);
  __m128i quads = _mm_setzero_si128();
  int64_t k = 6;
  for (; k + 4 <= columns; k += WORD_COLUMNS) {
    quads = _mm_dpbusd_epi32(quads, ones, _mm_loadu_si32(codes + k));
  }
  int32_t sum = _mm_cvtsi128_si32(quads);
  for (; k < columns; k++) {
    sum += codes[k];
  }
  return sum;
}

static void multiply_mixed(const ternary_product *p, char *scratch) {
  mixed_scratch s = mixed_scratch_at(scratch);
  int64_t stride = bitnet_codes_stride(p->q->columns), end = round_up(p->row_end, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
  for (int64_t t = p->token_begin; t < p->token_end; t += MIXED_AT_ONCE) {
    int64_t tokens = least(MIXED_AT_ONCE, p->token_end - t);
    for (int64_t i = 0; i < tokens; i++) {
      s.dotted[i] = dotted_sum(p->q->codes + (t + i) * stride, stride);
    }
    for (int64_t block = p->row_begin / BITNET_ROW_BLOCK; block < end; block += MIXED_BLOCKS) {
      int64_t blocks = least(MIXED_BLOCKS, end - block);
      mix(p, t, tokens, block, blocks, &s);
      for (int64_t b = 0; b < blocks; b++) {
        int64_t r = (block + b) * BITNET_ROW_BLOCK;
        int same = one_scale(p->w->scales + r);
        for (int64_t i = 0; i < tokens; i++) {
          const int32_t *sums =
              s.sums + (i / MIXED_TOKENS * blocks + b) * MIXED_SUMS + i % MIXED_TOKENS * BITNET_ROW_BLOCK;
          store_sums(p, r, t + i, sums, s.dotted[i], same);
        }
      }
    }
  }
}

#endif
