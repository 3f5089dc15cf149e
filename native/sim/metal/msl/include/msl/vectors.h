// Vectors: clang's ext_vector_type has Metal's sizes, alignments and swizzles. Constructors are functions behind macros
// that take arguments, so that only constructor calls expand, not the names of the types.
#pragma once

namespace metal {

template <typename T, int N> using vec = T __attribute__((ext_vector_type(N)));

template <typename T> struct vector_size {
  enum { value = 1 };
};
template <typename T, int N> struct vector_size<T __attribute__((ext_vector_type(N)))> {
  enum { value = N };
};

// Elements in device memory, without the alignment of a vector.
template <typename T, int N> struct packed_vec {
  T elements[N];
  operator vec<T, N>() const device {
    vec<T, N> v;
    for (int i = 0; i < N; i++) {
      v[i] = elements[i];
    }
    return v;
  }
};

template <typename T, int N, typename A> METAL_FUNC vec<T, N> construct(A a) {
  if constexpr (vector_size<A>::value == 1) {
    return (vec<T, N>)((T)a);
  } else {
    static_assert(vector_size<A>::value == N, "as many elements as the vector");
    return __builtin_convertvector(a, vec<T, N>);
  }
}
template <typename T, int N> METAL_FUNC vec<T, N> construct(const device packed_vec<T, N> &a) {
  return a;
}
template <typename T, int N> METAL_FUNC vec<T, N> construct(T a, T b) {
  static_assert(N == 2, "two elements");
  const vec<T, N> v = {a, b}; // not (vec<T, N>)(a, b): in a template that is a cast of a comma expression
  return v;
}
template <typename T, int N> METAL_FUNC vec<T, N> construct(T a, T b, T c, T d) {
  static_assert(N == 4, "four elements");
  const vec<T, N> v = {a, b, c, d};
  return v;
}

template <typename D, typename S> METAL_FUNC D as_type(S s) {
  static_assert(sizeof(D) == sizeof(S), "as_type keeps the size");
  return __builtin_bit_cast(D, s);
}

typedef packed_vec<float, 4> packed_float4;
typedef packed_vec<half, 4> packed_half4;
typedef packed_vec<ushort, 4> packed_ushort4;
typedef packed_vec<char, 4> packed_char4;

} // namespace metal

using metal::as_type;

typedef metal::vec<float, 2> float2;
typedef metal::vec<float, 4> float4;
typedef metal::vec<half, 2> half2;
typedef metal::vec<half, 4> half4;
typedef metal::vec<char, 4> char4;
typedef metal::vec<uchar, 4> uchar4;
typedef metal::vec<short, 4> short4;
typedef metal::vec<ushort, 4> ushort4;
typedef metal::vec<uint, 2> uint2;
typedef metal::vec<uint, 3> uint3;
typedef metal::vec<uint, 4> uint4;
#define float2(...) metal::construct<float, 2>(__VA_ARGS__)
#define float4(...) metal::construct<float, 4>(__VA_ARGS__)
#define uint4(...) metal::construct<uint, 4>(__VA_ARGS__)
