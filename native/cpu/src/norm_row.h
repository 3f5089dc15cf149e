// RMSNorm of a row of floats, a vector at a time. Two passes over x, which is in the first cache, are faster than one
// that keeps the normed row.
#ifndef BITNET_NORM_ROW_H
#define BITNET_NORM_ROW_H

#include "sum256.h"

// 1 / sqrt(mean square + epsilon)
INLINE float inverse_rms(const float *x, int64_t columns, float epsilon) {
  return 1.0f / sqrt32(sum256_f32(x, x, columns, 0) / (float)columns + epsilon);
}

// (x * r) * gain, or x where there is no gain.
INLINE vf normed(const float *x, const float *gain, float r, int64_t i) {
  return gain == 0 ? vf_load(x + i) : (vf_load(x + i) * r) * vf_load(gain + i);
}

INLINE float normed_one(const float *x, const float *gain, float r, int64_t i) {
  return gain == 0 ? x[i] : (x[i] * r) * gain[i];
}

// `most` divided by the largest magnitude of the normed row, which counts as `floor` at least. NaN for a row with an
// element that is not finite: whatever follows from it is NaN then, whatever its codes are.
INLINE float normed_factor(const float *x, const float *gain, float r, int64_t columns, float most, float floor) {
  int64_t whole = columns / LANES * LANES;
  vi largest = (vi)vf_set(floor);
  for (int64_t i = 0; i < whole; i += LANES) {
    largest = vi_max_magnitude(normed(x, gain, r, i), largest);
  }
  for (int64_t i = whole; i < columns; i++) {
    largest = vi_max_magnitude(vf_set(normed_one(x, gain, r, i)), largest);
  }
  float max = vi_reduce_max_magnitude(largest);
  return max < __builtin_inff() ? most / max : __builtin_nanf("");
}

INLINE void norm_row(const float *x, const float *gain, float epsilon, int64_t columns, float *y) {
  float r = inverse_rms(x, columns, epsilon);
  int64_t i = 0;
  for (; i + LANES <= columns; i += LANES) {
    vf_store(y + i, normed(x, gain, r, i));
  }
  for (; i < columns; i++) {
    y[i] = normed_one(x, gain, r, i);
  }
}

#endif
