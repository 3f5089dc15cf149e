// From the canonical layout to the packed one, a thread for each word.
#include "ternary_weights.h"
using namespace bitnet;

kernel void ternary_pack(constant TernaryPackArguments &arguments [[buffer(0)]],
                         device const uchar *canonical [[buffer(1)]], device uint *packed [[buffer(2)]],
                         uint2 at [[thread_position_in_grid]]) {
  const uint words = ternary_columns(arguments.columns) / WORD_WEIGHTS;
  if (at.x >= words) {
    return;
  }
  const ulong row_bytes = ulong(arguments.columns + 127) / 128 * 32;
  const uint codes = packed_codes(canonical + at.y * row_bytes, at.x), row = arguments.row + at.y;
  // Code minus 1 in two's complement: the lower bit turns, and the upper one is set in a code of 0 alone.
  const uint lower = ~codes & 0x55555555u;
  packed[(ulong(row / 4) * words + at.x) * 4 + row % 4] = lower | (lower & ~(codes >> 1)) << 1;
}
