// Products of many tokens with wide codes by tables of the sums that four activations can have (sum_tables.h), for
// weights of -1, 0 and 1. The sums of a dword's 16 columns fit 16 bits, 16 * 2047, and are widened then. Chains are
// computed one after the other, so that of each row but one is alive, and the total of those before.
#ifndef BITNET_GROUPED_TABLES_H
#define BITNET_GROUPED_TABLES_H

#include "grouped_product.h"
#include "sum_tables.h"

// With fewer rows multiplying by limbs is faster. Sums, chains and totals of GROUPED_ROWS stay in the second cache.
enum {
  GROUPED_TABLES_FROM_ROWS = 512,
  GROUPED_TABLES_FROM_TOKENS = 7,
  GROUPED_ROWS = 2048,
  GROUPED_SUMS_BYTES = TABLE_TOKENS * GROUPED_ROWS * 4
};

// Where things are in scratch memory. Of a row's 16 tokens the first eight are one vector, the others the next.
typedef struct {
  char *tables;      // [dword][byte][sum][tokens] of 16 bits
  uint16_t *offsets; // of two blocks of rows in turn, [dword][row][byte]
  float *turned;     // totals of a block of rows, [token][64 rows]
  float *scales;     // of a block of rows
  sums32 *sums;      // [row][tokens], of a group
  sums32 *chains;    // the same as floats
  sums32 *totals;
  sums16 *columns; // activations, [column][tokens]
} grouped_table_scratch;

INLINE grouped_table_scratch grouped_table_scratch_at(char *p) {
  grouped_table_scratch s = {.tables = p};
  s.offsets = (uint16_t *)(void *)(p += TABLES_BYTES);
  s.turned = (float *)(void *)(p += 2 * OFFSETS * 2);
  s.scales = (float *)(void *)(p += TABLE_TOKENS * BITNET_ROW_BLOCK * 4);
  s.sums = (sums32 *)(void *)(p += BITNET_ROW_BLOCK * 4);
  s.chains = (sums32 *)(void *)(p += GROUPED_SUMS_BYTES);
  s.totals = (sums32 *)(void *)(p += GROUPED_SUMS_BYTES);
  s.columns = (sums16 *)(void *)(p += GROUPED_SUMS_BYTES);
  return s;
}

INLINE int64_t grouped_table_scratch_bytes(int64_t columns) {
  return TABLES_BYTES + 2 * OFFSETS * 2 + (TABLE_TOKENS + 1) * BITNET_ROW_BLOCK * 4 + 3 * GROUPED_SUMS_BYTES +
         TABLE_TOKENS * bitnet_codes_stride(columns) * 2;
}

// Activations of a tile to [column][tokens], zeros for tokens that are missing: lane 2 i is token i, 2 i + 1 token
// 8 + i.
static void turn_columns(const bitnet_wide *q, int64_t t, int64_t tokens, sums16 *columns) {
  int64_t stride = bitnet_codes_stride(q->columns);
  uint32_t *to = (uint32_t *)(void *)columns;
  for (int64_t i = 0; i < TABLE_TOKENS / 2; i++) {
    const int16_t *first = q->codes + (t + i) * stride, *second = first + TABLE_TOKENS / 2 * stride;
    for (int64_t k = 0; k < stride; k += 8) {
      for (int64_t j = k; j < k + 8; j++) {
        uint32_t low = i < tokens ? (uint16_t)first[j] : 0;
        uint32_t high = i + TABLE_TOKENS / 2 < tokens ? (uint16_t)second[j] : 0;
        to[j * (TABLE_TOKENS / 2) + i] = low | high << 16;
      }
    }
  }
}

// The tables of a dword of a group: byte b has columns b, and a quarter of the group, a half, three quarters further.
static __attribute__((noinline)) void build_grouped_tables(const sums16 *columns, int32_t group, char *tables) {
  sums16 *to = (sums16 *)(void *)tables;
  for (int byte = 0; byte < 4; byte++, columns++) {
    sums16 a[] = {columns[0], columns[group / 4], columns[group / 2], columns[group / 4 * 3]};
    to = build_table(a, to);
  }
}

