#include "reference.h"
#include <math.h>
#include <string.h>

float reference_f16(uint16_t h) {
  int exponent = h >> 10 & 31, fraction = h & 1023;
  double v = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return (float)(h & 0x8000 ? -v : v);
}

// The nearest of all halves, ties to the even one.
uint16_t reference_to_f16(float f) {
  uint16_t sign = signbit(f) ? 0x8000 : 0;
  double a = fabs((double)f);
  if (a >= 65520) {
    return sign | 0x7c00;
  }
  int low = 0, high = 0x7bff; // largest half that is not above a
  while (low < high) {
    int middle = (low + high + 1) / 2;
    if (reference_f16((uint16_t)middle) <= a) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  double below = a - reference_f16((uint16_t)low);
  double next = low == 0x7bff ? 65536 : reference_f16((uint16_t)(low + 1));
  double above = next - a;
  return sign | (uint16_t)(above < below || (above == below && (low & 1)) ? low + 1 : low);
}

float reference_expn(float x) {
  if (!(x > -87)) {
    return 0;
  }
  float n = rintf(x * 1.44269504f);
  float r = fmaf(n, -1.42860677e-6f, fmaf(n, -0.693145752f, x));
  float p = 1.38888889e-3f;
  static const float c[] = {8.33333377e-3f, 4.16666679e-2f, 1.66666672e-1f, 0.5f, 1, 1};
  for (int i = 0; i < 6; i++) {
    p = fmaf(p, r, c[i]);
  }
  uint32_t bits = (uint32_t)((int)n + 127) << 23;
  float power;
  memcpy(&power, &bits, 4);
  return p * power;
}

float reference_sum256(const float *a, const float *b, int64_t n) {
  float s[256] = {0};
  for (int64_t i = 0; i < n; i++) {
    s[i % 256] = fmaf(a[i], b[i], s[i % 256]);
  }
  for (int stride = 128; stride > 0; stride /= 2) {
    for (int i = 0; i < stride; i++) {
      s[i] = s[i] + s[i + stride];
    }
  }
  return s[0];
}

void reference_quantize(const float *x, int64_t n, int8_t *codes, float *scale, int32_t *sum) {
  float max = 1e-5f;
  for (int64_t i = 0; i < n; i++) {
    max = fmaxf(max, fabsf(x[i]));
  }
  float s = 127 / max;
  *sum = 0;
  for (int64_t i = 0; i < n; i++) {
    float q = rintf(x[i] * s);
    codes[i] = (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
    *sum += codes[i];
  }
  *scale = s;
}

void reference_wide_quantize(const float *x, int64_t n, int16_t *codes, float *step) {
  float max = ldexpf(1, -64);
  for (int64_t i = 0; i < n; i++) {
    max = fmaxf(max, fabsf(x[i]));
  }
  float s = 2047 / max;
  for (int64_t i = 0; i < n; i++) {
    float q = rintf(x[i] * s);
    codes[i] = (int16_t)(q < -2047 ? -2047 : q > 2047 ? 2047 : q);
  }
  *step = 1 / s;
}

float reference_grouped(const int8_t *weights, const uint16_t *scales, int32_t group, const int16_t *codes, int64_t n) {
  float p[8] = {0};
  for (int64_t g = 0; g * group < n; g++) {
    int32_t sum = 0;
    for (int64_t k = g * group; k < n && k < (g + 1) * group; k++) {
      sum += weights[k] * codes[k];
    }
    p[g % 8] = fmaf((float)sum, reference_f16(scales[g]), p[g % 8]);
  }
  float sum = p[0];
  for (int c = 1; c < 8; c++) {
    sum = sum + p[c];
  }
  return sum;
}

float reference_int8_row(const float *w, int64_t n, int8_t *codes) {
  float max = 0;
  for (int64_t i = 0; i < n; i++) {
    max = fmaxf(max, fabsf(w[i]));
  }
  int zero = max < ldexpf(1, -64);
  float inverse = zero ? 0 : 127 / max;
  for (int64_t i = 0; i < n; i++) {
    float code = rintf(w[i] * inverse);
    codes[i] = (int8_t)(code < -127 ? -127 : code > 127 ? 127 : code);
  }
  return zero ? 0 : max / 127;
}

void reference_norm(const float *x, const float *gain, float epsilon, int64_t n, float *y) {
  float mean = reference_sum256(x, x, n) / (float)n;
  float r = 1 / sqrtf(mean + epsilon);
  for (int64_t i = 0; i < n; i++) {
    float scaled = x[i] * r;
    y[i] = scaled * gain[i];
  }
}

float reference_gate(int32_t activation, float g, float u) {
  if (activation == BITNET_SQUARED_RELU) {
    float p = g > 0 ? g : 0;
    float square = p * p;
    return square * u;
  }
  float x = g;
  if (activation == BITNET_GELU_TANH) {
    float square = g * g;
    x = g * fmaf(0.07135482f, square, 1.5957692f);
  }
  float e = reference_expn(-fabsf(x));
  float quotient = (x < 0 ? e : 1) / (1 + e);
  float activated = g * quotient;
  return activated * u;
}

void reference_row(const bitnet_table *table, int64_t row, float *x) {
  const uint8_t *b = table->data;
  for (int64_t i = 0; i < table->columns; i++) {
    int64_t at = row * table->columns + i;
    uint16_t half;
    uint32_t word;
    switch (table->type) {
    case BITNET_F32:
      memcpy(x + i, b + 4 * at, 4);
      break;
    case BITNET_F16:
      memcpy(&half, b + 2 * at, 2);
      x[i] = reference_f16(half);
      break;
    case BITNET_BF16:
      memcpy(&half, b + 2 * at, 2);
      word = (uint32_t)half << 16;
      memcpy(x + i, &word, 4);
      break;
    case BITNET_Q8_0: {
      const uint8_t *block = b + at / 32 * 34;
      memcpy(&half, block, 2);
      x[i] = reference_f16(half) * (float)(int8_t)block[2 + at % 32];
      break;
    }
    case BITNET_Q6_K: {
      const uint8_t *block = b + at / 256 * 210;
      memcpy(&half, block + 208, 2);
      int64_t e = at % 256, in = e % 128;
      int low = block[e / 128 * 64 + in % 64] >> (in / 64 * 4) & 15;
      int high = block[128 + e / 128 * 32 + in % 32] >> (in / 32 * 2) & 3;
      x[i] = reference_f16(half) * (float)(int8_t)block[192 + e / 16] * (float)((low | high << 4) - 32);
      break;
    }
    case BITNET_Q5_0: {
      const uint8_t *block = b + at / 32 * 22;
      memcpy(&half, block, 2);
      memcpy(&word, block + 2, 4);
      int64_t e = at % 32;
      int nibble = block[6 + e % 16] >> (e / 16 * 4) & 15;
      x[i] = reference_f16(half) * (float)((nibble | (int)(word >> e & 1) << 4) - 16);
      break;
    }
    default: {
      const uint8_t *block = b + at / 32 * 18;
      memcpy(&half, block, 2);
      int64_t e = at % 32;
      x[i] = reference_f16(half) * (float)((block[2 + e % 16] >> (e / 16 * 4) & 15) - 8);
    }
    }
  }
}

void reference_rope(float *v, int64_t dim, const float *cosines, const float *sines) {
  for (int64_t i = 0; i < dim / 2; i++) {
    float a = v[i], b = v[i + dim / 2];
    float bs = b * sines[i], as = a * sines[i];
    v[i] = fmaf(a, cosines[i], -bs);
    v[i + dim / 2] = fmaf(b, cosines[i], as);
  }
}

static float chain(const float *a, int64_t a_step, const float *b, int64_t b_step, int64_t n) {
  float c = 0;
  for (int64_t i = 0; i < n; i++) {
    c = fmaf(a[i * a_step], b[i * b_step], c);
  }
  return c;
}

void reference_attention(const float *q, const float *keys, const float *values, int64_t first, int64_t positions,
                         int64_t dim, float scale, float *out) {
  enum { MOST_CHUNKS = 64, MOST_DIM = 256 };
  static float m[MOST_CHUNKS], l[MOST_CHUNKS], o[MOST_CHUNKS][MOST_DIM];
  float largest = -INFINITY;
  int64_t chunks = (positions + 63) / 64, first_chunk = first / 64;
  for (int64_t c = first_chunk; c < chunks; c++) {
    int64_t begin = first > 64 * c ? first - 64 * c : 0;
    int64_t n = positions - 64 * c < 64 ? positions - 64 * c : 64;
    float p[64] = {0};
    m[c] = -INFINITY;
    for (int64_t j = begin; j < n; j++) {
      p[j] = chain(q, 1, keys + (64 * c + j) * dim, 1, dim) * scale;
      m[c] = fmaxf(m[c], p[j]);
    }
    for (int64_t j = begin; j < n; j++) {
      p[j] = reference_expn(p[j] - m[c]);
    }
    for (int64_t d = 0; d < dim; d++) {
      o[c][d] = chain(p, 1, values + 64 * c * dim + d, dim, n);
    }
    for (int stride = 32; stride > 0; stride /= 2) {
      for (int i = 0; i < stride; i++) {
        p[i] = p[i] + p[i + stride];
      }
    }
    l[c] = p[0];
    largest = fmaxf(largest, m[c]);
  }
  float total = 0;
  for (int64_t d = 0; d < dim; d++) {
    out[d] = 0;
  }
  for (int64_t c = first_chunk; c < chunks; c++) {
    float e = reference_expn(m[c] - largest);
    total = fmaf(l[c], e, total);
    for (int64_t d = 0; d < dim; d++) {
      out[d] = fmaf(o[c][d], e, out[d]);
    }
  }
  for (int64_t d = 0; d < dim; d++) {
    out[d] = out[d] / total;
  }
}
