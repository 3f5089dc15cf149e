// From the canonical layout to the packed one, a thread for each word.
#include "ternary_weights.h"
using namespace bitnet;

kernel void ternary_pack(constant TernaryPackArguments &arguments [[buffer(0)]],
                         device const uchar *canonical [[buffer(1)]], device uint *packed [[buffer(2)]],
                         uint2 at [[thread_position_in_grid]]) {
  const uint words = ternary_columns(arguments.columns) / WORD_WEIGHTS, column = at.x * WORD_WEIGHTS;
  if (at.x >= words) {
    return;
  }
  const ulong row_bytes = ulong(arguments.columns + 127) / 128 * 32;
  // The sixteen columns lie in as many bytes, at one shift.
  device const uchar *bytes = canonical + at.y * row_bytes + column / 128 * 32 + column % 32;
  const uint shift = 6 - column % 128 / 32 * 2;
  uint word = 0;
  for (uint i = 0; i < WORD_WEIGHTS; i++) {
    const uint code = uint(bytes[i]) >> shift & 3;
    word = word << 2 | ((code - 1) & 3);
  }
  const uint row = arguments.row + at.y;
  packed[(ulong(row / 4) * words + at.x) * 4 + row % 4] = word;
}