// Adds sums of 16 bits to those of 32 bits.
INLINE void widen16(sums16 sums, sums32 *to) {
#if defined(__AVX2__)
  to[0] += (sums32)_mm256_madd_epi16((__m256i)sums, _mm256_set1_epi32(1));
  to[1] += (sums32)_mm256_madd_epi16((__m256i)sums, _mm256_set1_epi32(1 << 16));
#else
  to[0] += (sums32)sums << 16 >> 16;
  to[1] += (sums32)sums >> 16;
#endif
}

// chain = fma(sum, scale, chain), of half the tokens.
INLINE sums32 chained(sums32 sum, float scale, sums32 chain) {
#if defined(__AVX2__)
  return (sums32)_mm256_fmadd_ps(_mm256_cvtepi32_ps((__m256i)sum), _mm256_set1_ps(scale), (__m256)chain);
#else
  union {
    sums32 all;
    vi part[2];
    vf floats[2];
  } s = {.all = sum}, c = {.all = chain};
  for (int i = 0; i < 2; i++) {
    c.floats[i] = vf_fma(__builtin_convertvector(s.part[i], vf), vf_set(scale), c.floats[i]);
  }
  return c.all;
#endif
}

// Adds to a block's sums what two dwords give, and finds that of the block that is next. Sums begin with a group's
// first dwords and go to the chains with its last ones.
INLINE void add_grouped(const int begin, const int end, const grouped_table_scratch *s, int64_t block, int64_t at,
                        const uint8_t *next) {
  typedef uint64_t aliasing __attribute__((may_alias));
  sums32 *sums = s->sums + 2 * block * BITNET_ROW_BLOCK, *chains = s->chains + 2 * block * BITNET_ROW_BLOCK;
  const uint16_t *offsets = s->offsets + at;
  uint16_t *next_offsets = s->offsets + (at ^ OFFSETS);
  for (int r = 0; r < BITNET_ROW_BLOCK; r += FIND_ROWS) {
#pragma GCC unroll 2
    for (int d = 0; d < TABLE_DWORDS; d++) {
      find_sums(next + d * LINE_BYTES + 4 * r, next_offsets + d * DWORD_OFFSETS + 4 * r);
    }
#pragma GCC unroll 16
    for (int i = r; i < r + FIND_ROWS; i++) {
      sums32 all[2] = {{0}, {0}};
      if (!begin) {
        all[0] = sums[2 * i];
        all[1] = sums[2 * i + 1];
      }
#pragma GCC unroll 2
      for (int d = 0; d < TABLE_DWORDS; d++) {
        uint64_t four = *(const aliasing *)(const void *)(offsets + d * DWORD_OFFSETS + 4 * i);
        const char *from = s->tables + d * DWORD_TABLES_BYTES;
        widen16((found(from, 0, four) + found(from, 1, four >> 16)) +
                    (found(from, 2, four >> 32) + found(from, 3, four >> 48)),
                all);
      }
      if (end) {
        chains[2 * i] = chained(all[0], s->scales[i], chains[2 * i]);
        chains[2 * i + 1] = chained(all[1], s->scales[i], chains[2 * i + 1]);
      } else {
        sums[2 * i] = all[0];
        sums[2 * i + 1] = all[1];
      }
    }
  }
}

static __attribute__((noinline)) void add_grouped_block(int begin, int end, const grouped_table_scratch *s,
                                                        int64_t block, int64_t at, const uint8_t *next) {
  if (begin) {
    add_grouped(1, 0, s, block, at, next);
  } else if (end) {
    add_grouped(0, 1, s, block, at, next);
  } else {
    add_grouped(0, 0, s, block, at, next);
  }
}

