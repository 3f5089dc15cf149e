// Products of many tokens by tables of the sums that four int8 activations can have (sum_tables.h).
#ifndef BITNET_TERNARY_TABLES_H
#define BITNET_TERNARY_TABLES_H

#include "sum_tables.h"
#include "ternary_product.h"

// With fewer rows multiplying is faster. Sums of 16 bits of TABLE_ROWS stay in the second cache.
enum { TABLES_FROM_ROWS = 512, TABLE_ROWS = 3840 };

// Where things are in scratch memory.
typedef struct {
  char *tables;      // [dword][byte][sum][tokens] of 16 bits
  uint16_t *offsets; // of two blocks of rows in turn, [dword][row][byte]
  int32_t *turned;   // sums of a block of rows, [token][64 rows]
  sums16 *sums;      // [row][tokens]
  sums32 *wide;      // the same with 32 bits
  int32_t *quads;    // activations, [4 columns][tokens]
} table_scratch;

INLINE table_scratch table_scratch_at(char *p) {
  table_scratch s = {.tables = p};
  s.offsets = (uint16_t *)(void *)(p += TABLES_BYTES);
  s.turned = (int32_t *)(void *)(p += 2 * OFFSETS * 2);
  s.sums = (sums16 *)(void *)(p += TABLE_TOKENS * BITNET_ROW_BLOCK * 4);
  s.wide = (sums32 *)(void *)(p += TABLE_TOKENS * TABLE_ROWS * 2);
  s.quads = (int32_t *)(void *)(p += TABLE_TOKENS * TABLE_ROWS * 4);
  return s;
}

INLINE int64_t table_scratch_bytes(int64_t columns) {
  return TABLES_BYTES + 2 * OFFSETS * 2 + TABLE_TOKENS * (BITNET_ROW_BLOCK * 4 + TABLE_ROWS * (2 + 4)) +
         TABLE_TOKENS * bitnet_codes_stride(columns);
}

// The tables of a dword: byte b has columns b, 32 + b, 64 + b, 96 + b after the first, whose activations are 8 quads
// apart.
static __attribute__((noinline)) void build_tables(const int32_t *quads, char *tables) {
  sums16 *to = (sums16 *)(void *)tables;
  for (int byte = 0; byte < 4; byte++) {
    sums16 a[4];
    for (int quarter = 0; quarter < 4; quarter++) {
      const sums32 *from = (const sums32 *)(const void *)(quads + 8 * quarter * TABLE_TOKENS);
      sums32 low = from[0] << (24 - 8 * byte) >> 24, high = from[1] << (24 - 8 * byte) >> 8;
      a[quarter] = (sums16)((low & 0xffff) | (high & ~0xffff));
    }
    to = build_table(a, to);
  }
}

// Adds a block's sums, or with `first` begins them, and between them, where vector pipes are idle, finds those of the
// block that is next.
INLINE void add_sums(int first, const uint16_t *offsets, const char *tables, sums16 *sums, const uint8_t *next,
                     uint16_t *next_offsets) {
  typedef uint64_t aliasing __attribute__((may_alias));
  for (int r = 0; r < BITNET_ROW_BLOCK; r += FIND_ROWS) {
#pragma GCC unroll 2
    for (int d = 0; d < TABLE_DWORDS; d++) {
      find_sums(next + d * LINE_BYTES + 4 * r, next_offsets + d * DWORD_OFFSETS + 4 * r);
    }
#pragma GCC unroll 16
    for (int i = r; i < r + FIND_ROWS; i++) {
      sums16 s[TABLE_DWORDS]; // two chains of adding
#pragma GCC unroll 2
      for (int d = 0; d < TABLE_DWORDS; d++) {
        // One load instead of four.
        uint64_t four = *(const aliasing *)(const void *)(offsets + d * DWORD_OFFSETS + 4 * i);
        const char *from = tables + d * DWORD_TABLES_BYTES;
        s[d] = found(from, 0, four);
        if (d == 0 && !first) {
          s[d] += sums[i];
        }
        s[d] += found(from, 1, four >> 16);
        s[d] += found(from, 2, four >> 32);
        s[d] += found(from, 3, four >> 48);
      }
      sums[i] = s[0] + s[1];
    }
  }
}

static __attribute__((noinline)) void add_block(int first, const uint16_t *offsets, const char *tables, sums16 *sums,
                                                const uint8_t *next, uint16_t *next_offsets) {
  if (first) {
    add_sums(1, offsets, tables, sums, next, next_offsets);
  } else {
    add_sums(0, offsets, tables, sums, next, next_offsets);
  }
}

