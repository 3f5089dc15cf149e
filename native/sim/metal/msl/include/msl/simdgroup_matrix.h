// 8 x 8 matrices that the lanes of a simdgroup hold together, two elements of a row each, laid out as on Apple's GPUs.
#pragma once

namespace metal {

template <typename T, int ROWS, int COLUMNS> struct simdgroup_matrix {
  static_assert(ROWS == 8 && COLUMNS == 8, "8 x 8");
  vec<T, 2> elements;
};
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
  simdgroup_matrix<T, ROWS, COLUMNS> m;
  m.elements = (vec<T, 2>)(value);
  return m;
}

template <typename T>
METAL_FUNC void simdgroup_load(thread simdgroup_matrix<T, 8, 8> &m, const threadgroup T *from, ulong row_elements) {
  const uint lane = msl_lane();
  from += matrix_row(lane) * row_elements + matrix_column(lane);
  m.elements = construct<T, 2>(from[0], from[1]);
}

template <typename T>
METAL_FUNC void simdgroup_store(simdgroup_matrix<T, 8, 8> m, threadgroup T *to, ulong row_elements) {
  const uint lane = msl_lane();
  to += matrix_row(lane) * row_elements + matrix_column(lane);
  to[0] = m.elements[0];
  to[1] = m.elements[1];
}

struct halves_of_two_matrices {
  half2 a, b;
};

// d = a b + c
METAL_FUNC void simdgroup_multiply_accumulate(thread simdgroup_float8x8 &d, simdgroup_half8x8 a, simdgroup_half8x8 b,
                                              simdgroup_float8x8 c) {
  const halves_of_two_matrices mine = {a.elements, b.elements};
  const device msl_exchange *e = exchange("simdgroup_multiply_accumulate", mine);
  const uint row = matrix_row(msl_lane()), column = matrix_column(msl_lane());
  float2 sums = c.elements;
  for (uint k = 0; k < 8; k++) {
    const float factor = given<halves_of_two_matrices>(e, matrix_lane(row, k)).a[k % 2];
    const half2 factors = given<halves_of_two_matrices>(e, matrix_lane(k, column)).b;
    sums += factor * (float2)((float)factors[0], (float)factors[1]);
  }
  d.elements = sums;
}

} // namespace metal
