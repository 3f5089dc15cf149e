// Matrices with scales of groups: packing, products with wide codes, rows as floats.
#include "check.h"
#include "reference.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
  int64_t rows, columns, tokens;
  int32_t group;
} shape;

// What weights are: -1, 0, 1; with some of 2; without zeros; or in row r the digits of r to base 3. Without zeros
// activations are the largest ones, and have the signs of a row's weights or the reverse ones.
typedef enum { PLAIN, WITH_TWO, EXTREME, DIGITS } content;

static int weight(content what, int64_t row, int64_t column) {
  uint64_t random = random_bits();
  switch (what) {
  case PLAIN:
    return (int)(random % 3) - 1;
  case WITH_TWO:
    return row % 5 == 1 ? 2 : (int)(random % 4) - 1;
  case EXTREME:
    return random % 2 ? 1 : -1;
  default:
    for (; column > 0; column--) {
      row /= 3;
    }
    return (int)(row % 3) - 1;
  }
}

// Of either sign, some zero, some subnormal, some as large as there are.
static uint16_t scale(void) {
  uint64_t random = random_bits();
  uint16_t sign = random & 1 ? 0x8000 : 0;
  switch (random >> 1 & 15) {
  case 0:
    return sign;
  case 1:
    return sign | (uint16_t)(1 + (random >> 8) % 1023);
  case 2:
    return sign | 0x7bff;
  default:
    return sign | (uint16_t)(0x1c00 + (random >> 8) % 0x800);
  }
}

static int activation(content what, const int8_t *weights, int64_t token) {
  int most = BITNET_WIDE_MOST;
  if (what == PLAIN || token % 3 == 2) {
    return (int)(random_bits() % (uint64_t)(2 * most + 1)) - most;
  }
  return (*weights < 0) == (token % 3 == 0) ? most : -most;
}

