// 8 x 8 matrices that the lanes of a simdgroup hold together, two elements of a row each, laid out as on Apple's GPUs.
#pragma once

namespace metal {

// What a lane holds.
template <typename T, int ROWS, int COLUMNS> using simdgroup_matrix = vec<T, 2>;
typedef simdgroup_matrix<float, 8, 8> simdgroup_float8x8;
typedef simdgroup_matrix<half, 8, 8> simdgroup_half8x8;

METAL_FUNC uint matrix_row(uint lane) {
  return (lane / 4 & 4) + lane / 2 % 4;
}
METAL_FUNC uint matrix_column(uint lane) {
  return (lane / 4 & 2) * 2 + lane % 2 * 2;
}
// The lane that holds an element.
METAL_FUNC uint matrix_lane(uint row, uint column) {
  return (row & 4) * 4 | (column & 4) * 2 | (row & 3) * 2 | (column & 2) / 2;
}

template <typename T, int ROWS, int COLUMNS>
METAL_FUNC simdgroup_matrix<T, ROWS, COLUMNS> make_filled_simdgroup_matrix(T value) {
  static_assert(ROWS == 8 && COLUMNS == 8, "8 x 8");
  return (vec<T, 2>)(value);
}

template <typename T>
METAL_FUNC void simdgroup_load(thread vec<T, 2> &m, const threadgroup T *from, ulong row_elements) {
  const uint lane = msl_lane();
  from += matrix_row(lane) * row_elements + matrix_column(lane);
  m = construct<T, 2>(from[0], from[1]);
}

template <typename T> METAL_FUNC void simdgroup_store(vec<T, 2> m, threadgroup T *to, ulong row_elements) {
  const uint lane = msl_lane();
  to += matrix_row(lane) * row_elements + matrix_column(lane);
  to[0] = m[0];
  to[1] = m[1];
}

// d = a b + c
METAL_FUNC void simdgroup_multiply_accumulate(thread simdgroup_float8x8 &d, simdgroup_half8x8 a, simdgroup_half8x8 b,
                                              simdgroup_float8x8 c) {
  const device msl_exchange *e = exchange("simdgroup_multiply_accumulate", (half4)(a, b));
  const uint lane = msl_lane(), row = matrix_row(lane), column = matrix_column(lane);
  d = c;
  for (uint k = 0; k < 8; k++) {
    const half factor = given<half4>(e, matrix_lane(row, k))[k % 2];
    const half4 factors = given<half4>(e, matrix_lane(k, column));
    d += (float)factor * (float2)((float)factors[2], (float)factors[3]);
  }
}

} // namespace metal
