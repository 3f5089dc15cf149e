// Products of many tokens with wide codes by look-up, for weights of -1, 0 and 1 on CPUs that look up fast: vpermw
// finds the sums of three activations for 32 rows at once. Their sums of twelve columns fit 16 bits, 12 * 2047, and are
// widened then by dot products with ones. Chains are computed one after the other, so that of each row but one is
// alive, and the total of those before.
//
// Of the eight codes that a row has in 16 bits (two bytes of a dword, in columns a quarter of the group apart) the
// first three of each byte are one index and the fourth is left. Of what is left of three such words come two more
// indices. So indices come in pairs, two bytes of 16 bits, of which vpermw minds but five bits: loaded from one byte
// further on, it finds the second one.
#ifndef BITNET_GROUPED_LOOKUP_H
#define BITNET_GROUPED_LOOKUP_H

#include "grouped_product.h"
#include <immintrin.h>

enum {
  LOOKUP_FROM_TOKENS = 7, // fewer are faster by limbs
  LOOKUP_TOKENS = 4,      // of a tile: 16 registers of sums
  LOOKUP_AT_ONCE = 64,    // tokens, and
  LOOKUP_BLOCKS = 16,     // blocks of 64 rows, whose chains and totals stay in the second cache
  LOOKUP_GROUPS = 2,      // groups of a chain whose tables stay in the first cache
  MOST_PAIRS = 22,        // of a group of 128
  PAIR_BYTES = 2 * BITNET_ROW_BLOCK,
  INDEX_BYTES = MOST_PAIRS * PAIR_BYTES,
  TABLE_BYTES = 64,
  TABLES_BYTES = MOST_PAIRS * 2 * LOOKUP_TOKENS * TABLE_BYTES,
  TILE_FLOATS = LOOKUP_TOKENS * BITNET_ROW_BLOCK,
  CHAIN_BYTES = LOOKUP_AT_ONCE * LOOKUP_BLOCKS * BITNET_ROW_BLOCK * 4
};

// Words of eight codes of a group, and pairs of indices.
INLINE int64_t lookup_words(int32_t group) {
  return group_dwords(group) * 2;
}

INLINE int64_t lookup_pairs(int32_t group) {
  return lookup_words(group) + (lookup_words(group) + 2) / 3;
}

// Where things are in scratch memory.
typedef struct {
  uint8_t *indices; // [block][group][pair][halves of 32 rows][32 lanes][2]
  float *scales;    // [block][group][64 rows]
  uint8_t *tables;  // [group][pair][2][token]
  float *chains;    // [tile][block][token][64 rows]
  float *totals;
} lookup_scratch;

INLINE lookup_scratch lookup_scratch_at(char *p) {
  lookup_scratch s = {.indices = (uint8_t *)p};
  s.scales = (float *)(void *)(p += LOOKUP_BLOCKS * LOOKUP_GROUPS * INDEX_BYTES + 64);
  s.tables = (uint8_t *)(p += LOOKUP_BLOCKS * LOOKUP_GROUPS * BITNET_ROW_BLOCK * 4);
  s.chains = (float *)(void *)(p += LOOKUP_GROUPS * TABLES_BYTES);
  s.totals = (float *)(void *)(p += CHAIN_BYTES);
  return s;
}

INLINE int64_t lookup_scratch_bytes(void) {
  return LOOKUP_BLOCKS * LOOKUP_GROUPS * (INDEX_BYTES + BITNET_ROW_BLOCK * 4) + 64 + LOOKUP_GROUPS * TABLES_BYTES +
         2 * CHAIN_BYTES;
}

// 9 a + 3 b + c of each byte 16 a + 4 b + c.
INLINE __m512i index_of(__m512i x) {
  __m512i b = _mm512_and_si512(_mm512_srli_epi16(x, 2), _mm512_set1_epi8(15));
  __m512i a = _mm512_and_si512(_mm512_srli_epi16(x, 4), _mm512_set1_epi8(3));
  return _mm512_sub_epi8(_mm512_sub_epi8(x, b), _mm512_add_epi8(a, _mm512_add_epi8(a, a)));
}

