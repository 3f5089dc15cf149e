// Attention, second half: the chunks of a query in order, a simdgroup for each query.
#include "arguments.h"
#include "precise.h"
using namespace bitnet;

kernel void attention_combine(constant AttentionArguments &arguments [[buffer(0)]],
                              device const StepRow *steps [[buffer(1)]],
                              device const AttentionTile *tiles [[buffer(2)]],
                              device const float *partial [[buffer(3)]], device float *out [[buffer(4)]],
                              uint3 group [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]]) {
  device const AttentionTile &tile = tiles[group.z];
  const uint head = group.x, row = group.y, dim = arguments.head_dim, stride = dim + 2;
  if (row >= tile.count) {
    return;
  }
  const uint chunks = steps[tile.first + row].position / KV_PAGE + 1;
  partial += (ulong(tile.partial_row + row) * arguments.heads + head) * arguments.chunks * stride;
  out += (ulong(tile.first + row) * arguments.heads + head) * dim;
  float most = -INFINITY;
  for (uint c = lane; c < chunks; c += SIMD) {
    most = max(most, partial[c * stride + dim]);
  }
  most = simd_max(most);
  for (uint d = lane; d < dim; d += SIMD) {
    float total = 0.0f, sum = 0.0f;
    for (uint c = 0; c < chunks; c++) {
      device const float *of = partial + c * stride;
      const float e = expn(of[dim] - most);
      total = fma(of[dim + 1], e, total);
      sum = fma(of[d], e, sum);
    }
    out[d] = sum / total;
  }
}
