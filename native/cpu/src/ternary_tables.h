// Products of many tokens by tables, a lane a token: four weights make one of 81 sums of four activations, a byte of
// the packed matrix says which, and adding that sum to those of 16 tokens does the work of 64 multiplications. A load
// brings it: two loads a cycle are faster than the four vector pipes of Zen 3, which multiply and add 48 to 64 weights
// a cycle.
//
// For each dword of a row, 16 columns, there are four tables, which stay in the first cache while all rows look up in
// them. Building them takes as long as 110 rows.
#ifndef BITNET_TERNARY_TABLES_H
#define BITNET_TERNARY_TABLES_H

#include "ternary_product.h"

// A tile of tokens is one or two vectors. Lane 2 i of a vector is its token i, lane 2 i + 1 its token 8 + i, so that
// the halves of dwords widen without shuffles.
enum { VECTOR_TOKENS = 16, TABLE_TOKENS = 2 * VECTOR_TOKENS };
typedef int16_t tokens16 __attribute__((vector_size(32), may_alias));
typedef int32_t tokens8 __attribute__((vector_size(32), may_alias));

enum {
  TABLES = 4,
  TABLE_SUMS = 81,
  TABLE_BYTES = TABLES * TABLE_SUMS * TABLE_TOKENS * 2,
  TABLE_ROWS = 3840, // whose sums of 16 bits stay in the second cache
  OFFSETS = TABLES * BITNET_ROW_BLOCK
};

// With fewer rows multiplying is faster, and with fewer tokens than a tile of multiplications says
// (TABLES_FROM_TOKENS); with fewer tokens than this one vector and multiplying the rest.
enum { TABLES_FROM_ROWS = 512, TWO_VECTORS_FROM = 25 };

// Where things are in scratch memory.
typedef struct {
  char *tables;      // [table][sum][tokens] of 16 bits
  uint16_t *offsets; // of two blocks of rows in turn, [row][table]
  int32_t *turned;   // sums of a block of rows, [token][64 rows]
  tokens16 *sums;    // [row][tokens]
  tokens8 *wide;     // the same with 32 bits
  int32_t *quads;    // activations, [4 columns][tokens]
} table_scratch;

INLINE table_scratch table_scratch_at(char *p) {
  table_scratch s = {.tables = p};
  s.offsets = (uint16_t *)(void *)(p += TABLE_BYTES);
  s.turned = (int32_t *)(void *)(p += 2 * OFFSETS * 2);
  s.sums = (tokens16 *)(void *)(p += TABLE_TOKENS * BITNET_ROW_BLOCK * 4);
  s.wide = (tokens8 *)(void *)(p += TABLE_TOKENS * TABLE_ROWS * 2);
  s.quads = (int32_t *)(void *)(p += TABLE_TOKENS * TABLE_ROWS * 4);
  return s;
}

INLINE int64_t table_scratch_bytes(int64_t columns) {
  return TABLE_BYTES + 2 * OFFSETS * 2 + TABLE_TOKENS * (BITNET_ROW_BLOCK * 4 + TABLE_ROWS * (2 + 4)) +
         TABLE_TOKENS * bitnet_codes_stride(columns);
}

// The tables of a dword: byte b has columns b, 32 + b, 64 + b, 96 + b after the first, whose activations are 8 quads
// apart.
INLINE void build_tables(int vectors, const int32_t *quads, char *tables) {
  for (int i = 0; i < TABLES * vectors; i++) {
    int byte = i / vectors, v = i % vectors;
    tokens16 a[4], *to = (tokens16 *)(void *)tables + byte * TABLE_SUMS * vectors + v;
    for (int quarter = 0; quarter < 4; quarter++) {
      const int32_t *from = quads + (8 * quarter * vectors + v) * VECTOR_TOKENS;
      tokens8 low = *(const tokens8 *)(const void *)from << (24 - 8 * byte) >> 24;
      tokens8 high = *(const tokens8 *)(const void *)(from + 8) << (24 - 8 * byte) >> 8;
      a[quarter] = (tokens16)((low & 0xffff) | (high & ~0xffff));
    }
    tokens16 one = -(a[0] + a[1] + a[2] + a[3]);
    for (int j = 0; j < 3; j++, one += a[0]) {
      tokens16 two = one;
      for (int k = 0; k < 3; k++, two += a[1]) {
        tokens16 three = two;
        for (int l = 0; l < 3; l++, three += a[2], to += 3 * vectors) {
          to[0] = three;
          to[vectors] = three + a[3];
          to[2 * vectors] = three + a[3] + a[3];
        }
      }
    }
  }
}

