// Norm, quantisation, gate.
#include "kernels.h"
#include <cmath>

using namespace bitnet;

namespace {

constexpr uint32_t TOKENS = 3;

// Values of a kind: normal, all zero, tiny, huge, ties of rint where codes go to `most`, negative zeros.
void fill(Buffer<float> &x, uint32_t columns, int kind, int most) {
  for (size_t i = 0; i < x.size(); i++) {
    x[i] = kind == 0   ? random_normal()
           : kind == 1 ? 0
           : kind == 2 ? random_float() * 1e-7f
           : kind == 3 ? random_float() * 1e17f
           : kind == 4
               ? (i % columns == columns / 2 ? float(most)
                                             : float(int(random_bits() % uint64_t(2 * most - 1)) - (most - 1)) + 0.5f)
           : i % 3 == 0 ? -0.0f
                        : random_float() * 1e-15f;
  }
}

void quantization(uint32_t columns, int kind) {
  testing("rows of %u, kind %d", columns, kind);
  uint32_t stride = ternary_columns(columns);
  Buffer<float> x(TOKENS * columns), gain(columns), y(TOKENS * columns), normed(columns), factors(TOKENS);
  Buffer<int8_t> codes(TOKENS * stride), expected(columns);
  Buffer<uint32_t> rows(TOKENS);
  fill(x, columns, kind, 127);
  fill(gain, columns, 0, 0);
  QuantizeArguments arguments = {columns, 1e-5f};
  for (bool norm : {false, true}) {
    if (norm) {
      launch("norm_quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, gain, codes, factors});
    } else {
      launch("quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, codes, factors});
    }
    for (uint32_t t = 0; t < TOKENS; t++) {
      float factor;
      int32_t sum;
      const float *row = &x[t * columns];
      if (norm) {
        reference_norm(row, gain.data(), arguments.epsilon, columns, normed.data());
        row = normed.data();
      }
      reference_quantize(row, columns, expected.data(), &factor, &sum);
      expect_floats(&factors[t], &factor, 1, "factor");
      for (uint32_t k = 0; k < stride; k++) {
        expect(codes[t * stride + k] == (k < columns ? expected[k] : 0), norm ? "normed code" : "code", k);
      }
    }
  }
  rows[0] = 2, rows[1] = 0, rows[2] = 1;
  launch("output_norm", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, gain, rows, y});
  for (uint32_t i = 0; i < TOKENS; i++) {
    reference_norm(&x[rows[i] * columns], gain.data(), arguments.epsilon, columns, normed.data());
    expect_floats(&y[i * columns], normed.data(), columns, "output norm");
  }
}

void wide_quantization(uint32_t columns, int kind) {
  testing("wide rows of %u, kind %d", columns, kind);
  uint32_t stride = wide_columns(columns);
  Buffer<float> x(TOKENS * columns), gain(columns), normed(columns), steps(TOKENS);
  Buffer<int16_t> codes(TOKENS * stride), expected(columns);
  fill(x, columns, kind, 2047);
  fill(gain, columns, 0, 0);
  QuantizeArguments arguments = {columns, 1e-5f};
  for (bool norm : {false, true}) {
    if (norm) {
      launch("wide_norm_quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, gain, codes, steps});
    } else {
      launch("wide_quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, codes, steps});
    }
    for (uint32_t t = 0; t < TOKENS; t++) {
      float step;
      const float *row = &x[t * columns];
      if (norm) {
        reference_norm(row, gain.data(), arguments.epsilon, columns, normed.data());
        row = normed.data();
      }
      reference_wide_quantize(row, columns, expected.data(), &step);
      expect_floats(&steps[t], &step, 1, "step");
      for (uint32_t k = 0; k < stride; k++) {
        expect(codes[t * stride + k] == (k < columns ? expected[k] : 0), norm ? "normed wide code" : "wide code", k);
      }
    }
  }
}

// Of a row with a single element that is not finite, wherever it is, factor and step are NaN, and those of others are
// not.
void not_finite(uint32_t columns) {
  testing("rows of %u, not finite", columns);
  static const float values[] = {NAN, -NAN, INFINITY, -INFINITY};
  Buffer<float> x(TOKENS * columns), factors(TOKENS), steps(TOKENS);
  Buffer<int8_t> codes(TOKENS * ternary_columns(columns));
  Buffer<int16_t> wide(TOKENS * wide_columns(columns));
  fill(x, columns, 0, 0);
  QuantizeArguments arguments = {columns, 1e-5f};
  uint32_t step = columns / 5 + 1;
  for (uint32_t at = 0; at < columns; at += step) {
    const float old = x[columns + at];
    x[columns + at] = values[at / step % 4];
    launch("quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, codes, factors});
    launch("wide_quantize", {TOKENS, 1, 1}, ROW_THREADS, {bind(arguments), x, wide, steps});
    expect(std::isnan(factors[1]) && std::isnan(steps[1]), "a row that is not finite", at);
    expect(std::isfinite(factors[0]) && std::isfinite(factors[2]) && std::isfinite(steps[0]) && std::isfinite(steps[2]),
           "the other rows", at);
    x[columns + at] = old;
  }
}

void head_norms(uint32_t dim, int kind) {
  constexpr uint32_t HEADS = 3, KV_HEADS = 1, ROW_HEADS = HEADS + 2 * KV_HEADS;
  testing("norms of heads of %u, kind %d", dim, kind);
  Buffer<float> query(dim), key(dim), qkv(TOKENS * ROW_HEADS * dim), expected(TOKENS * ROW_HEADS * dim);
  fill(query, dim, 0, 0);
  fill(key, dim, 0, 0);
  fill(qkv, dim, kind, 127);
  memcpy(expected.data(), qkv.data(), qkv.size() * sizeof(float));
  HeadNormArguments arguments = {HEADS, KV_HEADS, dim, 1e-6f};
  for (uint32_t i = 0; i < TOKENS * ROW_HEADS; i++) {
    uint32_t head = i % ROW_HEADS;
    if (head < HEADS + KV_HEADS) {
      reference_norm(&qkv[i * dim], (head < HEADS ? query : key).data(), arguments.epsilon, dim, &expected[i * dim]);
    }
  }
  launch("head_norm", {HEADS + KV_HEADS, TOKENS, 1}, ROW_THREADS, {bind(arguments), query, key, qkv});
  expect_floats(qkv.data(), expected.data(), int64_t(qkv.size()), "norm of a head");
}

void gate(uint32_t columns, int32_t activation) {
  testing("gate of %u, activation %d", columns, activation);
  Buffer<float> gate_up(TOKENS * 2 * columns), h(TOKENS * columns);
  for (size_t i = 0; i < gate_up.size(); i++) {
    gate_up[i] = i % 7 == 0 ? -0.0f : random_normal() * (i % 5 == 0 ? 90 : 2);
  }
  GateArguments arguments = {columns};
  launch(activation == BITNET_SQUARED_RELU ? "gate_squared_relu" : "gate_silu",
         {ceil_div(columns, ELEMENT_THREADS), TOKENS, 1}, ELEMENT_THREADS, {bind(arguments), gate_up, h});
  for (uint32_t i = 0; i < TOKENS * columns; i++) {
    const float *g = &gate_up[i / columns * 2 * columns + i % columns];
    float expected = reference_gate(activation, g[0], g[columns]);
    expect_floats(&h[i], &expected, 1, "gate");
  }
}

} // namespace

void test_rows() {
  static const uint32_t widths[] = {1, 2, 7, 31, 64, 130, 255, 256, 257, 640, 2560, 6912};
  seed(3);
  uint64_t order = 0;
  for (uint32_t columns : widths) {
    for (int kind = 0; kind < 6; kind++) {
      set_order(order++ % 4);
      quantization(columns, kind);
      wide_quantization(columns, kind);
      if (columns <= 640) {
        head_norms(columns, kind);
      }
    }
    not_finite(columns);
    for (int32_t activation : {BITNET_SQUARED_RELU, BITNET_SILU}) {
      gate(columns, activation);
    }
  }
}
