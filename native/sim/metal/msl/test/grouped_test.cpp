// Matrices with scales of groups: packing, products with wide codes, rows as floats.
#include "kernels.h"

using namespace bitnet;

namespace {

struct Shape {
  uint32_t rows, columns, tokens, group;
};

// What weights are: -1, 0, 1; with some of 2; or without zeros, where activations are the largest ones and have the
// signs of a row's weights.
enum Content { PLAIN, WITH_TWO, EXTREME };

struct Case {
  Shape shape;
  uint32_t groups;
  Buffer<int8_t> weights;
  Buffer<uint16_t> scales; // [rows][groups]
  Buffer<uint32_t> packed;
  Buffer<uint16_t> packed_scales;
  Buffer<int16_t> codes;
  Buffer<float> steps;

  explicit Case(const Shape &s)
      : shape(s), groups(ceil_div(s.columns, s.group)), weights(s.rows * s.columns), scales(s.rows * groups),
        packed(grouped_packed_bytes(s.rows, s.columns) / 4, 0),
        packed_scales(grouped_scale_bytes(s.rows, s.columns, s.group) / 2, 0),
        codes(s.tokens * wide_columns(s.columns), 0), steps(s.tokens) {}
};

int weight(Content what, uint32_t row) {
  switch (what) {
  case PLAIN:
    return int(random_bits() % 3) - 1;
  case WITH_TWO:
    return row % 5 == 1 ? 2 : int(random_bits() % 4) - 1;
  default:
    return random_bits() % 2 ? 1 : -1;
  }
}

// Of either sign, some zero, some subnormal, some as large as there are.
uint16_t scale() {
  const uint64_t random = random_bits();
  const uint16_t sign = random & 1 ? 0x8000 : 0;
  switch (random >> 1 & 15) {
  case 0:
    return sign;
  case 1:
    return uint16_t(sign | (1 + (random >> 8) % 1023));
  case 2:
    return sign | 0x7bff;
  default:
    return uint16_t(sign | (0x1c00 + (random >> 8) % 0x800));
  }
}

// Two tensors stacked. What pads a canonical row may be anything.
void pack(Case &c, Content what) {
  const Shape &s = c.shape;
  uint32_t row_bytes = ceil_div(s.columns, 128) * 32, cut = s.rows / 3;
  for (size_t i = 0; i < c.scales.size(); i++) {
    c.scales[i] = scale();
  }
  for (bool second : {false, true}) {
    uint32_t first = second ? cut : 0, count = second ? s.rows - cut : cut;
    if (count == 0) {
      continue;
    }
    Buffer<uint8_t> canonical(size_t(count) * row_bytes, 0xb1);
    Buffer<uint16_t> scales(count * c.groups);
    memcpy(scales.data(), &c.scales[first * c.groups], count * c.groups * 2);
    for (uint32_t r = 0; r < count; r++) {
      for (uint32_t k = 0; k < s.columns; k++) {
        int w = weight(what, first + r), shift = 6 - int(k % 128 / 32) * 2;
        uint8_t &byte = canonical[size_t(r) * row_bytes + k / 128 * 32 + k % 32];
        c.weights[(first + r) * s.columns + k] = int8_t(w);
        byte = uint8_t((byte & ~(3 << shift)) | (w + 1) << shift);
      }
    }
    GroupedPackArguments arguments = {s.columns, first, s.group};
    launch("grouped_pack", {ceil_div(wide_columns(s.columns) / 16, ELEMENT_THREADS), count, 1}, ELEMENT_THREADS,
           {bind(arguments), canonical, scales, c.packed, c.packed_scales});
  }
}

void quantize(Case &c, Content what) {
  const Shape &s = c.shape;
  for (uint32_t t = 0; t < s.tokens; t++) {
    c.steps[t] = 0.0137f / (1.0f + float(t));
    for (uint32_t k = 0; k < s.columns; k++) {
      int8_t w = c.weights[t % s.rows * s.columns + k];
      int q =
          what == EXTREME && t % 3 != 2 ? ((w < 0) == (t % 3 == 0) ? 2047 : -2047) : int(random_bits() % 4095) - 2047;
      c.codes[t * wide_columns(s.columns) + k] = int16_t(q);
    }
  }
}

void multiply(Case &c, const char *kernel, uint32_t rows, uint32_t tokens, bool add) {
  const Shape &s = c.shape;
  testing("%s, %u x %u in groups of %u, %u tokens, add %d", kernel, s.rows, s.columns, s.group, s.tokens, add);
  Buffer<float> y(s.tokens * s.rows), expected(s.tokens * s.rows);
  for (uint32_t i = 0; i < y.size(); i++) {
    uint32_t t = i / s.rows, r = i % s.rows;
    y[i] = random_float();
    float sum = reference_grouped(&c.weights[r * s.columns], &c.scales[r * c.groups], int32_t(s.group),
                                  &c.codes[t * wide_columns(s.columns)], s.columns);
    float product = sum * c.steps[t];
    expected[i] = add ? y[i] + product : product;
  }
  GroupedArguments arguments = {s.rows, s.columns, s.tokens, add, s.group};
  launch(kernel, {ceil_div(s.rows, rows), ceil_div(s.tokens, tokens), 1}, TERNARY_THREADS,
         {bind(arguments), c.packed, c.packed_scales, c.codes, c.steps, y});
  expect_floats(y.data(), expected.data(), int64_t(y.size()), "product");
}

void embed(Case &c) {
  const Shape &s = c.shape;
  const uint32_t tokens[] = {s.rows - 1, 0, s.rows / 2};
  Buffer<StepRow> rows(3);
  Buffer<float> x(3 * s.columns), expected(s.columns);
  for (uint32_t i = 0; i < 3; i++) {
    rows[i] = {0, tokens[i], 0};
  }
  GroupedArguments arguments = {s.rows, s.columns, 3, 0, s.group};
  launch("grouped_embed", {ceil_div(s.columns, ELEMENT_THREADS), 3, 1}, ELEMENT_THREADS,
         {bind(arguments), rows, c.packed, c.packed_scales, x});
  for (uint32_t i = 0; i < 3; i++) {
    for (uint32_t k = 0; k < s.columns; k++) {
      expected[k] =
          float(c.weights[tokens[i] * s.columns + k]) * reference_f16(c.scales[tokens[i] * c.groups + k / s.group]);
    }
    expect_floats(&x[i * s.columns], expected.data(), s.columns, "embedding");
  }
}

} // namespace

