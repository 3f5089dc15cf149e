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

// Codes of int8, and what belongs to them: s.
struct Int8Codes {
  typedef char Code;
  static METAL_FUNC float least() { return 1e-5f; }
  static METAL_FUNC float lowest() { return -128.0f; }
  static METAL_FUNC float most() { return 127.0f; }
  static METAL_FUNC uint columns(uint columns) { return ternary_columns(columns); }
  static METAL_FUNC float factor(float s) { return s; }
};

// Wide codes, and what belongs to them: 1 / s.
struct WideCodes {
  typedef short Code;
  static METAL_FUNC float least() { return 5.42101086e-20f; } // 2^-64
  static METAL_FUNC float lowest() { return -2047.0f; }
  static METAL_FUNC float most() { return 2047.0f; }
  static METAL_FUNC uint columns(uint columns) { return wide_columns(columns); }
  static METAL_FUNC float factor(float s) { return 1.0f / s; }
};

// Codes and factor of row `index`, whose elements are row.at(i). `maxima` has room for each simdgroup.
template <typename Codes, typename Row>
METAL_FUNC void quantize_row(Row row, uint index, uint columns, device typename Codes::Code *codes,
                             device float *factors, threadgroup uint *maxima, uint thread_index) {
  // Of the bits, whose order as integers is that of the magnitudes: NaN is the largest of all.
  uint largest = as_type<uint>(Codes::least());
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
  const float s = finite ? Codes::most() / as_type<float>(largest) : NAN;
  codes += ulong(index) * Codes::columns(columns);
  for (uint i = thread_index; i < Codes::columns(columns); i += ROW_THREADS) {
    const float code = i < columns && finite ? clamp(rint(row.at(i) * s), Codes::lowest(), Codes::most()) : 0.0f;
    codes[i] = typename Codes::Code(code);
  }
  if (thread_index == 0) {
    factors[index] = Codes::factor(s);
  }
}

} // namespace bitnet

#endif