// Where in their tables the sums of 8 rows' dwords are.
INLINE void find_sums(int vectors, const uint8_t *w, uint16_t *offsets) {
  typedef uint8_t bytes __attribute__((vector_size(16), may_alias));
  typedef uint16_t words __attribute__((vector_size(32), may_alias));
  for (int i = 0; i < 8 * TABLES; i += 16) {
    bytes x = *(const bytes *)(const void *)(w + i);
    x -= x >> 2 & 0x33;                     // four bits: 4 a + b to 3 a + b
    x += (x >> 4 & 0x0f) - (x >> 1 & 0x78); // 16 a + b to 9 a + b
    *(words *)(void *)(offsets + i) = __builtin_convertvector(x, words) << (vectors == 2 ? 6 : 5);
  }
}

// Adds to the sums of 8 rows, or with `first` begins them.
INLINE void add_sums(int vectors, int first, const uint16_t *offsets, const char *tables, tokens16 *sums) {
  for (int r = 0; r < 8; r++, offsets += TABLES, sums += vectors) {
    typedef uint64_t aliasing __attribute__((may_alias));
    uint64_t four = *(const aliasing *)(const void *)offsets; // one load instead of four
    tokens16 s[2];
#pragma GCC unroll 4
    for (int i = 0; i < TABLES; i++, four >>= 16) {
      const tokens16 *from = (const tokens16 *)(const void *)(tables + i * TABLE_SUMS * vectors * 32 + (four & 0xffff));
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) {
        s[v] = i > 0 ? s[v] + from[v] : first ? from[v] : sums[v] + from[v];
      }
    }
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      sums[v] = s[v];
    }
  }
}

// Adds a block's sums, and between them, where vector pipes are idle, finds those of the block that is next: 6.7 cycles
// a row for 32 tokens instead of 7.3.
#define TABLES_OF(VECTORS)                                                                                             \
  static __attribute__((noinline)) void build_tables_##VECTORS(const int32_t *quads, char *tables) {                   \
    build_tables(VECTORS, quads, tables);                                                                              \
  }                                                                                                                    \
  static __attribute__((noinline)) void add_block_##VECTORS(int first, const uint16_t *offsets, const char *tables,    \
                                                            tokens16 *sums, const uint8_t *next,                       \
                                                            uint16_t *next_offsets) {                                  \
    for (int r = 0; r < BITNET_ROW_BLOCK; r += 8) {                                                                    \
      find_sums(VECTORS, next + 4 * r, next_offsets + TABLES * r);                                                     \
      if (first) {                                                                                                     \
        add_sums(VECTORS, 1, offsets + TABLES * r, tables, sums + VECTORS * r);                                        \
      } else {                                                                                                         \
        add_sums(VECTORS, 0, offsets + TABLES * r, tables, sums + VECTORS * r);                                        \
      }                                                                                                                \
    }                                                                                                                  \
  }
TABLES_OF(1)
TABLES_OF(2)
#undef TABLES_OF

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
static void widen_sums(int first, const tokens16 *sums, int64_t n, tokens8 *wide) {
  for (int64_t i = 0; i < n; i++) {
    tokens8 low = (tokens8)sums[i] << 16 >> 16, high = (tokens8)sums[i] >> 16;
    wide[2 * i] = first ? low : wide[2 * i] + low;
    wide[2 * i + 1] = first ? high : wide[2 * i + 1] + high;
  }
}

// Turns 8 rows of 8 tokens, `stride` apart, into 8 tokens of 8 rows, 64 apart.
INLINE void turn8(const int32_t *from, int64_t stride, int32_t *to) {
#if defined(__AVX2__)
  __m256 a[8], b[8];
  for (int i = 0; i < 8; i++) {
    a[i] = _mm256_load_ps((const float *)(const void *)(from + i * stride));
  }
  for (int i = 0; i < 8; i += 2) {
    b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
    b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    a[i] = _mm256_shuffle_ps(b[i], b[i + 2], 0x44);
    a[i + 1] = _mm256_shuffle_ps(b[i], b[i + 2], 0xee);
    a[i + 2] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0x44);
    a[i + 3] = _mm256_shuffle_ps(b[i + 1], b[i + 3], 0xee);
  }
  for (int i = 0; i < 4; i++) {
    _mm256_store_ps((float *)(void *)(to + i * BITNET_ROW_BLOCK), _mm256_permute2f128_ps(a[i], a[4 + i], 0x20));
    _mm256_store_ps((float *)(void *)(to + (4 + i) * BITNET_ROW_BLOCK), _mm256_permute2f128_ps(a[i], a[4 + i], 0x31));
  }
