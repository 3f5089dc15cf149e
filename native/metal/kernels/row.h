// Rows of floats, ROW_THREADS threads to a row: thread t has the elements t, t + 256, ... and so partial sum t of
// sum256.
#ifndef BITNET_METAL_ROW_H
#define BITNET_METAL_ROW_H

#include "arguments.h"
#include "precise.h"

namespace bitnet {

// The tree of sum256, by which every thread gets the sum. Lanes 16, 8, ... apart swap their sums and both add them: the
// order of two addends is of no matter.
METAL_FUNC float tree256(float partial, threadgroup float *partials, uint thread_index) {
  partials[thread_index] = partial;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const uint lane = thread_index % SIMD;
  float s[4];
  for (uint i = 0; i < 4; i++) {
    s[i] = partials[lane + SIMD * i] + partials[lane + SIMD * i + 128];
  }
  float sum = (s[0] + s[2]) + (s[1] + s[3]);
  for (ushort stride = 16; stride > 0; stride /= 2) {
    sum = sum + simd_shuffle_xor(sum, stride);
  }
  return sum;
}

// 1 / sqrt(mean square + epsilon)
METAL_FUNC float inverse_rms(device const float *x, uint columns, float epsilon, threadgroup float *partials,
                             uint thread_index) {
  float partial = 0.0f;
  for (uint i = thread_index; i < columns; i += ROW_THREADS) {
    partial = fma(x[i], x[i], partial);
  }
  const float mean = tree256(partial, partials, thread_index) / float(columns);
  return 1.0f / sqrt(mean + epsilon);
}

// An element of a row, divided by the root mean square.
struct Normed {
  device const float *x;
  device const float *gain;
  float r;
  METAL_FUNC float at(uint i) const {
    const float scaled = x[i] * r;
    return scaled * gain[i];
  }
};

// An element of a row as it is.
struct Plain {
  device const float *x;
  METAL_FUNC float at(uint i) const { return x[i]; }
};

// Codes and factor of a row whose elements are row.at(i). `maxima` has room for each simdgroup.
template <typename Row>
METAL_FUNC void quantize_row(Row row, uint columns, device char *codes, device float *factor, threadgroup uint *maxima,
                             uint thread_index) {
  // Of the bits, whose order as integers is that of the magnitudes: NaN is the largest of all.
  uint largest = as_type<uint>(1e-5f);
  for (uint i = thread_index; i < columns; i += ROW_THREADS) {
    largest = max(largest, as_type<uint>(row.at(i)) & 0x7fffffff);
  }
  largest = simd_max(largest);
  if (thread_index % SIMD == 0) {
    maxima[thread_index / SIMD] = largest;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint i = 0; i < ROW_THREADS / SIMD; i++) {
    largest = max(largest, maxima[i]);
  }
  // Of a row with an element that is not finite everything that follows is NaN, whatever its codes are.
  const bool finite = largest < 0x7f800000;
  const float s = finite ? 127.0f / as_type<float>(largest) : NAN;
  for (uint i = thread_index; i < ternary_columns(columns); i += ROW_THREADS) {
    codes[i] = i < columns && finite ? char(clamp(rint(row.at(i) * s), -128.0f, 127.0f)) : char(0);
  }
  if (thread_index == 0) {
    factor[0] = s;
  }
}

} // namespace bitnet

#endif
