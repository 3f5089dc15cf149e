// What gated DeltaNet does with heads of rows before the states' steps and behind them: a warp a head and row. Blocks
// (heads, row).
#include "delta.h"

namespace delta {

constexpr int WARPS = 4;

// A head that a warp has in shared memory.
INLINE float squares(const float *x, float *head, int dim, float *lanes) {
  for (int i = threadIdx.x % 32; i < dim; i += 32) {
    head[i] = fresh(x + i);
  }
  warp_barrier();
  return warp_squares(head, dim, lanes);
}

} // namespace delta

// Queries and keys get their lengths; the two numbers of a value head become what is kept and the rate.
KERNEL(delta_prepare, bitnet_delta, 128) {
  __shared__ float lanes[delta::WARPS][256];
  DYNAMIC_SHARED(memory); // a head of each warp
  let_others_begin();
  wait_for_others();
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, head = blockIdx.x * delta::WARPS + warp;
  int dim = p.head_dim, heads = 2 * p.key_heads;
  float *row = delta::row(p, blockIdx.y);
  if (head < heads) {
    float *x = row + head * dim, *values = (float *)memory + warp * dim;
    float r = 1.0f / sqrtf(delta::squares(x, values, dim, lanes[warp]) + 1e-6f);
    float length = head < p.key_heads ? p.length : 1.0f;
    for (int i = lane; i < dim; i += 32) {
      x[i] = values[i] * r * length;
    }
  } else if (head == heads) {
    float *kept = row + delta::kept(p), *rates = row + delta::rates(p);
    for (int i = lane; i < p.value_heads; i += 32) {
      kept[i] = expn(p.decay[i] * softplus(fresh(kept + i) + p.time_bias[i]));
      rates[i] = sigmoid(fresh(rates + i));
    }
  }
}

// The norm and the gate of what was read from the states.
KERNEL(delta_finish, bitnet_delta, 128) {
  __shared__ float lanes[delta::WARPS][256];
  DYNAMIC_SHARED(memory);
  let_others_begin();
  wait_for_others();
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32, head = blockIdx.x * delta::WARPS + warp, dim = p.head_dim;
  if (head >= p.value_heads) {
    return;
  }
  const float *gate = delta::row(p, blockIdx.y) + delta::gates(p) + head * dim;
  float *out = delta::result(p, blockIdx.y, head), *values = (float *)memory + warp * dim;
  float r = norm_factor(delta::squares(out, values, dim, lanes[warp]), dim, p.epsilon);
  for (int i = lane; i < dim; i += 32) {
    out[i] = values[i] * r * p.norm[i] * silu(fresh(gate + i));
  }
}
