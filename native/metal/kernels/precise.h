// Arithmetic as docs/numerics.md has it: every operation rounds once. The library is compiled without fast-math
// (MTLCompileOptions); the pragmas say the same where the compiler knows them. Products that are not part of an fma
// stand in statements of their own, so that a compiler that contracts within an expression has nothing to contract.
#ifndef BITNET_METAL_PRECISE_H
#define BITNET_METAL_PRECISE_H

#include <metal_stdlib>
using namespace metal;

#pragma METAL fp math_mode(safe)
#pragma clang fp contract(off)

namespace bitnet {

// e^x for x <= 0.
METAL_FUNC float expn(float x) {
  if (!(x > -87.0f)) {
    return 0.0f;
  }
  const float n = rint(x * 1.44269504f);
  const float r = fma(n, -1.42860677e-6f, fma(n, -0.693145752f, x));
  float p = 1.38888889e-3f;
  p = fma(p, r, 8.33333377e-3f);
  p = fma(p, r, 4.16666679e-2f);
  p = fma(p, r, 1.66666672e-1f);
  p = fma(p, r, 0.5f);
  p = fma(p, r, 1.0f);
  p = fma(p, r, 1.0f);
  return p * as_type<float>(uint(int(n) + 127) << 23);
}

// A score that is NaN is none, and weighs nothing: expn of NaN is 0. What a maximum makes of NaN is not said.
METAL_FUNC float number_or_least(float score) {
  return score > -INFINITY ? score : -INFINITY;
}

} // namespace bitnet

#endif
