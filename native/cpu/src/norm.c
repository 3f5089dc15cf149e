// RMSNorm and quantisation of rows of floats.
#include "sum256.h"

// 1 / sqrt(mean square + epsilon)
static float inverse_rms(const float *x, int64_t columns, float epsilon) {
  return 1.0f / sqrt32(sum256_f32(x, x, columns, 0) / (float)columns + epsilon);
}

INLINE vf normed(const float *x, const float *gain, float r, int64_t i) {
  return gain == 0 ? vf_load(x + i) : (vf_load(x + i) * r) * vf_load(gain + i);
}

INLINE float normed_one(const float *x, const float *gain, float r, int64_t i) {
  return gain == 0 ? x[i] : (x[i] * r) * gain[i];
}

// Quantises (x * r) * gain, or x where there is no gain. Two passes over x, which is in the first cache, are faster
// than one that keeps the normed row.
INLINE void quantize_row(const float *x, const float *gain, float r, const bitnet_codes *q, int64_t t) {
  int64_t columns = q->columns, stride = bitnet_codes_stride(columns), whole = columns / LANES * LANES;
  vi largest = (vi)vf_set(1e-5f);
  for (int64_t i = 0; i < whole; i += LANES) {
    largest = vi_max_magnitude(normed(x, gain, r, i), largest);
  }
  for (int64_t i = whole; i < columns; i++) {
    largest = vi_max_magnitude(vf_set(normed_one(x, gain, r, i)), largest);
  }
  float max = vi_reduce_max_magnitude(largest);
  // Of a row with an element that is not finite everything that follows is NaN, whatever its codes are.
  float s = max < __builtin_inff() ? 127.0f / max : __builtin_nanf("");
  int8_t *codes = q->codes + t * stride;
  vi sums = {0};
  for (int64_t i = 0; i < whole; i += LANES) {
    typedef int8_t bytes __attribute__((vector_size(LANES)));
    typedef int8_t unaligned __attribute__((vector_size(LANES), aligned(1), may_alias));
    vf scaled = -vf_max(-vf_max(normed(x, gain, r, i) * s, vf_set(-128.0f)), vf_set(-127.0f)); // NaN to -128
    vi code = __builtin_convertvector(vf_rint(scaled), vi);
    sums += code;
    bytes narrow = __builtin_convertvector(code, bytes);
    *(unaligned *)(codes + i) = narrow;
  }
  int32_t sum = 0;
  for (int i = 0; i < LANES; i++) {
    sum += sums[i];
  }
  for (int64_t i = whole; i < columns; i++) {
    float scaled = normed_one(x, gain, r, i) * s;
    scaled = scaled > -128.0f ? scaled : -128.0f;
    scaled = scaled < 127.0f ? scaled : 127.0f;
    codes[i] = (int8_t)((scaled + 12582912.0f) - 12582912.0f); // rint
    sum += codes[i];
  }
  for (int64_t i = columns; i < stride; i++) {
    codes[i] = 0;
  }
  q->scales[t] = s;
  q->sums[t] = sum;
}

void KERNEL(quantize)(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                      const bitnet_codes *q) {
  for (int64_t t = begin; t < end; t++) {
    quantize_row(x + t * x_stride, 0, 1.0f, q, t);
  }
}

void KERNEL(norm_quantize)(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                           int64_t begin, int64_t end, const bitnet_codes *q) {
  for (int64_t t = begin; t < end; t++) {
    const float *row = x + t * x_stride;
    quantize_row(row, gain, inverse_rms(row, q->columns, epsilon), q, t);
  }
}

void KERNEL(output_norm)(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                         int64_t columns, const int32_t *rows, int64_t begin, int64_t end, float *y, int64_t y_stride) {
  for (int64_t o = begin; o < end; o++) {
    const float *row = x + rows[o] * x_stride;
    float *to = y + o * y_stride, r = inverse_rms(row, columns, epsilon);
    int64_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      vf_store(to + i, normed(row, gain, r, i));
    }
    for (; i < columns; i++) {
      to[i] = normed_one(row, gain, r, i);
    }
  }
}
