// y = w q of a matrix with scales of groups for a few tokens: a simdgroup for four rows, whose lanes share the columns.
// Eight lanes have a group of 128 columns, four a group of 64; their sums meet, and each of them goes on with one row.
#include "grouped_weights.h"
using namespace bitnet;

// Of the four rows, the one that a lane goes on with.
METAL_FUNC uint row_of_lane(uint lane) {
  return lane % 2 * 2 + lane / 2 % 2;
}

// The sums of a group of the lane's row: each lane gives away the rows that its neighbour goes on with.
METAL_FUNC float group_sum(float4 sums, uint lane, uint lanes) {
  const bool upper = lane % 2 != 0;
  const float2 two = (upper ? sums.zw : sums.xy) + simd_shuffle_xor(upper ? sums.xy : sums.zw, 1);
  const bool second = lane / 2 % 2 != 0;
  const float one = (second ? two.y : two.x) + simd_shuffle_xor(second ? two.x : two.y, 2);
  return lanes == 8 ? one + simd_shuffle_xor(one, 4) : one;
}

// The chains of the lane's row, added up in order. Chain c is in the lanes of group c of the first columns of a
// simdgroup, or, where these have four groups alone, of group c - 4 of the second.
METAL_FUNC float added_chains(float first, float second, uint lane, uint lanes) {
  float sum = simd_shuffle(first, ushort(lane % 4));
  for (uint chain = 1; chain < GROUPED_CHAINS; chain++) {
    const uint from = chain * lanes;
    sum = sum + simd_shuffle(from < SIMD ? first : second, ushort(from % SIMD + lane % 4));
  }
  return sum;
}

template <uint TOKENS>
METAL_FUNC void grouped_matmul(constant GroupedArguments &arguments, device const uint4 *packed,
                               device const half *scales, device const uint4 *codes, device const float *steps,
                               device float *y, uint2 group, uint simdgroup, uint lane) {
  const uint row = group.x * TERNARY_FEW_ROWS + simdgroup * 4, token = group.y * TOKENS;
  if (row >= arguments.rows) {
    return;
  }
  const uint words = wide_columns(arguments.columns) / WORD_WEIGHTS, lanes = arguments.group / WORD_WEIGHTS;
  const uint last = arguments.tokens - 1;
  packed += ulong(row / 4) * words;
  scales += ulong(row / 4) * (words / lanes) * 4 + row_of_lane(lane);
  float first[TOKENS], second[TOKENS];
  for (uint t = 0; t < TOKENS; t++) {
    first[t] = 0.0f;
    second[t] = 0.0f;
  }
  // All lanes go on to the end, where the last groups are those of some of them.
  for (uint from = 0; from < words; from += SIMD) {
    const uint c = from + lane;
    float4 sums[TOKENS];
    for (uint t = 0; t < TOKENS; t++) {
      sums[t] = float4(0.0f);
    }
    for (uint eight = 0; eight < 2 && c < words; eight++) {
      const uint4 w = packed[c];
      uint4 q[TOKENS];
      for (uint t = 0; t < TOKENS; t++) {
        q[t] = codes[(ulong(min(token + t, last)) * words + c) * 2 + eight];
      }
      for (uint four = 0; four < 2; four++) {
        float4 activations[TOKENS];
        for (uint t = 0; t < TOKENS; t++) {
          activations[t] = float4(as_type<short4>(four == 0 ? q[t].xy : q[t].zw));
        }
        for (uint i = 0; i < 4; i++) {
          const float4 weights = quartered_weights(w, 8 * eight + 4 * four + i);
          for (uint t = 0; t < TOKENS; t++) {
            sums[t] = fma(weights, float4(activations[t][i]), sums[t]);
          }
        }
      }
    }
    const half scale = c < words ? scales[c / lanes * 4] : half(0.0f);
    const bool later = lanes == 8 && from / SIMD % 2 != 0;
    for (uint t = 0; t < TOKENS; t++) {
      const float link = chained(group_sum(sums[t], lane, lanes), scale, later ? second[t] : first[t]);
      first[t] = later ? first[t] : link;
      second[t] = later ? link : second[t];
    }
  }
  for (uint t = 0; t < TOKENS; t++) {
    const float sum = added_chains(first[t], second[t], lane, lanes);
    const uint r = row + row_of_lane(lane);
    if (lane < 4 && r < arguments.rows && token + t <= last) {
      store_grouped(y + ulong(token + t) * arguments.rows + r, sum, steps[token + t], arguments.add);
    }
  }
}

#define GROUPED_MATMUL(NAME, TOKENS)                                                                                   \
  kernel void NAME(constant GroupedArguments &arguments [[buffer(0)]], device const uint4 *packed [[buffer(1)]],       \
                   device const half *scales [[buffer(2)]], device const uint4 *codes [[buffer(3)]],                   \
                   device const float *steps [[buffer(4)]], device float *y [[buffer(5)]],                             \
                   uint2 group [[threadgroup_position_in_grid]], uint simdgroup [[simdgroup_index_in_threadgroup]],    \
                   uint lane [[thread_index_in_simdgroup]]) {                                                          \
    grouped_matmul<TOKENS>(arguments, packed, scales, codes, steps, y, group, simdgroup, lane);                        \
  }

GROUPED_MATMUL(grouped_matmul_one, 1)
GROUPED_MATMUL(grouped_matmul_few, TERNARY_FEW_TOKENS)
