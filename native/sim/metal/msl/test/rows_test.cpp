// Norm, quantisation, gate.
#include "kernels.h"

using namespace bitnet;

namespace {

constexpr uint32_t TOKENS = 3;

// Values of a kind: normal, all zero, tiny, huge, ties of rint, negative zeros.
void fill(Buffer<float> &x, uint32_t columns, int kind) {
  for (size_t i = 0; i < x.size(); i++) {
    x[i] = kind == 0    ? random_normal()
           : kind == 1  ? 0
           : kind == 2  ? random_float() * 1e-7f
           : kind == 3  ? random_float() * 1e17f
           : kind == 4  ? (i % columns == columns / 2 ? 127 : float(int(random_bits() % 253) - 126) + 0.5f)
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
  fill(x, columns, kind);
  fill(gain, columns, 0);
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
    }
    for (int32_t activation : {BITNET_SQUARED_RELU, BITNET_SILU}) {
      gate(columns, activation);
    }
  }
}
