// From the canonical layout and scales in rows to the packed ones, a thread for each word.
#include "grouped_weights.h"
using namespace bitnet;

kernel void grouped_pack(constant GroupedPackArguments &arguments [[buffer(0)]],
                         device const uchar *canonical [[buffer(1)]], device const ushort *scales [[buffer(2)]],
                         device uint *packed [[buffer(3)]], device ushort *packed_scales [[buffer(4)]],
                         uint2 at [[thread_position_in_grid]]) {
  const uint columns = arguments.columns, words = wide_columns(columns) / WORD_WEIGHTS;
  if (at.x >= words) {
    return;
  }
  const uint row = arguments.row + at.y;
  const ulong row_bytes = ulong(columns + 127) / 128 * 32;
  packed[(ulong(row / 4) * words + at.x) * 4 + row % 4] = packed_codes(canonical + at.y * row_bytes, at.x);
  const uint groups = (columns + arguments.group - 1) / arguments.group;
  const uint places = wide_columns(columns) / arguments.group;
  if (at.x < places) {
    packed_scales[(ulong(row / 4) * places + at.x) * 4 + row % 4] =
        at.x < groups ? scales[ulong(at.y) * groups + at.x] : ushort(0);
  }
}
