// Barriers, and what lanes of a simdgroup do together, all of it over one primitive: every lane gives up to 16 bytes
// and sees those of all. Only barriers order memory.
#pragma once

namespace metal {

enum class mem_flags { mem_none = 0, mem_device = 1, mem_threadgroup = 2 };

METAL_FUNC void barrier_at(uint line, mem_flags) {
  msl_barrier(line);
}
#define threadgroup_barrier(flags) barrier_at(__LINE__, flags)

template <typename T> METAL_FUNC const device msl_exchange *exchange(MSL_CONST_CHAR *operation, T value) {
  static_assert(sizeof(T) <= 16, "a lane gives up to 16 bytes");
  ulong words[2] = {0, 0};
  __builtin_memcpy(words, &value, sizeof(T));
  return msl_exchange_lanes(operation, words[0], words[1]);
}
template <typename T> METAL_FUNC T given(const device msl_exchange *e, uint lane) {
  const ulong words[2] = {e->values[lane][0], e->values[lane][1]};
  T value;
  __builtin_memcpy(&value, words, sizeof(T));
  return value;
}

METAL_FUNC void simdgroup_barrier(mem_flags) {
  msl_simdgroup_barrier();
}

template <typename T> METAL_FUNC T simd_sum(T value) {
  const device msl_exchange *e = exchange("simd_sum", value);
  T sum = (T)0;
  for (uint rest = e->lanes; rest != 0; rest &= rest - 1) {
    sum += given<T>(e, __builtin_ctz(rest));
  }
  return sum;
}
template <typename T> METAL_FUNC T simd_max(T value) {
  const device msl_exchange *e = exchange("simd_max", value);
  T most = value;
  for (uint rest = e->lanes; rest != 0; rest &= rest - 1) {
    most = max(most, given<T>(e, __builtin_ctz(rest)));
  }
  return most;
}
// A value of a lane that has returned is undefined: NaN bits here.
template <typename T> METAL_FUNC T given_or_undefined(const device msl_exchange *e, uint lane) {
  if ((e->lanes >> lane & 1) == 0) {
    T undefined;
    __builtin_memset(&undefined, 0xff, sizeof(T));
    return undefined;
  }
  return given<T>(e, lane);
}
template <typename T> METAL_FUNC T simd_shuffle_xor(T value, ushort mask) {
  return given_or_undefined<T>(exchange("simd_shuffle_xor", value), msl_lane() ^ mask);
}
template <typename T> METAL_FUNC T simd_shuffle(T value, ushort lane) {
  return given_or_undefined<T>(exchange("simd_shuffle", value), lane);
}

} // namespace metal