// The indices of 64 rows of a group. Lane 2 i of a half is row i, lane 2 i + 1 row 16 + i.
static __attribute__((noinline)) void expand_group(const uint8_t *w, int32_t group, uint8_t *to, float *scales) {
  const __m512i low = _mm512_set1_epi32(0xffff), ones = _mm512_set1_epi8(1);
  int64_t words = lookup_words(group);
  for (int half = 0; half < 2; half++) {
    const uint8_t *from = w + 128 * half;
    uint8_t *pair = to + 64 * half, *rest = pair + words * PAIR_BYTES;
    __m512i left = ones; // a weight of zero
    for (int64_t i = 0; i < words; i++) {
      __m512i x = _mm512_load_si512(from + i / 2 * LINE_BYTES), y = _mm512_load_si512(from + i / 2 * LINE_BYTES + 64);
      __m512i codes = i % 2 == 0 ? _mm512_or_si512(_mm512_and_si512(x, low), _mm512_slli_epi32(y, 16))
                                 : _mm512_or_si512(_mm512_srli_epi32(x, 16), _mm512_andnot_si512(low, y));
      _mm512_store_si512(pair + i * PAIR_BYTES,
                         index_of(_mm512_and_si512(_mm512_srli_epi16(codes, 2), _mm512_set1_epi8(63))));
      __m512i fourth = _mm512_and_si512(codes, _mm512_set1_epi8(3));
      left = i % 3 == 0 ? fourth : _mm512_add_epi8(_mm512_add_epi8(left, left), _mm512_add_epi8(left, fourth));
      if (i % 3 == 2) {
        _mm512_store_si512(rest + i / 3 * PAIR_BYTES, left);
      }
    }
    for (int64_t i = words; i % 3 != 0; i++) {
      left = _mm512_add_epi8(_mm512_add_epi8(left, left), _mm512_add_epi8(left, ones));
      if (i % 3 == 2) {
        _mm512_store_si512(rest + i / 3 * PAIR_BYTES, left);
      }
    }
  }
  const uint16_t *halves = (const uint16_t *)(const void *)(w + group_dwords(group) * LINE_BYTES);
  for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += LANES) {
    vf_store(scales + i, vf_load_f16(halves + i));
  }
}

// The sums of three activations with all weights.
INLINE __m512i table_of_three(int16_t a, int16_t b, int16_t c) {
  static const int16_t weights[3][32] __attribute__((aligned(64))) = {
      {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1},
      {-1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1, -1, -1, -1, 0, 0, 0, 1, 1, 1},
      {-1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1, -1, 0, 1}};
  __m512i first = _mm512_mullo_epi16(_mm512_load_si512(weights[0]), _mm512_set1_epi16(a));
  __m512i second = _mm512_mullo_epi16(_mm512_load_si512(weights[1]), _mm512_set1_epi16(b));
  return _mm512_add_epi16(_mm512_add_epi16(first, second),
                          _mm512_mullo_epi16(_mm512_load_si512(weights[2]), _mm512_set1_epi16(c)));
}

// The tables of a group for a tile of tokens, zeros for those that are missing. Stores wait less for lines that are
// asked for.
static __attribute__((noinline)) void build_lookup_tables(const bitnet_wide *q, int64_t t, int64_t tokens,
                                                          int64_t column, int32_t group, uint8_t *to) {
  static const int16_t none[BITNET_COLUMN_BLOCK] = {0};
  int64_t words = lookup_words(group), quarter = group / 4;
  const int16_t *codes[LOOKUP_TOKENS];
  for (int64_t i = 0; i < LOOKUP_TOKENS; i++) {
    codes[i] = i < tokens ? q->codes + (t + i) * bitnet_codes_stride(q->columns) + column : none;
  }
  for (int64_t k = 0; k < 2 * words; k++) {
    for (int64_t i = 0; i < LOOKUP_TOKENS; i++, to += TABLE_BYTES) {
      const int16_t *a = codes[i] + k;
      __builtin_prefetch(to + 1024, 1, 3);
      _mm512_store_si512(to, table_of_three(a[0], a[quarter], a[2 * quarter]));
    }
  }
  for (int64_t word = 0; word < words; word += 3) {
    for (int64_t k = 2 * word; k < 2 * word + 2; k++) {
      for (int64_t i = 0; i < LOOKUP_TOKENS; i++, to += TABLE_BYTES) {
        const int16_t *a = codes[i] + 3 * quarter + k;
        _mm512_store_si512(
            to, table_of_three(a[0], word + 1 < words ? a[2] : (int16_t)0, word + 2 < words ? a[4] : (int16_t)0));
      }
    }
  }
}

// Adds the sums of `pairs` pairs, one or two, of 64 rows.
INLINE void look_up(const int pairs, const uint8_t *index, const uint8_t *tables, __m512i sums[LOOKUP_TOKENS][4]) {
  const __m512i even = _mm512_set1_epi32(1), odd = _mm512_set1_epi32(1 << 16);
  __m512i found[LOOKUP_TOKENS][2];
#pragma GCC unroll 4
  for (int i = 0; i < 2 * pairs; i++) {
    __m512i first = _mm512_loadu_si512(index + i / 2 * PAIR_BYTES + i % 2);
    __m512i second = _mm512_loadu_si512(index + i / 2 * PAIR_BYTES + 64 + i % 2);
#pragma GCC unroll 4
    for (int t = 0; t < LOOKUP_TOKENS; t++) {
      __m512i table = _mm512_load_si512(tables + (i * LOOKUP_TOKENS + t) * TABLE_BYTES);
      __m512i a = _mm512_permutexvar_epi16(first, table), b = _mm512_permutexvar_epi16(second, table);
      found[t][0] = i == 0 ? a : _mm512_add_epi16(found[t][0], a);
      found[t][1] = i == 0 ? b : _mm512_add_epi16(found[t][1], b);
      // In this order, or the registers do not suffice.
      __asm__ volatile("" : "+v"(found[t][0]), "+v"(found[t][1]));
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < LOOKUP_TOKENS; t++) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      sums[t][2 * half] = _mm512_dpwssd_epi32(sums[t][2 * half], found[t][half], even);
      sums[t][2 * half + 1] = _mm512_dpwssd_epi32(sums[t][2 * half + 1], found[t][half], odd);
      __asm__ volatile("" : "+v"(sums[t][2 * half]), "+v"(sums[t][2 * half + 1]));
    }
  }
}