static void run(int32_t isa, shape s, content what, int32_t add) {
  int64_t stride = bitnet_codes_stride(s.columns), row_bytes = (s.columns + 127) / 128 * 32;
  int64_t groups = (s.columns + s.group - 1) / s.group, y_stride = s.rows + 5;
  int8_t *weights = guarded((size_t)(s.rows * s.columns), 0);
  uint8_t *canonical = guarded((size_t)(s.rows * row_bytes), 0);
  uint16_t *scales = guarded((size_t)(s.rows * groups * 2), 0);
  for (int64_t r = 0; r < s.rows; r++) {
    for (int64_t k = 0; k < s.columns; k++) {
      int w = weight(what, r, k);
      weights[r * s.columns + k] = (int8_t)w;
      canonical[r * row_bytes + k / 128 * 32 + k % 32] |= (uint8_t)((w + 1) << (6 - k % 128 / 32 * 2));
    }
    for (int64_t g = 0; g < groups; g++) {
      scales[r * groups + g] = scale();
    }
  }
  bitnet_grouped w = {s.rows, s.columns, s.group, 1,
                      guarded((size_t)bitnet_grouped_bytes(isa, s.rows, s.columns, s.group), 0)};
  int64_t cut = s.rows / 3; // two tensors stacked
  int32_t first = bitnet_grouped_pack(isa, &w, 0, cut, canonical, scales);
  w.largest = bitnet_grouped_pack(isa, &w, cut, s.rows - cut, canonical + cut * row_bytes, scales + cut * groups);
  w.largest = first > w.largest ? first : w.largest;
  int32_t largest = 1;
  for (int64_t i = 0; i < s.rows * s.columns; i++) {
    largest = weights[i] == 2 ? 2 : largest;
  }
  expect(w.largest == largest, "largest weight", w.largest);

  bitnet_wide q = {s.columns, guarded((size_t)(s.tokens * stride) * 2, 0), guarded((size_t)s.tokens * 4, 0)};
  for (int64_t t = 0; t < s.tokens; t++) {
    q.steps[t] = 0.0137f / (1.0f + (float)t);
    for (int64_t k = 0; k < s.columns; k++) {
      q.codes[t * stride + k] = (int16_t)activation(what, weights + t % s.rows * s.columns + k, t);
    }
  }
  float *y = guarded((size_t)(s.tokens * y_stride) * 4, 0), *expected = guarded((size_t)(s.tokens * y_stride) * 4, 0);
  for (int64_t i = 0; i < s.tokens * y_stride; i++) {
    y[i] = expected[i] = random_float();
  }
  for (int64_t t = 0; t < s.tokens; t++) {
    for (int64_t r = 0; r < s.rows; r++) {
      float sum =
          reference_grouped(weights + r * s.columns, scales + r * groups, s.group, q.codes + t * stride, s.columns);
      float v = sum * q.steps[t], *e = expected + t * y_stride + r;
      *e = add ? *e + v : v;
    }
  }
  void *scratch = guarded((size_t)bitnet_grouped_scratch_bytes(isa, s.columns, s.tokens), 0xEE);
  int64_t row_cut = s.rows / 128 * 64, token_cut = s.tokens / 3;
  for (int part = 0; part < 4; part++) {
    int64_t r0 = part & 1 ? row_cut : 0, r1 = part & 1 ? s.rows : row_cut;
    int64_t t0 = part & 2 ? token_cut : 0, t1 = part & 2 ? s.tokens : token_cut;
    bitnet_grouped_matmul(isa, &w, r0, r1, &q, t0, t1, y, y_stride, add, scratch);
  }
  expect_floats(y, expected, s.tokens * y_stride, "product");

  enum { EMBEDDED = 3 };
  int32_t ids[EMBEDDED] = {0, (int32_t)(s.rows / 2), (int32_t)(s.rows - 1)};
  int64_t x_stride = s.columns + 1;
  float *x = guarded((size_t)(EMBEDDED * x_stride) * 4, 0), *row = guarded((size_t)s.columns * 4, 0);
  bitnet_grouped_embed(isa, &w, ids, 0, 1, x, x_stride);
  bitnet_grouped_embed(isa, &w, ids, 1, EMBEDDED, x, x_stride);
  for (int i = 0; i < EMBEDDED; i++) {
    for (int64_t k = 0; k < s.columns; k++) {
      row[k] = (float)weights[ids[i] * s.columns + k] * reference_f16(scales[ids[i] * groups + k / s.group]);
    }
    expect_floats(x + i * x_stride, row, s.columns, "embedding");
  }
  void *all[] = {weights, canonical, scales, w.packed, q.codes, q.steps, y, expected, scratch, x, row};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

void test_grouped(int32_t isa) {
  // Rows, columns and tokens left over, the last group short; of models; and for tables, more rows and tokens than at
  // once.
  static const shape shapes[] = {
      {1, 1, 1, 128},      {3, 128, 2, 64},      {64, 192, 3, 128},    {65, 129, 4, 64},     {63, 256, 5, 128},
      {130, 320, 7, 128},  {192, 1152, 8, 128},  {100, 1216, 13, 128}, {128, 130, 17, 128},  {96, 512, 24, 64},
      {64, 1216, 25, 64},  {200, 256, 61, 128},  {129, 2048, 70, 128}, {2560, 2560, 1, 128}, {640, 2560, 2, 64},
      {384, 6912, 1, 128}, {64, 12288, 26, 128}, {1100, 640, 50, 128}, {1040, 512, 75, 64},  {1030, 130, 36, 128},
      {4200, 256, 18, 64}, {2200, 1280, 5, 128}, {128, 640, 200, 128}, {1300, 138, 130, 128}};
  seed(12);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (content what = PLAIN; what <= EXTREME; what++) {
      int32_t add = (int32_t)(i + what) % 2;
      shape s = shapes[i];
      testing("%s: grouped %lld x %lld, groups of %d, %lld tokens, content %d, add %d", bitnet_isa_name(isa),
              (long long)s.rows, (long long)s.columns, s.group, (long long)s.tokens, what, add);
      run(isa, s, what, add);
    }
  }
  // Every word of ten weights.
  for (int64_t tokens = 1; tokens <= 24; tokens += 23) {
    testing("%s: every ten weights, %lld tokens", bitnet_isa_name(isa), (long long)tokens);
    run(isa, (shape){59049, 10, tokens, 128}, DIGITS, 0);
  }
  expect(bitnet_grouped_tile_tokens(isa) >= 1, "tile tokens", bitnet_grouped_tile_tokens(isa));
  expect(bitnet_grouped_least_tokens(isa) >= bitnet_grouped_tile_tokens(isa), "least tokens", 0);
  for (int64_t tokens = 1; tokens < 100; tokens++) {
    expect(bitnet_grouped_least_rows(isa, tokens) >= BITNET_ROW_BLOCK, "least rows", tokens);
  }
}