// The end of the blocks of columns from `begin` on whose sums fit 16 bits, whatever the weights are.
static int64_t span_end(const bitnet_codes *q, int64_t token, int64_t tokens, int64_t begin) {
  int64_t stride = bitnet_codes_stride(q->columns), end = column_blocks(q->columns);
  for (int64_t t = token; t < token + tokens; t++) {
    int32_t most = 0;
    for (int64_t b = begin; b < end; b++) {
      const int8_t *codes = q->codes + t * stride + b * BITNET_COLUMN_BLOCK;
      for (int k = 0; k < BITNET_COLUMN_BLOCK; k++) {
        most += codes[k] < 0 ? -codes[k] : codes[k];
      }
      end = most > INT16_MAX ? b : end;
    }
  }
  return end;
}

// Adds the sums of 16 bits of vectors [0, n) to those of 32 bits, or with `first` begins these.
static void widen_sums(int first, const sums16 *sums, int64_t n, sums32 *wide) {
  for (int64_t i = 0; i < n; i++) {
    sums32 low = (sums32)sums[i] << 16 >> 16, high = (sums32)sums[i] >> 16;
    if (!first) {
      low += wide[2 * i];
      high += wide[2 * i + 1];
    }
    wide[2 * i] = low;
    wide[2 * i + 1] = high;
  }
}

// The sums of rows [row, row + 64 * blocks) and of a tile of tokens from t on.
static void sum_by_tables(const ternary_product *p, int64_t row, int64_t blocks, int64_t t, int64_t tokens,
                          const table_scratch *s) {
  int64_t columns = column_blocks(p->w->columns), dwords = columns * COLUMN_DWORDS, at = 0;
  const uint8_t *w = (const uint8_t *)p->w->packed + row / BITNET_ROW_BLOCK * row_block_bytes(p->w->columns);
  for (int d = 0; d < TABLE_DWORDS; d++) {
    for (int r = 0; r < BITNET_ROW_BLOCK; r += FIND_ROWS) {
      find_sums(w + d * LINE_BYTES + 4 * r, s->offsets + d * DWORD_OFFSETS + 4 * r);
    }
  }
  for (int64_t begin = 0, end; begin < columns; begin = end) {
    end = span_end(p->q, t, tokens, begin);
    for (int64_t i = begin * COLUMN_DWORDS; i < end * COLUMN_DWORDS; i += TABLE_DWORDS) {
      int first = i == begin * COLUMN_DWORDS;
      const int32_t *quads = s->quads + (i / COLUMN_DWORDS * 32 + i % COLUMN_DWORDS) * TABLE_TOKENS;
      for (int d = 0; d < TABLE_DWORDS; d++) {
        build_tables(quads + d * TABLE_TOKENS, s->tables + d * DWORD_TABLES_BYTES);
      }
      for (int64_t b = 0; b < blocks; b++, at ^= OFFSETS) {
        const uint8_t *here = w + b * row_block_bytes(p->w->columns) + i * LINE_BYTES;
        const uint8_t *next = b + 1 < blocks              ? here + row_block_bytes(p->w->columns)
                              : i + TABLE_DWORDS < dwords ? w + (i + TABLE_DWORDS) * LINE_BYTES
                                                          : here;
        for (int64_t line = 0; line < TABLE_DWORDS * LINE_BYTES; line += 64) {
          __builtin_prefetch(here + TABLE_DWORDS * LINE_BYTES + line, 0, 2); // for the next tables
        }
        add_block(first, s->offsets + at, s->tables, s->sums + b * BITNET_ROW_BLOCK, next, s->offsets + (at ^ OFFSETS));
      }
    }
    widen_sums(begin == 0, s->sums, blocks * BITNET_ROW_BLOCK, s->wide);
  }
}

// The product of a tile of tokens from t on.
static void multiply_by_tables(const ternary_product *p, int64_t t, int64_t tokens, char *scratch) {
  table_scratch s = table_scratch_at(scratch);
  int64_t stride = bitnet_codes_stride(p->q->columns), rows = p->row_end - p->row_begin;
  int64_t parts = (rows + TABLE_ROWS - 1) / TABLE_ROWS, part = round_up((rows + parts - 1) / parts, BITNET_ROW_BLOCK);
  interleave(p->q->codes + t * stride, stride, tokens, TABLE_TOKENS, s.quads);
  for (int64_t begin = p->row_begin; begin < p->row_end; begin += part) {
    int64_t end = least(begin + part, p->row_end);
    sum_by_tables(p, begin, round_up(end - begin, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK, t, tokens, &s);
    for (int64_t r = begin; r < end; r += BITNET_ROW_BLOCK) {
      const int32_t *from = (const int32_t *)(const void *)s.wide + (r - begin) * TABLE_TOKENS;
      for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += 8) {
        for (int64_t j = 0; j < TABLE_TOKENS; j += 8) {
          turn8(from + i * TABLE_TOKENS + j, TABLE_TOKENS, s.turned + j * BITNET_ROW_BLOCK + i, BITNET_ROW_BLOCK);
        }
      }
      int same = one_scale(p->w->scales + r);
      for (int64_t i = 0; i < tokens; i++) {
        store_sums(p, r, t + i, s.turned + i * BITNET_ROW_BLOCK, 0, same);
      }
    }
  }
}

#endif
