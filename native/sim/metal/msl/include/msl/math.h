// Functions of numbers. All of them round once, as Metal's do without fast-math.
#pragma once

namespace metal {

METAL_FUNC float fma(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
template <int N> METAL_FUNC vec<float, N> fma(vec<float, N> a, vec<float, N> b, vec<float, N> c) {
  return __builtin_elementwise_fma(a, b, c);
}
METAL_FUNC float sqrt(float x) {
  return __builtin_sqrtf(x);
}
METAL_FUNC float rint(float x) {
  return __builtin_rintf(x);
}
METAL_FUNC float fabs(float x) {
  return __builtin_fabsf(x);
}
METAL_FUNC float max(float a, float b) {
  return a > b ? a : b;
}
METAL_FUNC float clamp(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}
METAL_FUNC uint max(uint a, uint b) {
  return a > b ? a : b;
}
METAL_FUNC uint min(uint a, uint b) {
  return a < b ? a : b;
}

} // namespace metal
