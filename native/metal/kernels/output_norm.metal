// y[i] = rmsNorm(x[rows[i]]) * gain, a threadgroup for each output.
#include "row.h"
using namespace bitnet;

kernel void output_norm(constant QuantizeArguments &arguments [[buffer(0)]], device const float *x [[buffer(1)]],
                        device const float *gain [[buffer(2)]], device const uint *rows [[buffer(3)]],
                        device float *y [[buffer(4)]], uint output [[threadgroup_position_in_grid]],
                        uint thread_index [[thread_index_in_threadgroup]]) {
  threadgroup float partials[ROW_THREADS];
  const uint columns = arguments.columns;
  x += ulong(rows[output]) * columns;
  y += ulong(output) * columns;
  const Normed normed = {x, gain, inverse_rms(x, columns, arguments.epsilon, partials, thread_index)};
  for (uint i = thread_index; i < columns; i += ROW_THREADS) {
    y[i] = normed.at(i);
  }
}
