// logits = table y: a simdgroup for each row of the table, which it reads once for a few outputs. Lane l has the
// partial sums 4 l .. 4 l + 3 and 128 + 4 l .. of sum256.
#include "table_row.h"
using namespace bitnet;

// Adds elements k .. k + 3, as far as there are so many, for each output.
template <typename Row, uint OUTPUTS>
METAL_FUNC void add_four(device const uchar *row, device const float *y, uint columns, uint k, uint outputs,
                         thread float4 *sums) {
  if (k + 4 <= columns) {
    const float4 weights = Row::four(row, k);
    for (uint i = 0; i < OUTPUTS; i++) {
      device const float *from = y + ulong(min(i, outputs - 1)) * columns + k;
      sums[i] = fma(weights, float4(*reinterpret_cast<device const packed_float4 *>(from)), sums[i]);
    }
    return;
  }
  for (uint j = 0; k + j < columns; j++) {
    const float weight = Row::at(row, k + j);
    for (uint i = 0; i < OUTPUTS; i++) {
      sums[i][j] = fma(weight, y[ulong(min(i, outputs - 1)) * columns + k + j], sums[i][j]);
    }
  }
}

template <typename Row, uint OUTPUTS>
METAL_FUNC void logits(constant LogitsArguments &arguments, device const uchar *row, device const float *y,
                       device float *logit, uint outputs, uint lane) {
  const uint columns = arguments.columns;
  float4 lower[OUTPUTS], upper[OUTPUTS];
  for (uint i = 0; i < OUTPUTS; i++) {
    lower[i] = float4(0.0f);
    upper[i] = float4(0.0f);
  }
  for (uint k = 4 * lane; k < columns; k += 256) {
    add_four<Row, OUTPUTS>(row, y, columns, k, outputs, lower);
    add_four<Row, OUTPUTS>(row, y, columns, k + 128, outputs, upper);
  }
  for (uint i = 0; i < OUTPUTS; i++) {
    float4 sum = lower[i] + upper[i];
    for (ushort stride = 16; stride > 0; stride /= 2) {
      sum = sum + simd_shuffle_xor(sum, stride);
    }
    if (lane == 0 && i < outputs) {
      logit[ulong(i) * arguments.rows] = (sum.x + sum.z) + (sum.y + sum.w);
    }
  }
}

template <typename Row>
METAL_FUNC void logits_of_row(constant LogitsArguments &arguments, device const uchar *table, device const float *y,
                              device float *logit, uint2 group, uint simdgroup, uint lane) {
  const uint row = group.x * LOGITS_ROWS + simdgroup, output = group.y * LOGITS_OUTPUTS;
  if (row >= arguments.rows) {
    return;
  }
  table += row * Row::bytes(arguments.columns);
  y += ulong(output) * arguments.columns;
  logit += ulong(output) * arguments.rows + row;
  if (arguments.outputs == 1) {
    logits<Row, 1>(arguments, table, y, logit, 1, lane);
  } else {
    logits<Row, LOGITS_OUTPUTS>(arguments, table, y, logit, arguments.outputs - output, lane);
  }
}

#define LOGITS(NAME, ROW)                                                                                              \
  kernel void NAME(constant LogitsArguments &arguments [[buffer(0)]], device const uchar *table [[buffer(1)]],         \
                   device const float *y [[buffer(2)]], device float *logit [[buffer(3)]],                             \
                   uint2 group [[threadgroup_position_in_grid]], uint simdgroup [[simdgroup_index_in_threadgroup]],    \
                   uint lane [[thread_index_in_simdgroup]]) {                                                          \
    logits_of_row<ROW>(arguments, table, y, logit, group, simdgroup, lane);                                            \
  }

LOGITS(logits_f32, F32Row)
LOGITS(logits_f16, F16Row)
LOGITS(logits_bf16, Bf16Row)
LOGITS(logits_q8_0, Q8Row)
LOGITS(logits_q6_k, Q6Row)
LOGITS(logits_q5_0, Q5Row)
LOGITS(logits_q4_0, Q4Row)
