// Quantisation of rows of floats to wide codes.
#include "norm_row.h"

enum { MOST = BITNET_WIDE_MOST };

// Quantises (x * r) * gain, or x where there is no gain.
INLINE void wide_row(const float *x, const float *gain, float r, const bitnet_wide *q, int64_t t) {
  int64_t columns = q->columns, stride = bitnet_codes_stride(columns), whole = columns / LANES * LANES;
  float s = normed_factor(x, gain, r, columns, MOST, 5.421010862427522e-20f); // 2^-64
  int16_t *codes = q->codes + t * stride;
  for (int64_t i = 0; i < whole; i += LANES) {
    typedef int16_t words __attribute__((vector_size(2 * LANES)));
    typedef int16_t unaligned __attribute__((vector_size(2 * LANES), aligned(1), may_alias));
    vf scaled = -vf_max(-vf_max(normed(x, gain, r, i) * s, vf_set(-MOST)), vf_set(-MOST)); // NaN to -MOST
    words narrow = __builtin_convertvector(__builtin_convertvector(vf_rint(scaled), vi), words);
    *(unaligned *)(codes + i) = narrow;
  }
  for (int64_t i = whole; i < columns; i++) {
    float scaled = normed_one(x, gain, r, i) * s;
    scaled = scaled > -MOST ? scaled : -MOST;
    scaled = scaled < MOST ? scaled : MOST;
    codes[i] = (int16_t)((scaled + 12582912.0f) - 12582912.0f); // rint
  }
  for (int64_t i = columns; i < stride; i++) {
    codes[i] = 0;
  }
  q->steps[t] = 1.0f / s;
}

void KERNEL(wide_quantize)(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                           const bitnet_wide *q) {
  for (int64_t t = begin; t < end; t++) {
    wide_row(x + t * x_stride, 0, 1.0f, q, t);
  }
}

void KERNEL(wide_norm_quantize)(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                                int64_t begin, int64_t end, const bitnet_wide *q) {
  for (int64_t t = begin; t < end; t++) {
    const float *row = x + t * x_stride;
    wide_row(row, gain, inverse_rms(row, q->columns, epsilon), q, t);
  }
}
