// Packing and products.
#include "check.h"
#include "reference.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  int64_t rows, columns, tokens;
} shape;

static int64_t canonical_row(int64_t columns) {
  return (columns + 127) / 128 * 32;
}

static void set_code(uint8_t *row, int64_t column, int code) {
  uint8_t *b = row + column / 128 * 32 + column % 32;
  int shift = 6 - (int)(column % 128 / 32) * 2;
  *b = (uint8_t)((*b & ~(3 << shift)) | code << shift);
}

// What weights and activations are: random; the largest sums; or in row r the digits of r to base 3.
typedef enum { RANDOM, EXTREME, DIGITS } content;

static int weight(content what, int64_t row, int64_t column) {
  if (what == DIGITS) {
    for (; column > 0; column--) {
      row /= 3;
    }
    return (int)(row % 3) - 1;
  }
  return what == EXTREME && row % 3 == 0 ? 1 : what == EXTREME && row % 3 == 1 ? -1 : (int)(random_bits() % 3) - 1;
}

// One product over ranges of rows and tokens, added to or not, against the sums of a plain loop.
static void run(int32_t isa, shape s, content what, int32_t add) {
  int64_t stride = bitnet_codes_stride(s.columns), padded = (s.rows + 63) / 64 * 64, from = canonical_row(s.columns);
  int8_t *weights = guarded((size_t)(s.rows * s.columns), 0);
  uint8_t *canonical = guarded((size_t)(s.rows * from), 0x55);
  for (int64_t r = 0; r < s.rows; r++) {
    for (int64_t k = 0; k < s.columns; k++) {
      int w = weight(what, r, k);
      weights[r * s.columns + k] = (int8_t)w;
      set_code(canonical + r * from, k, w + 1);
    }
  }
  float *scales = guarded((size_t)padded * 4, 0);
  for (int64_t r = 0; r < s.rows; r++) {
    scales[r] = 0.01f * (float)(1 + r / 37 % 3);
  }
  bitnet_ternary w = {s.rows, s.columns, scales, guarded((size_t)bitnet_ternary_bytes(isa, s.rows, s.columns), 0)};
  int64_t cut = s.rows / 3; // two tensors stacked
  bitnet_ternary_pack(isa, &w, 0, cut, canonical);
  bitnet_ternary_pack(isa, &w, cut, s.rows - cut, canonical + cut * from);

  bitnet_codes q = {s.columns, guarded((size_t)(s.tokens * stride), 0), guarded((size_t)s.tokens * 4, 0),
                    guarded((size_t)s.tokens * 4, 0)};
  for (int64_t t = 0; t < s.tokens; t++) {
    q.scales[t] = 3.7f + (float)t;
    q.sums[t] = 0;
    for (int64_t k = 0; k < s.columns; k++) {
      int code = what == EXTREME ? (t % 2 ? 127 : -128) : (int)(random_bits() % 256) - 128;
      q.codes[t * stride + k] = (int8_t)code;
      q.sums[t] += code;
    }
  }
  int64_t y_stride = s.rows + 5;
  float *y = guarded((size_t)(s.tokens * y_stride) * 4, 0), *expected = guarded((size_t)(s.tokens * y_stride) * 4, 0);
  for (int64_t i = 0; i < s.tokens * y_stride; i++) {
    y[i] = expected[i] = random_float();
  }
  for (int64_t t = 0; t < s.tokens; t++) {
    for (int64_t r = 0; r < s.rows; r++) {
      int32_t sum = 0;
      for (int64_t k = 0; k < s.columns; k++) {
        sum += weights[r * s.columns + k] * q.codes[t * stride + k];
      }
      float v = (float)sum * (scales[r] / q.scales[t]), *e = expected + t * y_stride + r;
      *e = add ? *e + v : v;
    }
  }
  void *scratch = guarded((size_t)bitnet_ternary_scratch_bytes(isa, s.columns, s.tokens), 0xEE);
  int64_t row_cut = s.rows / 128 * 64, token_cut = s.tokens / 3;
  for (int half = 0; half < 4; half++) {
    int64_t r0 = half & 1 ? row_cut : 0, r1 = half & 1 ? s.rows : row_cut;
    int64_t t0 = half & 2 ? token_cut : 0, t1 = half & 2 ? s.tokens : token_cut;
    bitnet_ternary_matmul(isa, &w, r0, r1, &q, t0, t1, y, y_stride, add, scratch);
  }
  expect_floats(y, expected, s.tokens * y_stride, "product");
  void *all[] = {weights, canonical, scales, w.packed, q.codes, q.scales, q.sums, y, expected, scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

void test_ternary(int32_t isa) {
  // The last ones by tables, where there are: one vector and more, tokens left over, more rows than at once; by rows
  // that are expanded; and by words, more blocks and more tokens than at once.
  static const shape shapes[] = {{1, 1, 1},       {3, 128, 2},     {64, 127, 3},    {65, 129, 4},    {63, 256, 5},
                                 {130, 300, 7},   {192, 640, 8},   {100, 384, 12},  {128, 130, 17},  {96, 512, 24},
                                 {64, 256, 25},   {200, 256, 61},  {128, 256, 97},  {2560, 2560, 1}, {640, 2560, 2},
                                 {384, 6912, 1},  {64, 6912, 26},  {128, 2560, 9},  {64, 131072, 1}, {1100, 640, 50},
                                 {1040, 512, 75}, {1030, 130, 36}, {7810, 256, 18}, {128, 640, 200}, {1300, 138, 130}};
  seed(2);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (content what = RANDOM; what <= EXTREME; what++) {
      for (int32_t add = 0; add < 2; add++) {
        shape s = shapes[i];
        testing("%s: ternary %lld x %lld, %lld tokens, content %d, add %d", bitnet_isa_name(isa), (long long)s.rows,
                (long long)s.columns, (long long)s.tokens, what, add);
        run(isa, s, what, add);
      }
    }
  }
  // Every word of ten weights.
  for (int64_t tokens = 3; tokens <= 24; tokens += 21) {
    testing("%s: every ten weights, %lld tokens", bitnet_isa_name(isa), (long long)tokens);
    run(isa, (shape){59049, 10, tokens}, DIGITS, 0);
  }
  expect(bitnet_ternary_tile_tokens(isa) >= 1, "tile tokens", bitnet_ternary_tile_tokens(isa));
  expect(bitnet_ternary_least_tokens(isa) >= bitnet_ternary_tile_tokens(isa), "least tokens", 0);
  for (int64_t tokens = 1; tokens < 100; tokens++) {
    expect(bitnet_ternary_least_rows(isa, tokens) >= BITNET_ROW_BLOCK, "least rows", tokens);
  }
}
