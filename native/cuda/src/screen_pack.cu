// Makes the screen of a head, or an int8 head, when it is loaded: a block has a tile, a warp one of its rows. Codes and
// scales are those that the contract has for an int8 head.
#include "logit.h"
#include "screen.h"

namespace screen {

INLINE float sum_of_warp(float x) {
  for (int stride = 16; stride > 0; stride /= 2) {
    x += __shfl_xor_sync(WARP, x, stride);
  }
  return x;
}

template <int TYPE> INLINE void pack(const bitnet_screen_pack &p) {
  wait_for_others();
  int lane = threadIdx.x % 32, row = blockIdx.x * BITNET_TILE_ROWS + threadIdx.x / 32, g = row % 8;
  if (row >= p.rows) {
    return;
  }
  const uint8_t *from = p.table + row * p.row_bytes;
  float squares = 0.0f;
  uint32_t bits = 0;
  for (int i = lane * 8; i < p.columns; i += 256) {
    float w[8];
    logit::eight_or_fewer<TYPE>(from, i, p.columns, w);
    for (float x : w) {
      bits = max_magnitude(bits, x);
      squares = fmaf(x, x, squares);
    }
  }
  bits = warp_max(bits);
  float largest = f32_of(bits < 0x7f800000u ? bits : 0x7fc00000u);
  float norm = norm_up(sum_of_warp(squares));
  bool tiny = largest < 5.4210109e-20f; // 2^-64
  float scale = tiny ? 0.0f : largest / (float)MOST_CODE, factor = tiny ? 0.0f : (float)MOST_CODE / largest;
  float rest = 0.0f;
  int codes = 0;
  for (int i = lane * 8; i < p.columns; i += 256) {
    float w[8];
    logit::eight_or_fewer<TYPE>(from, i, p.columns, w);
    uint32_t words[2] = {};
    for (int k = 0; k < 8; k++) {
      int code = (int)fminf(fmaxf(rintf(w[k] * factor), -(float)MOST_CODE), (float)MOST_CODE);
      words[k / 4] |= (uint32_t)(code & 255) << (k % 4 * 8);
      codes += code * code;
      float d = fmaf(-scale, (float)code, w[k]);
      rest = fmaf(d, d, rest);
    }
    int column = i % BITNET_SCREEN_COLUMNS, t = column % 16 / 4;
    int64_t unit = (int64_t)(row / BITNET_TILE_ROWS) * p.to.steps + i / BITNET_SCREEN_COLUMNS;
    uint32_t *to = p.to.units + (unit * 32 + g * 4 + t) * 4 + row % BITNET_TILE_ROWS / 8 + column / 16 * 2;
    to[0] = words[0];
    to[4] = words[1];
  }
  float residual = norm_up(sum_of_warp(rest)), coded = scale * norm_up((float)warp_sum(codes)) * 1.00001f + 1e-20f;
  if (lane == 0) {
    p.to.rows[row] = {scale, residual, coded, norm};
  }
}

} // namespace screen

#define PACK(name, TYPE)                                                                                               \
  KERNEL(name, bitnet_screen_pack, 512) {                                                                              \
    screen::pack<TYPE>(p);                                                                                             \
  }

PACK(screen_pack_f32, BITNET_F32)
PACK(screen_pack_f16, BITNET_F16)
PACK(screen_pack_bf16, BITNET_BF16)
PACK(screen_pack_q8_0, BITNET_Q8_0)
PACK(screen_pack_q6_k, BITNET_Q6_K)
PACK(screen_pack_q5_0, BITNET_Q5_0)
PACK(screen_pack_q4_0, BITNET_Q4_0)
