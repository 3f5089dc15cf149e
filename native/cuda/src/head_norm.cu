// HeadNorm, and RopeStore behind it where they are one: a warp a head and row. Blocks (heads, row).
#include "cache.h"

namespace head_norms {

constexpr int WARPS = 4;

// Where a head's values go, turned or not.
struct Head {
  const bitnet_head_norm &p;
  const Place &place;
  int head;
  float *qkv, *x; // of the row, of the head
  bool turns;

  INLINE const float *gain() const { return head < p.rope.heads.heads ? p.query : p.key; }

  // Dimensions i and i + D / 2.
  INLINE void store(int i, float a, float b) const {
    int half = p.rope.heads.head_dim / 2;
    if (!turns) {
      x[i] = a;
      x[i + half] = b;
      return;
    }
    Turn turn = turn_of(p.rope, place.position, i);
    float2 both = rotate(a, b, turn.cosine, turn.sine);
    turned(p.rope, place, head, i, qkv).store(both.x);
    turned(p.rope, place, head, i + half, qkv).store(both.y);
  }
};

// Heads of 32 K dimensions, 64 or 128: a lane has every 32nd, and the contract's tree of sums is one of lanes.
template <int K> INLINE void norm_lanes(const Head &h) {
  static_assert(K == 2 || K == 4);
  int lane = threadIdx.x % 32;
  const float *gain = h.gain();
  float x[4] = {}, g[K], squares[4];
#pragma unroll
  for (int k = 0; k < K; k++) {
    g[k] = gain[lane + 32 * k];
    x[k] = fresh(h.x + lane + 32 * k);
  }
#pragma unroll
  for (int k = 0; k < 4; k++) {
    squares[k] = x[k] * x[k];
  }
  float sum = (squares[0] + squares[2]) + (squares[1] + squares[3]);
  for (int stride = 16; stride > 0; stride /= 2) {
    sum += __shfl_xor_sync(WARP, sum, stride);
  }
  float r = norm_factor(sum, 32 * K, h.p.epsilon);
#pragma unroll
  for (int k = 0; k < K / 2; k++) {
    h.store(lane + 32 * k, x[k] * r * g[k], x[k + K / 2] * r * g[k + K / 2]);
  }
}

// Any other head, in shared memory.
INLINE void norm_any(const Head &h, float *values, float *lanes) {
  int lane = threadIdx.x % 32, dims = h.p.rope.heads.head_dim;
  const float *gain = h.gain();
  for (int i = lane; i < dims; i += 32) {
    values[i] = fresh(h.x + i);
  }
  warp_barrier();
  float r = norm_factor(warp_squares(values, dims, lanes), dims, h.p.epsilon);
  for (int i = lane; i < dims / 2; i += 32) {
    int j = i + dims / 2;
    h.store(i, values[i] * r * gain[i], values[j] * r * gain[j]);
  }
}

} // namespace head_norms

KERNEL(head_norm, bitnet_head_norm, 128) {
  __shared__ float lanes[head_norms::WARPS][256];
  DYNAMIC_SHARED(memory); // a head of each warp
  const bitnet_heads &h = p.rope.heads;
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, head = blockIdx.x * head_norms::WARPS + warp, row = blockIdx.y;
  int dims = h.head_dim, turned_heads = h.heads + h.kv_heads;
  bool stores = p.rope.entries != nullptr;
  let_others_begin();
  Place place = stores ? place_of(p.rope.entries[row]) : Place{0, nullptr};
  wait_for_others();
  if (head >= turned_heads + (stores ? h.kv_heads : 0)) {
    return;
  }
  float *qkv = p.qkv + (int64_t)row * p.stride;
  if (head >= turned_heads) {
    for (int i = lane; i < dims; i += 32) {
      kept(p.rope, place, head - turned_heads, i).store(fresh(qkv + head * dims + i));
    }
    return;
  }
  head_norms::Head own = {p, place, head, qkv, qkv + head * dims, stores};
  if (dims == 128) {
    head_norms::norm_lanes<4>(own);
  } else if (dims == 64) {
    head_norms::norm_lanes<2>(own);
  } else {
    head_norms::norm_any(own, (float *)memory + warp * dims, lanes[warp]);
  }
}
