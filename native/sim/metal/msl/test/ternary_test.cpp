// Packing and products.
#include "kernels.h"

using namespace bitnet;

namespace {

struct Shape {
  uint32_t rows, columns, tokens;
};

struct Case {
  Shape shape;
  Buffer<int8_t> weights;
  Buffer<uint32_t> packed;
  Buffer<float> scales;
  Buffer<int8_t> codes;
  Buffer<float> factors;

  explicit Case(const Shape &s)
      : shape(s), weights(s.rows * s.columns), packed(ternary_packed_bytes(s.rows, s.columns) / 4, 0), scales(s.rows),
        codes(s.tokens * ternary_columns(s.columns)), factors(s.tokens) {}
};

void set_code(uint8_t *row, uint32_t column, int code) {
  uint8_t *b = row + column / 128 * 32 + column % 32;
  int shift = 6 - int(column % 128 / 32) * 2;
  *b = uint8_t((*b & ~(3 << shift)) | code << shift);
}

// Random weights, all of a sign in some rows where `extreme`; two tensors stacked.
void pack(Case &c, bool extreme) {
  uint32_t columns = c.shape.columns, row_bytes = ceil_div(columns, 128) * 32, cut = c.shape.rows / 3;
  for (bool second : {false, true}) {
    uint32_t first = second ? cut : 0, count = second ? c.shape.rows - cut : cut;
    Buffer<uint8_t> canonical(size_t(count) * row_bytes, 0x55);
    for (uint32_t r = first; r < first + count; r++) {
      for (uint32_t k = 0; k < columns; k++) {
        int w = extreme && r % 3 == 0 ? 1 : extreme && r % 3 == 1 ? -1 : int(random_bits() % 3) - 1;
        c.weights[r * columns + k] = int8_t(w);
        set_code(&canonical[size_t(r - first) * row_bytes], k, w + 1);
      }
      c.scales[r] = 0.01f * float(1 + r / 37 % 3);
    }
    if (count > 0) {
      TernaryPackArguments arguments = {columns, first};
      launch("ternary_pack", {ceil_div(ternary_columns(columns) / 16, ELEMENT_THREADS), count, 1}, ELEMENT_THREADS,
             {bind(arguments), canonical, c.packed});
    }
  }
}

// Codes past the last column may be anything.
void quantize(Case &c, bool extreme) {
  for (uint32_t t = 0; t < c.shape.tokens; t++) {
    c.factors[t] = 3.7f + float(t);
  }
  for (size_t i = 0; i < c.codes.size(); i++) {
    c.codes[i] =
        int8_t(extreme ? (i / ternary_columns(c.shape.columns) % 2 ? 127 : -128) : int(random_bits() % 256) - 128);
  }
}

void multiply(Case &c, const char *kernel, uint32_t rows, uint32_t tokens, bool add) {
  Shape s = c.shape;
  testing("%s, %u x %u, %u tokens, add %d", kernel, s.rows, s.columns, s.tokens, add);
  Buffer<float> y(s.tokens * s.rows), expected(s.tokens * s.rows);
  for (size_t i = 0; i < y.size(); i++) {
    y[i] = expected[i] = random_float();
  }
  for (uint32_t t = 0; t < s.tokens; t++) {
    for (uint32_t r = 0; r < s.rows; r++) {
      int32_t sum = 0;
      for (uint32_t k = 0; k < s.columns; k++) {
        sum += c.weights[r * s.columns + k] * c.codes[t * ternary_columns(s.columns) + k];
      }
      float product = float(sum) * (c.scales[r] / c.factors[t]), &e = expected[t * s.rows + r];
      e = add ? e + product : product;
    }
  }
  TernaryArguments arguments = {s.rows, s.columns, s.tokens, add};
  launch(kernel, {ceil_div(s.rows, rows), ceil_div(s.tokens, tokens), 1}, TERNARY_THREADS,
         {bind(arguments), c.packed, c.codes, c.factors, c.scales, y});
  expect_floats(y.data(), expected.data(), int64_t(y.size()), "product");
}

} // namespace

void test_ternary() {
  static const Shape shapes[] = {{1, 1, 1},     {3, 128, 2},   {64, 127, 3},  {65, 129, 4},  {63, 256, 5},
                                 {130, 300, 7}, {192, 640, 8}, {70, 31, 31},  {96, 512, 1},  {100, 384, 33},
                                 {72, 200, 61}, {33, 6912, 2}, {64, 2560, 1}, {17, 1440, 9}, {5, 131072, 1}};
  seed(2);
  uint64_t order = 0;
  for (const Shape &shape : shapes) {
    set_order(order % 4);
    testing("packing %u x %u", shape.rows, shape.columns);
    Case c(shape);
    pack(c, order % 2 == 0);
    quantize(c, order % 2 == 0);
    for (bool add : {false, true}) {
      multiply(c, "ternary_matmul_one", TERNARY_FEW_ROWS, 1, add);
      multiply(c, "ternary_matmul_few", TERNARY_FEW_ROWS, TERNARY_FEW_TOKENS, add);
      // The double of simdgroup matrices is slow.
      if (shape.columns <= 2560 && add == (order % 2 == 0)) {
        multiply(c, "ternary_matmul_tiles", TERNARY_TILE_ROWS, TERNARY_TILE_TOKENS, add);
      }
    }
    order++;
  }
}
