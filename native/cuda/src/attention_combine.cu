// Brings the chunks of each query together, in order, which needs the maximum of all of them first.
#include "attention_runs.h"

// Blocks (tile, 8 queries): a warp has a query, a lane four dimensions.
KERNEL(attention_combine, bitnet_attention_many, 256) {
  using namespace runs_of_rows;
  let_others_begin();
  Tile tile(p);
  int query = (int)blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32, dim = lane * 4;
  wait_for_others();
  if (query >= tile.queries) {
    return;
  }
  int from = tile.first_position(query) / BITNET_PAGE - tile.first_chunk, padded = p.heads.padded_dim;
  int chunks = tile.position(query) / BITNET_PAGE + 1 - tile.first_chunk - from;
  const float2 *softmax = (const float2 *)p.softmax + place_of(p, query, from);
  const float *partial = p.partial + place_of(p, query, from) * padded + min(dim, padded - 4);
  float largest = -INFINITY;
  for (int c = lane; c < chunks; c += 32) {
    largest = fmaxf(largest, fresh(&softmax[c].x));
  }
  // The first chunks are on their way with the maxima; more at once would leave room for fewer warps.
  constexpr int AT_ONCE = 4;
  float2 made[AT_ONCE];
  float4 part[AT_ONCE];
  float sum = 0.0f, out[4] = {};
#pragma unroll 1
  for (int first = 0; first < chunks; first += AT_ONCE) {
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      int c = min(first + i, chunks - 1);
      made[i] = fresh(softmax + c);
      part[i] = fresh((const float4 *)(partial + c * padded));
    }
    if (first == 0) {
      for (int stride = 16; stride > 0; stride /= 2) {
        largest = fmaxf(largest, __shfl_xor_sync(WARP, largest, stride));
      }
    }
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      if (first + i < chunks) {
        float e = expn(made[i].x - largest);
        sum = fmaf(made[i].y, e, sum);
        out[0] = fmaf(part[i].x, e, out[0]);
        out[1] = fmaf(part[i].y, e, out[1]);
        out[2] = fmaf(part[i].z, e, out[2]);
        out[3] = fmaf(part[i].w, e, out[3]);
      }
    }
  }
  float *to = p.out + tile.row(query) * p.out_stride + tile.head(query) * p.heads.head_dim + dim;
  if (dim < p.heads.head_dim) {
    *(float4 *)to = make_float4(out[0] / sum, out[1] / sum, out[2] / sum, out[3] / sum);
  }
}