// Adds a group to the chains of 64 rows and a tile of tokens, or with `first` begins them.
static __attribute__((noinline)) void look_up_group(const uint8_t *index, int64_t pairs, const uint8_t *tables,
                                                    const float *scales, int first, float *chains) {
  __m512i sums[LOOKUP_TOKENS][4];
#pragma GCC unroll 4
  for (int t = 0; t < LOOKUP_TOKENS; t++) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      sums[t][v] = _mm512_setzero_si512();
    }
  }
  for (; pairs >= 2; pairs -= 2, index += 2 * PAIR_BYTES, tables += 4 * LOOKUP_TOKENS * TABLE_BYTES) {
    look_up(2, index, tables, sums);
  }
  if (pairs > 0) {
    look_up(1, index, tables, sums);
  }
#pragma GCC unroll 4
  for (int t = 0; t < LOOKUP_TOKENS; t++) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; v++) {
      float *chain = chains + t * BITNET_ROW_BLOCK + 16 * v;
      vf sum = (vf)_mm512_cvtepi32_ps(sums[t][v]);
      vf_store(chain, vf_fma(sum, vf_load(scales + 16 * v), first ? vf_set(0.0f) : vf_load(chain)));
    }
  }
}

// One chain of the blocks of rows from `block` on and of tokens from t on.
static void look_up_chain(const grouped_product *p, int64_t block, int64_t blocks, int64_t t, int64_t tokens,
                          int64_t chain, float *to, const lookup_scratch *s) {
  int32_t group = p->w->group;
  int64_t groups = row_groups(p->w->columns, group), pairs = lookup_pairs(group);
  for (int64_t g = chain; g < groups; g += LOOKUP_GROUPS * CHAINS) {
    int64_t n = least(LOOKUP_GROUPS, (groups - g + CHAINS - 1) / CHAINS);
    for (int64_t i = 0; i < blocks * n; i++) {
      const uint8_t *w = grouped_block(p->w, block + i / n) + (g + i % n * CHAINS) * group_bytes(group);
      expand_group(w, group, s->indices + i * INDEX_BYTES, s->scales + i * BITNET_ROW_BLOCK);
    }
    float *chains = to;
    for (int64_t i = 0; i < tokens; i += LOOKUP_TOKENS) {
      for (int64_t k = 0; k < n; k++) {
        build_lookup_tables(p->q, t + i, tokens - i, (g + k * CHAINS) * group, group, s->tables + k * TABLES_BYTES);
      }
      for (int64_t b = 0; b < blocks; b++, chains += TILE_FLOATS) {
        for (int64_t k = 0; k < n; k++) {
          look_up_group(s->indices + (b * n + k) * INDEX_BYTES, pairs, s->tables + k * TABLES_BYTES,
                        s->scales + (b * n + k) * BITNET_ROW_BLOCK, g == chain && k == 0, chains);
        }
      }
    }
  }
}

static void multiply_lookup(const grouped_product *p, char *scratch) {
  lookup_scratch s = lookup_scratch_at(scratch);
  int64_t end = round_up(p->row_end, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
  int64_t chains = least(CHAINS, row_groups(p->w->columns, p->w->group));
  for (int64_t t = p->token_begin; t < p->token_end; t += LOOKUP_AT_ONCE) {
    int64_t tokens = least(LOOKUP_AT_ONCE, p->token_end - t);
    for (int64_t block = p->row_begin / BITNET_ROW_BLOCK; block < end; block += LOOKUP_BLOCKS) {
      int64_t blocks = least(LOOKUP_BLOCKS, end - block);
      int64_t floats = round_up(tokens, LOOKUP_TOKENS) * blocks * BITNET_ROW_BLOCK;
      look_up_chain(p, block, blocks, t, tokens, 0, s.totals, &s);
      for (int64_t chain = 1; chain < chains; chain++) {
        look_up_chain(p, block, blocks, t, tokens, chain, s.chains, &s);
        for (int64_t i = 0; i < floats; i += LANES) {
          vf_store(s.totals + i, vf_load(s.totals + i) + vf_load(s.chains + i));
        }
      }
      for (int64_t i = 0; i < tokens; i++) {
        for (int64_t b = 0; b < blocks; b++) {
          const float *sums = s.totals + (i / LOOKUP_TOKENS * blocks + b) * TILE_FLOATS;
          int64_t r = (block + b) * BITNET_ROW_BLOCK;
          store_steps(p, r, t + i, sums + i % LOOKUP_TOKENS * BITNET_ROW_BLOCK,
                      least(BITNET_ROW_BLOCK, p->row_end - r));
        }
      }
    }
  }
}

#endif
