// RMSNorm of each head of the queries and keys, in place: a threadgroup for each head.
#include "row.h"
using namespace bitnet;

kernel void head_norm(constant HeadNormArguments &arguments [[buffer(0)]], device const float *query [[buffer(1)]],
                      device const float *key [[buffer(2)]], device float *qkv [[buffer(3)]],
                      uint2 group [[threadgroup_position_in_grid]], uint thread_index [[thread_index_in_threadgroup]]) {
  threadgroup float partials[ROW_THREADS];
  const uint dim = arguments.head_dim, heads = arguments.heads;
  device float *x = qkv + (ulong(group.y) * (heads + 2 * arguments.kv_heads) + group.x) * dim;
  const float r = inverse_rms(x, dim, arguments.epsilon, partials, thread_index);
  const Normed normed = {x, group.x < heads ? query : key, r};
  for (uint i = thread_index; i < dim; i += ROW_THREADS) {
    x[i] = normed.at(i); // which no other thread reads
  }
}
