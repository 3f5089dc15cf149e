// The logistic function and its integral, as in docs/numerics.md.
#ifndef BITNET_LOGISTIC_H
#define BITNET_LOGISTIC_H

#include "vector.h"

// 1 / (1 + e^-x), through an exponential that cannot overflow.
INLINE vf vf_sigmoid(vf x) {
  vf e = vf_expn(-vf_abs(x));
  return vf_select((vi)(x < 0.0f), e, vf_set(1.0f)) / (1.0f + e);
}

// ln(1 + e^x)
INLINE vf vf_softplus(vf x) {
  vf e = vf_expn(-vf_abs(x)), t = e / (2.0f + e), square = t * t;
  vf p = vf_set(1.0f / 15);
  p = vf_fma(p, square, vf_set(1.0f / 13));
  p = vf_fma(p, square, vf_set(1.0f / 11));
  p = vf_fma(p, square, vf_set(1.0f / 9));
  p = vf_fma(p, square, vf_set(1.0f / 7));
  p = vf_fma(p, square, vf_set(1.0f / 5));
  p = vf_fma(p, square, vf_set(1.0f / 3));
  p = vf_fma(p, square, vf_set(1.0f));
  return vf_select((vi)(x > 0.0f), x, vf_set(0.0f)) + (2.0f * t) * p;
}

#endif
