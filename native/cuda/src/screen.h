// Bounds of a screened head. A row w is nearly s c with int8 codes c, an input y nearly x z with integers z; the
// integer sum of c z is exact. By Cauchy and Schwarz
//   |w.y - s x (c.z)| <= |w - s c| |y| + |s c| |y - x z|,
// and the logit's own rounding is at most gamma |w| |y|. All norms are rounded up.
#ifndef BITNET_SCREEN_H
#define BITNET_SCREEN_H

#include "numerics.h"

namespace screen {

constexpr int OUTPUTS = 4;                             // of a piece of the input: each is two columns of eight
constexpr int MOST_CODE = 127, MOST_INPUT = 127 * 256; // of either sign

// A norm from a sum of squares in floats: its error is below 2^-17 of it, and squares that vanish add less than the
// last term for up to 2^17 elements.
INLINE float norm_up(float squares) {
  return sqrtf(squares) * 1.00001f + 1e-20f;
}

struct Bounds {
  float lower, upper;
};

// `input` is step, norm, residual, gamma.
INLINE Bounds bounds(int64_t sum, const bitnet_screen_row &row, float4 input) {
  // Beyond this the exact sum may overflow, and anything may come of it.
  if (!(row.norm * input.y < 1e37f)) {
    return {f32_of(0xff800000u), f32_of(0x7f800000u)};
  }
  float near = (float)sum * (row.scale * input.x);
  float error = row.residual * input.y + row.coded * input.z + row.norm * (input.y * input.w);
  // What rounding these took away, and products that vanish.
  error = error * 1.00001f + fabsf(near) * 3e-7f + 1e-30f;
  return {near - error, near + error};
}

} // namespace screen

#endif
