// The convolution of gated DeltaNet, in place: a thread has a channel of all rows of a sequence, one after the other.
// Blocks (channels, sequence).
#include "delta.h"

KERNEL(delta_convolve, bitnet_delta, 128) {
  constexpr int MOST = BITNET_DELTA_KERNEL;
  constexpr int AHEAD = 8; // rows that are on their way at once
  let_others_begin();
  wait_for_others();
  int channels = delta::gates(p), channel = blockIdx.x * blockDim.x + threadIdx.x;
  int row = p.entries[blockIdx.y].sequence_first;
  if (channel >= channels) {
    return;
  }
  // Weights and inputs lie at the end of their arrays; what is in front of them does not count.
  int none = MOST - p.kernel;
  float weights[MOST], inputs[MOST], *history = delta::history(p, row) + channel;
#pragma unroll
  for (int k = 0; k < MOST; k++) {
    weights[k] = k >= none ? p.convolution[channel * p.kernel + k - none] : 0.0f;
    inputs[k] = k >= none && k < MOST - 1 ? fresh(history + (int64_t)(k - none) * channels) : 0.0f;
  }
  int rows[AHEAD], next = row;
  float ahead[AHEAD];
  auto load = [&](int i) {
    rows[i] = next;
    ahead[i] = next < 0 ? 0.0f : fresh(delta::row(p, next) + channel);
    next = next < 0 ? -1 : p.entries[next].next;
  };
#pragma unroll
  for (int i = 0; i < AHEAD; i++) {
    load(i);
  }
  while (rows[0] >= 0) {
    float sum = 0.0f, *to = delta::row(p, rows[0]) + channel;
    inputs[MOST - 1] = ahead[0];
#pragma unroll
    for (int i = 0; i + 1 < AHEAD; i++) {
      rows[i] = rows[i + 1];
      ahead[i] = ahead[i + 1];
    }
    load(AHEAD - 1);
#pragma unroll
    for (int k = 0; k < MOST; k++) {
      sum = k >= none ? fmaf(weights[k], inputs[k], sum) : sum;
    }
    *to = silu(sum);
#pragma unroll
    for (int k = 0; k + 1 < MOST; k++) {
      inputs[k] = inputs[k + 1];
    }
  }
#pragma unroll
  for (int k = 0; k + 1 < MOST; k++) {
    if (k >= none) {
      history[(int64_t)(k - none) * channels] = inputs[k];
    }
  }
}
