// x[row] = table[token] of a ternary table, a thread for each element.
#include "grouped_weights.h"
using namespace bitnet;

kernel void grouped_embed(constant GroupedArguments &arguments [[buffer(0)]], device const StepRow *steps [[buffer(1)]],
                          device const uint *packed [[buffer(2)]], device const half *scales [[buffer(3)]],
                          device float *x [[buffer(4)]], uint2 at [[thread_position_in_grid]]) {
  const uint columns = arguments.columns;
  if (at.x >= columns) {
    return;
  }
  const uint token = steps[at.y].token, words = wide_columns(columns) / WORD_WEIGHTS;
  const uint word = packed[(ulong(token / 4) * words + at.x / WORD_WEIGHTS) * 4 + token % 4];
  const uint places = wide_columns(columns) / arguments.group;
  const half scale = scales[(ulong(token / 4) * places + at.x / arguments.group) * 4 + token % 4];
  const float weight = 4.0f * float(quartered_weight(word, at.x % WORD_WEIGHTS));
  x[ulong(at.y) * columns + at.x] = weight * float(scale);
}