#else
  for (int t = 0; t < 8; t++) {
    for (int r = 0; r < 8; r++) {
      to[t * BITNET_ROW_BLOCK + r] = from[r * stride + t];
    }
  }
#endif
}

// The sums of rows [row, row + 64 * blocks) and of a tile of tokens from t on.
static void sum_by_tables(const ternary_product *p, int64_t row, int64_t blocks, int64_t t, int64_t tokens,
                          int64_t vectors, const table_scratch *s) {
  int64_t columns = column_blocks(p->w->columns), dwords = columns * COLUMN_DWORDS, at = 0;
  const uint8_t *w = (const uint8_t *)p->w->packed + row / BITNET_ROW_BLOCK * row_block_bytes(p->w->columns);
  for (int r = 0; r < BITNET_ROW_BLOCK; r += 8) {
    find_sums((int)vectors, w + 4 * r, s->offsets + TABLES * r);
  }
  for (int64_t begin = 0, end; begin < columns; begin = end) {
    end = span_end(p->q, t, tokens, begin);
    for (int64_t i = begin * COLUMN_DWORDS; i < end * COLUMN_DWORDS; i++) {
      int first = i == begin * COLUMN_DWORDS;
      const int32_t *quads = s->quads + (i / COLUMN_DWORDS * 32 + i % COLUMN_DWORDS) * vectors * VECTOR_TOKENS;
      if (vectors == 2) {
        build_tables_2(quads, s->tables);
      } else {
        build_tables_1(quads, s->tables);
      }
      for (int64_t b = 0; b < blocks; b++, at ^= OFFSETS) {
        const uint8_t *here = w + b * row_block_bytes(p->w->columns) + i * LINE_BYTES;
        const uint8_t *next = b + 1 < blocks   ? here + row_block_bytes(p->w->columns)
                              : i + 1 < dwords ? w + (i + 1) * LINE_BYTES
                                               : here;
        for (int64_t line = 0; line < LINE_BYTES; line += 64) {
          __builtin_prefetch(here + LINE_BYTES + line, 0, 2); // for the next tables
        }
        if (vectors == 2) {
          add_block_2(first, s->offsets + at, s->tables, s->sums + b * BITNET_ROW_BLOCK * 2, next,
                      s->offsets + (at ^ OFFSETS));
        } else {
          add_block_1(first, s->offsets + at, s->tables, s->sums + b * BITNET_ROW_BLOCK, next,
                      s->offsets + (at ^ OFFSETS));
        }
      }
    }
    widen_sums(begin == 0, s->sums, blocks * BITNET_ROW_BLOCK * vectors, s->wide);
  }
}

// The product of a tile of tokens from t on.
static void multiply_by_tables(const ternary_product *p, int64_t t, int64_t tokens, char *scratch) {
  table_scratch s = table_scratch_at(scratch);
  int64_t vectors = tokens > VECTOR_TOKENS ? 2 : 1, lanes = vectors * VECTOR_TOKENS;
  int64_t stride = bitnet_codes_stride(p->q->columns), rows = p->row_end - p->row_begin;
  int64_t parts = (rows + TABLE_ROWS - 1) / TABLE_ROWS, part = round_up((rows + parts - 1) / parts, BITNET_ROW_BLOCK);
  interleave(p->q->codes + t * stride, stride, tokens, lanes, s.quads);
  for (int64_t begin = p->row_begin; begin < p->row_end; begin += part) {
    int64_t end = least(begin + part, p->row_end);
    sum_by_tables(p, begin, round_up(end - begin, BITNET_ROW_BLOCK) / BITNET_ROW_BLOCK, t, tokens, vectors, &s);
    for (int64_t r = begin; r < end; r += BITNET_ROW_BLOCK) {
      const int32_t *from = (const int32_t *)(const void *)s.wide + (r - begin) * lanes;
      for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += 8) {
        for (int64_t j = 0; j < lanes; j += 8) {
          turn8(from + i * lanes + j, lanes, s.turned + j * BITNET_ROW_BLOCK + i);
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
