// q = quantise(x), a threadgroup for each row.
#include "row.h"
using namespace bitnet;

kernel void quantize(constant QuantizeArguments &arguments [[buffer(0)]], device const float *x [[buffer(1)]],
                     device char *codes [[buffer(2)]], device float *factors [[buffer(3)]],
                     uint row [[threadgroup_position_in_grid]], uint thread_index [[thread_index_in_threadgroup]]) {
  threadgroup uint maxima[ROW_THREADS / SIMD];
  const uint columns = arguments.columns;
  quantize_row(Plain{x + ulong(row) * columns}, columns, codes + ulong(row) * ternary_columns(columns), factors + row,
               maxima, thread_index);
}