// Adds a group of blocks of rows from w on, `stride` bytes apart, to their chains. `next_group` is the group that comes
// next. Returns where the next one's offsets are.
static int64_t add_group(const uint8_t *w, int64_t stride, int64_t blocks, int32_t group, const sums16 *columns,
                         const uint8_t *next_group, int64_t at, const grouped_table_scratch *s) {
  int64_t dwords = group_dwords(group);
  for (int64_t j = 0; j < dwords; j += TABLE_DWORDS) {
    for (int d = 0; d < TABLE_DWORDS; d++) {
      build_grouped_tables(columns + 4 * (j + d), group, s->tables + d * DWORD_TABLES_BYTES);
    }
    int end = j + TABLE_DWORDS == dwords;
    for (int64_t b = 0; b < blocks; b++, at ^= OFFSETS) {
      const uint8_t *here = w + b * stride + j * LINE_BYTES;
      const uint8_t *next = b + 1 < blocks ? here + stride : end ? next_group : w + (j + TABLE_DWORDS) * LINE_BYTES;
      for (int64_t line = 0; line < TABLE_DWORDS * LINE_BYTES + (end ? 0 : SCALES_BYTES); line += 64) {
        __builtin_prefetch(here + TABLE_DWORDS * LINE_BYTES + line, 0, 2); // for the next tables
      }
      for (int64_t i = 0; end && i < BITNET_ROW_BLOCK; i += LANES) {
        const uint16_t *scales = (const uint16_t *)(const void *)(here + TABLE_DWORDS * LINE_BYTES);
        vf_store(s->scales + i, vf_load_f16(scales + i));
      }
      add_grouped_block(j == 0, end, s, b, at, next);
    }
  }
  return at;
}

// The totals of blocks of rows from w on.
static void total_by_tables(const uint8_t *w, int64_t blocks, int64_t groups, int32_t group,
                            const grouped_table_scratch *s) {
  int64_t bytes = group_bytes(group), vectors = 2 * blocks * BITNET_ROW_BLOCK, at = 0;
  for (int d = 0; d < TABLE_DWORDS; d++) {
    for (int r = 0; r < BITNET_ROW_BLOCK; r += FIND_ROWS) {
      find_sums(w + d * LINE_BYTES + 4 * r, s->offsets + d * DWORD_OFFSETS + 4 * r);
    }
  }
  for (int64_t chain = 0; chain < least(CHAINS, groups); chain++) {
    sums32 *to = chain == 0 ? s->totals : s->chains;
    grouped_table_scratch here = *s;
    here.chains = to;
    for (int64_t i = 0; i < vectors; i++) {
      to[i] = (sums32){0};
    }
    for (int64_t g = chain; g < groups; g += CHAINS) {
      int64_t next = g + CHAINS < groups ? g + CHAINS : chain + 1 < least(CHAINS, groups) ? chain + 1 : g;
      at = add_group(w + g * bytes, groups * bytes, blocks, group, s->columns + g * group, w + next * bytes, at, &here);
    }
    float *totals = (float *)(void *)s->totals;
    for (int64_t i = 0; chain > 0 && i < vectors * 8; i += LANES) {
      vf_store(totals + i, vf_load(totals + i) + vf_load((const float *)(const void *)to + i));
    }
  }
}

// The product of a tile of tokens from t on.
static void multiply_grouped_tables(const grouped_product *p, int64_t t, int64_t tokens, char *scratch) {
  grouped_table_scratch s = grouped_table_scratch_at(scratch);
  int32_t group = p->w->group;
  int64_t groups = row_groups(p->w->columns, group), rows = p->row_end - p->row_begin;
  int64_t parts = (rows + GROUPED_ROWS - 1) / GROUPED_ROWS,
          part = round_up((rows + parts - 1) / parts, BITNET_ROW_BLOCK);
  turn_columns(p->q, t, tokens, s.columns);
  for (int64_t begin = p->row_begin; begin < p->row_end; begin += part) {
    int64_t end = least(begin + part, p->row_end), blocks = round_up(end - begin, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK;
    total_by_tables(grouped_block(p->w, begin / BITNET_ROW_BLOCK), blocks, groups, group, &s);
    for (int64_t r = begin; r < end; r += BITNET_ROW_BLOCK) {
      const int32_t *from = (const int32_t *)(const void *)s.totals + (r - begin) * TABLE_TOKENS;
      for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += 8) {
        for (int64_t j = 0; j < TABLE_TOKENS; j += 8) {
          turn8(from + i * TABLE_TOKENS + j, TABLE_TOKENS, (int32_t *)(void *)(s.turned + j * BITNET_ROW_BLOCK + i),
                BITNET_ROW_BLOCK);
        }
      }
      for (int64_t i = 0; i < tokens; i++) {
        store_steps(p, r, t + i, s.turned + i * BITNET_ROW_BLOCK, least(BITNET_ROW_BLOCK, end - r));
      }
    }
  }
}

#endif
