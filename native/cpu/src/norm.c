// RMSNorm and quantisation of rows of floats.
#include "norm_row.h"

// Quantises (x * r) * gain, or x where there is no gain.
INLINE void quantize_row(const float *x, const float *gain, float r, const bitnet_codes *q, int64_t t) {
  int64_t columns = q->columns, stride = bitnet_codes_stride(columns), whole = columns / LANES * LANES;
  float s = normed_factor(x, gain, r, columns, 127.0f, 1e-5f);
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

void KERNEL(norm)(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon, int64_t columns,
                  int64_t begin, int64_t end, float *y, int64_t y_stride) {
  for (int64_t t = begin; t < end; t++) {
    norm_row(x + t * x_stride, gain, epsilon, columns, y + t * y_stride);
  }
}

void KERNEL(norm_add)(int32_t isa, const float *y, int64_t y_stride, const float *gain, float epsilon, int64_t columns,
                      int64_t begin, int64_t end, float *x, int64_t x_stride) {
  for (int64_t t = begin; t < end; t++) {
    const float *from = y + t * y_stride;
    float *to = x + t * x_stride, r = inverse_rms(from, columns, epsilon);
    int64_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      vf_store(to + i, vf_load(to + i) + normed(from, gain, r, i));
    }
    for (; i < columns; i++) {
      to[i] = to[i] + normed_one(from, gain, r, i);
    }
  }
}

void KERNEL(output_norm)(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                         int64_t columns, const int32_t *rows, int64_t begin, int64_t end, float *y, int64_t y_stride) {
  for (int64_t o = begin; o < end; o++) {
    norm_row(x + rows[o] * x_stride, gain, epsilon, columns, y + o * y_stride);
  }
}

void KERNEL(head_norm)(int32_t isa, const float *gain, float epsilon, int64_t heads, int64_t head_dim, int64_t begin,
                       int64_t end, float *x, int64_t x_stride) {
  for (int64_t t = begin; t < end; t++) {
    for (int64_t h = 0; h < heads; h++) {
      float *head = x + t * x_stride + h * head_dim;
      norm_row(head, gain, epsilon, head_dim, head);
    }
  }
}
