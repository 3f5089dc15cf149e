// q = quantise(x), a threadgroup for each row.
#include "row.h"
using namespace bitnet;

#define QUANTIZE(NAME, CODES, CODE)                                                                                    \
  kernel void NAME(constant QuantizeArguments &arguments [[buffer(0)]], device const float *x [[buffer(1)]],           \
                   device CODE *codes [[buffer(2)]], device float *factors [[buffer(3)]],                              \
                   uint row [[threadgroup_position_in_grid]], uint thread_index [[thread_index_in_threadgroup]]) {     \
    threadgroup uint maxima[ROW_THREADS / SIMD];                                                                       \
    const uint columns = arguments.columns;                                                                            \
    quantize_row<CODES>(Plain{x + ulong(row) * columns}, row, columns, codes, factors, maxima, thread_index);          \
  }

QUANTIZE(quantize, Int8Codes, char)
QUANTIZE(wide_quantize, WideCodes, short)
