// q = quantise(rmsNorm(x) * gain), a threadgroup for each row.
#include "row.h"
using namespace bitnet;

#define NORM_QUANTIZE(NAME, CODES, CODE)                                                                               \
  kernel void NAME(constant QuantizeArguments &arguments [[buffer(0)]], device const float *x [[buffer(1)]],           \
                   device const float *gain [[buffer(2)]], device CODE *codes [[buffer(3)]],                           \
                   device float *factors [[buffer(4)]], uint row [[threadgroup_position_in_grid]],                     \
                   uint thread_index [[thread_index_in_threadgroup]]) {                                                \
    threadgroup float partials[ROW_THREADS];                                                                           \
    threadgroup uint maxima[ROW_THREADS / SIMD];                                                                       \
    const uint columns = arguments.columns;                                                                            \
    x += ulong(row) * columns;                                                                                         \
    const float r = inverse_rms(x, columns, arguments.epsilon, partials, thread_index);                                \
    quantize_row<CODES>(Normed{x, gain, r}, row, columns, codes, factors, maxima, thread_index);                       \
  }

NORM_QUANTIZE(norm_quantize, Int8Codes, char)
NORM_QUANTIZE(wide_norm_quantize, WideCodes, short)
