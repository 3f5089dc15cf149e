// Norm, quantisation, gate.
#include "check.h"
#include "reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 3 };

// Values of a kind: normal, all zero, tiny, huge, ties of rint where codes go to `most`, negative zeros.
static void fill(float *x, int64_t n, int kind, int most) {
  for (int64_t i = 0; i < n; i++) {
    switch (kind) {
    case 0:
      x[i] = random_normal();
      break;
    case 1:
      x[i] = 0;
      break;
    case 2:
      x[i] = random_float() * 1e-7f;
      break;
    case 3:
      x[i] = random_float() * 1e17f;
      break;
    case 4:
      x[i] = i == n / 2 ? (float)most : (float)((int)(random_bits() % (uint64_t)(2 * most - 1)) - (most - 1)) + 0.5f;
      break;
    default:
      x[i] = i % 3 == 0 ? -0.0f : random_float() * 1e-20f;
    }
  }
}

static void quantization(int32_t isa, int64_t columns, int kind) {
  int64_t stride = bitnet_codes_stride(columns), x_stride = columns + 3;
  float *x = guarded((size_t)(TOKENS * x_stride) * 4, 0), *gain = guarded((size_t)columns * 4, 0);
  fill(x, TOKENS * x_stride, kind, 127);
  fill(gain, columns, 0, 0);
  bitnet_codes q = {columns, guarded((size_t)(TOKENS * stride), 0x77), guarded(TOKENS * 4, 0), guarded(TOKENS * 4, 0)};
  float *y = guarded((size_t)(TOKENS * columns) * 4, 0), *expected = guarded((size_t)columns * 4, 0);
  int8_t *codes = guarded((size_t)columns, 0);
  float epsilon = 1e-5f;
  for (int normed = 0; normed < 2; normed++) {
    if (normed) {
      bitnet_norm_quantize(isa, x, x_stride, gain, epsilon, 0, 1, &q);
      bitnet_norm_quantize(isa, x, x_stride, gain, epsilon, 1, TOKENS, &q);
    } else {
      bitnet_quantize(isa, x, x_stride, 0, 2, &q);
      bitnet_quantize(isa, x, x_stride, 2, TOKENS, &q);
    }
    for (int t = 0; t < TOKENS; t++) {
      float scale;
      int32_t sum;
      const float *row = x + t * x_stride;
      if (normed) {
        reference_norm(row, gain, epsilon, columns, expected);
        row = expected;
      }
      reference_quantize(row, columns, codes, &scale, &sum);
      expect_floats(q.scales + t, &scale, 1, "scale");
      expect(q.sums[t] == sum, "sum of codes", t);
      for (int64_t k = 0; k < stride; k++) {
        expect(q.codes[t * stride + k] == (k < columns ? codes[k] : 0), "code", k);
      }
    }
  }
  int32_t rows[] = {2, 0, 1};
  bitnet_output_norm(isa, x, x_stride, gain, epsilon, columns, rows, 0, TOKENS, y, columns);
  for (int t = 0; t < TOKENS; t++) {
    reference_norm(x + rows[t] * x_stride, gain, epsilon, columns, expected);
    expect_floats(y + t * columns, expected, columns, "output norm");
  }
  bitnet_norm(isa, x, x_stride, gain, epsilon, columns, 0, 1, y, columns);
  bitnet_norm(isa, x, x_stride, gain, epsilon, columns, 1, TOKENS, y, columns);
  for (int t = 0; t < TOKENS; t++) {
    reference_norm(x + t * x_stride, gain, epsilon, columns, expected);
    expect_floats(y + t * columns, expected, columns, "norm");
  }
  bitnet_norm_add(isa, x, x_stride, gain, epsilon, columns, 0, TOKENS, y, columns);
  for (int t = 0; t < TOKENS; t++) {
    reference_norm(x + t * x_stride, gain, epsilon, columns, expected);
    for (int64_t k = 0; k < columns; k++) {
      expected[k] = expected[k] + expected[k];
    }
    expect_floats(y + t * columns, expected, columns, "added norm");
  }
  void *all[] = {x, gain, q.codes, q.scales, q.sums, y, expected, codes};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

static void wide_quantization(int32_t isa, int64_t columns, int kind) {
  int64_t stride = bitnet_codes_stride(columns), x_stride = columns + 3;
  float *x = guarded((size_t)(TOKENS * x_stride) * 4, 0), *gain = guarded((size_t)columns * 4, 0);
  fill(x, TOKENS * x_stride, kind, BITNET_WIDE_MOST);
  fill(gain, columns, 0, 0);
  bitnet_wide q = {columns, guarded((size_t)(TOKENS * stride) * 2, 0x77), guarded(TOKENS * 4, 0)};
  float *expected = guarded((size_t)columns * 4, 0), epsilon = 1e-5f;
  int16_t *codes = guarded((size_t)columns * 2, 0);
  for (int normed = 0; normed < 2; normed++) {
    if (normed) {
      bitnet_wide_norm_quantize(isa, x, x_stride, gain, epsilon, 0, 1, &q);
      bitnet_wide_norm_quantize(isa, x, x_stride, gain, epsilon, 1, TOKENS, &q);
    } else {
      bitnet_wide_quantize(isa, x, x_stride, 0, 2, &q);
      bitnet_wide_quantize(isa, x, x_stride, 2, TOKENS, &q);
    }
    for (int t = 0; t < TOKENS; t++) {
      float step;
      const float *row = x + t * x_stride;
      if (normed) {
        reference_norm(row, gain, epsilon, columns, expected);
        row = expected;
      }
      reference_wide_quantize(row, columns, codes, &step);
      expect_floats(q.steps + t, &step, 1, "step");
      for (int64_t k = 0; k < stride; k++) {
        expect(q.codes[t * stride + k] == (k < columns ? codes[k] : 0), "wide code", k);
      }
    }
  }
  void *all[] = {x, gain, q.codes, q.steps, expected, codes};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

// Heads of `dim` floats, then something that stays as it is.
static void head_norms(int32_t isa, int64_t dim, int kind) {
  enum { HEADS = 3, REST = 5 };
  int64_t stride = HEADS * dim + REST;
  float *x = guarded((size_t)(TOKENS * stride) * 4, 0), *expected = guarded((size_t)(TOKENS * stride) * 4, 0);
  float *gain = guarded((size_t)dim * 4, 0), epsilon = 1e-6f;
  fill(x, TOKENS * stride, kind, 127);
  fill(gain, dim, 0, 0);
  memcpy(expected, x, (size_t)(TOKENS * stride) * 4);
  for (int t = 0; t < TOKENS; t++) {
    for (int h = 0; h < HEADS; h++) {
      reference_norm(x + t * stride + h * dim, gain, epsilon, dim, expected + t * stride + h * dim);
    }
  }
  bitnet_head_norm(isa, gain, epsilon, HEADS, dim, 0, 2, x, stride);
  bitnet_head_norm(isa, gain, epsilon, HEADS, dim, 2, TOKENS, x, stride);
  expect_floats(x, expected, TOKENS * stride, "head norm");
  release(x);
  release(expected);
  release(gain);
}

// A single element that is not finite, wherever it is, makes the row's scale NaN and leaves the other rows alone.
static void not_finite(int32_t isa, int64_t columns) {
  static const float values[] = {NAN, -NAN, INFINITY, -INFINITY};
  float *x = guarded((size_t)(TOKENS * columns) * 4, 0), *gain = guarded((size_t)columns * 4, 0);
  fill(x, TOKENS * columns, 0, 0);
  fill(gain, columns, 0, 0);
  int64_t codes = TOKENS * bitnet_codes_stride(columns), step = columns / 19 + 1;
  bitnet_codes q = {columns, guarded((size_t)codes, 0), guarded(TOKENS * 4, 0), guarded(TOKENS * 4, 0)};
  bitnet_wide wide = {columns, guarded((size_t)codes * 2, 0), guarded(TOKENS * 4, 0)};
  for (int64_t at = 0; at < columns; at += step) {
    float old = x[columns + at];
    x[columns + at] = values[at / step % 4];
    for (int normed = 0; normed < 2; normed++) {
      if (normed) {
        bitnet_norm_quantize(isa, x, columns, gain, 1e-5f, 0, TOKENS, &q);
        bitnet_wide_norm_quantize(isa, x, columns, gain, 1e-5f, 0, TOKENS, &wide);
      } else {
        bitnet_quantize(isa, x, columns, 0, TOKENS, &q);
        bitnet_wide_quantize(isa, x, columns, 0, TOKENS, &wide);
      }
      expect(isnan(q.scales[1]) && isnan(wide.steps[1]), "scale of a row that is not finite", at);
      expect(isfinite(q.scales[0]) && isfinite(q.scales[2]), "scales of the other rows", at);
      expect(isfinite(wide.steps[0]) && isfinite(wide.steps[2]), "steps of the other rows", at);
    }
    x[columns + at] = old;
  }
  for (int64_t i = 0; i < codes; i++) {
    expect(abs(wide.codes[i]) <= BITNET_WIDE_MOST, "wide code", i);
  }
  void *all[] = {x, gain, q.codes, q.scales, q.sums, wide.codes, wide.steps};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

static void gates(int32_t isa, int64_t width, int32_t activation) {
  float *x = guarded((size_t)(TOKENS * 2 * width) * 4, 0), *h = guarded((size_t)(TOKENS * width) * 4, 0);
  for (int64_t i = 0; i < TOKENS * 2 * width; i++) {
    x[i] = i % 7 == 0 ? -0.0f : random_normal() * (i % 5 == 0 ? 90 : 2);
  }
  int64_t cut = width / 2;
  bitnet_gate(isa, activation, x, 2 * width, width, 0, TOKENS, 0, cut, h, width);
  bitnet_gate(isa, activation, x, 2 * width, width, 0, TOKENS, cut, width, h, width);
  for (int t = 0; t < TOKENS; t++) {
    for (int64_t i = 0; i < width; i++) {
      float expected = reference_gate(activation, x[t * 2 * width + i], x[t * 2 * width + width + i]);
      expect_floats(h + t * width + i, &expected, 1, "gate");
    }
  }
  release(x);
  release(h);
}

void test_rows(int32_t isa) {
  static const int64_t widths[] = {1, 2, 7, 16, 31, 64, 130, 255, 256, 257, 300, 640, 2560, 6912};
  seed(3);
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    for (int kind = 0; kind < 6; kind++) {
      testing("%s: rows of %lld, kind %d", bitnet_isa_name(isa), (long long)widths[i], kind);
      quantization(isa, widths[i], kind);
      wide_quantization(isa, widths[i], kind);
      head_norms(isa, widths[i], kind);
    }
    testing("%s: rows of %lld, not finite", bitnet_isa_name(isa), (long long)widths[i]);
    not_finite(isa, widths[i]);
    for (int32_t activation = 0; activation < 3; activation++) {
      testing("%s: gate of %lld, activation %d", bitnet_isa_name(isa), (long long)widths[i], activation);
      gates(isa, widths[i], activation);
    }
  }
}
