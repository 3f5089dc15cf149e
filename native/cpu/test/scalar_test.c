// The conversions and the fma that the kernels fall back on.
#include "../src/scalar.h"
#include "check.h"
#include "reference.h"
#include <math.h>

// Any finite float, small and subnormal ones as often as large ones.
static float any_float(void) {
  for (;;) {
    float f = f32_of((uint32_t)random_bits());
    if (isfinite(f)) {
      return f;
    }
  }
}

// The sum of c and a product whose result is a tie, or nearly.
static void expect_fma(float a, float b, float c) {
  float actual = fma32(a, b, c), expected = fmaf(a, b, c);
  if (isfinite(expected)) {
    expect_floats(&actual, &expected, 1, "fma32");
  }
}

void test_scalar(void) {
  testing("scalar");
  seed(1);
  for (int i = 0; i < 300000; i++) {
    expect_fma(any_float(), any_float(), any_float());
    float a = random_float(), b = random_float();
    expect_fma(a, b, -a * b);
    expect_fma(a, b, random_float() * 0x1p24f);
    expect_fma(a * 0x1p-70f, b * 0x1p-70f, random_float() * 0x1p-126f);
    expect_fma(1 + (float)(random_bits() & 7) * 0x1p-23f, 1 + (float)(random_bits() & 7) * 0x1p-23f,
               (float)(random_bits() & 0xff) * 0x1p-47f);
  }
  for (uint32_t h = 0; h < 0x10000; h++) {
    if ((h >> 10 & 31) != 31) {
      float actual = f16_to_f32((uint16_t)h), expected = reference_f16((uint16_t)h);
      expect_floats(&actual, &expected, 1, "f16_to_f32");
      expect(f32_to_f16(actual) == h, "f32_to_f16 of a half", h);
    }
  }
  for (int i = 0; i < 300000; i++) {
    float f = i % 2 ? any_float() : random_float() * 0x1p-13f;
    f = i % 3 ? f : reference_f16((uint16_t)(random_bits() % 0x7bff)) * (1 + 0x1p-11f); // ties
    expect(f32_to_f16(f) == reference_to_f16(f), "f32_to_f16", (int64_t)f32_bits(f));
  }
}
