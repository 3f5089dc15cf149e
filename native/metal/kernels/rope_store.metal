// Rotates queries and keys, stores keys and values: a thread for each pair of dimensions half a head apart.
#include "kv_page.h"
using namespace bitnet;

template <typename T>
METAL_FUNC void rope_store(constant RopeArguments &arguments, device const StepRow *steps, device const float *rope,
                           device float *qkv, uint2 at) {
  const uint dim = arguments.head_dim, pairs = dim / 2, heads = arguments.heads, kv_heads = arguments.kv_heads;
  const uint head = at.x / pairs, d = at.x % pairs;
  if (head >= heads + 2 * kv_heads) {
    return;
  }
  device float *v = qkv + (ulong(at.y) * (heads + 2 * kv_heads) + head) * dim + d;
  const uint position = steps[at.y].position;
  float a = v[0], b = v[pairs];
  if (head < heads + kv_heads) {
    device const float *angles = rope + ulong(position) * dim + d;
    const float cosine = angles[0], sine = angles[pairs];
    const float a_sine = a * sine, b_sine = b * sine;
    a = fma(a, cosine, -b_sine);
    b = fma(b, cosine, a_sine);
    v[0] = a;
    v[pairs] = b;
  }
  if (head >= heads) {
    const uint kv = (head - heads) % kv_heads, slot = position % KV_PAGE;
    device T *keys = key_tile<T>(steps[at.y].cache, arguments, position / KV_PAGE, kv);
    device T *to = head < heads + kv_heads ? keys + d * KV_PAGE + slot : keys + (KV_PAGE + slot) * dim + d;
    const uint step = head < heads + kv_heads ? KV_PAGE : 1;
    to[0] = T(a);
    to[pairs * step] = T(b);
  }
}

#define ROPE_STORE(NAME, T)                                                                                            \
  kernel void NAME(constant RopeArguments &arguments [[buffer(0)]], device const StepRow *steps [[buffer(1)]],         \
                   device const float *rope [[buffer(2)]], device float *qkv [[buffer(3)]],                            \
                   uint2 at [[thread_position_in_grid]]) {                                                             \
    rope_store<T>(arguments, steps, rope, qkv, at);                                                                    \
  }

ROPE_STORE(rope_store_f16, half)
ROPE_STORE(rope_store_f32, float)
