// y = w q for a few tokens: a simdgroup for four rows, whose lanes share the columns. Each load of weights is used for
// all tokens of the threadgroup.
#include "ternary_weights.h"
using namespace bitnet;

template <uint TOKENS>
METAL_FUNC void ternary_matmul(constant TernaryArguments &arguments, device const uint4 *packed,
                               device const uint4 *codes, device const float *factors, device const float *scales,
                               device float *y, uint2 group, uint simdgroup, uint lane) {
  const uint row = group.x * TERNARY_FEW_ROWS + simdgroup * 4, token = group.y * TOKENS;
  if (row >= arguments.rows) {
    return;
  }
  const uint words = ternary_columns(arguments.columns) / WORD_WEIGHTS;
  const uint last = arguments.tokens - 1;
  packed += ulong(row / 4) * words;
  float4 sums[TOKENS];
  for (uint t = 0; t < TOKENS; t++) {
    sums[t] = float4(0.0f);
  }
  for (uint c = lane; c < words; c += SIMD) {
    const uint4 w = packed[c];
    uint4 q[TOKENS];
    for (uint t = 0; t < TOKENS; t++) {
      q[t] = codes[ulong(min(token + t, last)) * words + c];
    }
    for (uint four = 0; four < 4; four++) {
      float4 activations[TOKENS];
      for (uint t = 0; t < TOKENS; t++) {
        activations[t] = float4(as_type<char4>(q[t][four]));
      }
      for (uint i = 0; i < 4; i++) {
        const float4 weights = doubled_weights(w, 4 * four + i);
        for (uint t = 0; t < TOKENS; t++) {
          sums[t] = fma(weights, float4(activations[t][i]), sums[t]);
        }
      }
    }
  }
  for (uint t = 0; t < TOKENS; t++) {
    const float4 doubled = simd_sum(sums[t]);
    if (lane < 4 && row + lane < arguments.rows && token + t <= last) {
      store_product(y + ulong(token + t) * arguments.rows + row + lane, doubled[lane], scales[row + lane],
                    factors[token + t], arguments.add);
    }
  }
}

#define TERNARY_MATMUL(NAME, TOKENS)                                                                                   \
  kernel void NAME(constant TernaryArguments &arguments [[buffer(0)]], device const uint4 *packed [[buffer(1)]],       \
                   device const uint4 *codes [[buffer(2)]], device const float *factors [[buffer(3)]],                 \
                   device const float *scales [[buffer(4)]], device float *y [[buffer(5)]],                            \
                   uint2 group [[threadgroup_position_in_grid]], uint simdgroup [[simdgroup_index_in_threadgroup]],    \
                   uint lane [[thread_index_in_simdgroup]]) {                                                          \
    ternary_matmul<TOKENS>(arguments, packed, codes, factors, scales, y, group, simdgroup, lane);                      \
  }

TERNARY_MATMUL(ternary_matmul_one, 1)
TERNARY_MATMUL(ternary_matmul_few, TERNARY_FEW_TOKENS)