void test_grouped() {
  // Rows, columns and tokens left over, the last group short; more than eight groups, and than sixteen.
  static const Shape shapes[] = {{1, 1, 1, 128},     {3, 128, 2, 64},    {64, 192, 3, 128},  {65, 129, 4, 64},
                                 {63, 256, 5, 128},  {130, 320, 7, 64},  {40, 1152, 8, 128}, {70, 1216, 35, 128},
                                 {66, 512, 33, 64},  {64, 1216, 25, 64}, {33, 2048, 2, 128}, {17, 2560, 1, 64},
                                 {20, 6912, 1, 128}, {96, 130, 61, 128}};
  seed(8);
  uint64_t order = 0;
  for (const Shape &shape : shapes) {
    for (Content what : {PLAIN, WITH_TWO, EXTREME}) {
      set_order(order % 4);
      testing("packing %u x %u in groups of %u", shape.rows, shape.columns, shape.group);
      Case c(shape);
      pack(c, what);
      quantize(c, what);
      bool add = order++ % 2 == 0;
      multiply(c, "grouped_matmul_one", TERNARY_FEW_ROWS, 1, add);
      multiply(c, "grouped_matmul_few", TERNARY_FEW_ROWS, TERNARY_FEW_TOKENS, !add);
      // The double of simdgroup matrices is slow.
      if (shape.columns <= 1216 || what == EXTREME) {
        multiply(c, "grouped_matmul_tiles", TERNARY_TILE_ROWS, TERNARY_TILE_TOKENS, add);
      }
      embed(c);
    }
  }
}
