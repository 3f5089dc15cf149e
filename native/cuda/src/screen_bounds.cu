// Bounds of all logits of a screened head, or the logits of an int8 head, for up to 4 TILES outputs: a warp has tiles
// of 16 rows, and asks for a tile's codes a step ahead, across the ends of tiles. An output is two columns of eight:
// its high bytes and its low ones.
#include "screen.h"
#include "top.h"

namespace screen {

template <int TILES, bool INT8> INLINE void bounds_of_rows(const bitnet_screen_bounds &p, uint8_t *memory) {
  constexpr int AT_ONCE = TILES < 8 ? BITNET_SCREEN_STEPS : BITNET_SCREEN_STEPS / 2; // registers
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4, stride = gridDim.x * (blockDim.x / 32);
  int steps = p.screen.steps;
  // Neighbouring tiles go to different multiprocessors, so that all of these have as much to do.
  int tile = blockIdx.x + gridDim.x * (threadIdx.x / 32), next_tile = tile, next_step = 0;
  const uint4 *units = (const uint4 *)p.screen.units + lane;
  uint4 next[AT_ONCE] = {};
  auto load = [&] {
    if (next_tile < p.screen.tiles) {
      const uint4 *from = units + ((int64_t)next_tile * steps + next_step) * 32;
#pragma unroll
      for (int i = 0; i < AT_ONCE; i++) {
        next[i] = load_once(from + i * 32);
      }
      next_step += AT_ONCE;
      if (next_step == steps) {
        next_step = 0;
        next_tile += stride;
      }
    }
  };
  let_others_begin();
  load();
  wait_for_others();
  top::begin(p.top, 0, p.outputs);
  uint2 *planes = (uint2 *)memory;
  float4 *facts = (float4 *)(planes + TILES * steps * 32);
  for (int i = threadIdx.x; i < TILES * steps * 16; i += blockDim.x) {
    ((uint4 *)planes)[i] = fresh((const uint4 *)p.input.planes + i);
  }
  for (int i = threadIdx.x; i < TILES * OUTPUTS; i += blockDim.x) {
    facts[i] = fresh((const float4 *)p.input.facts + i);
  }
  __syncthreads();
  uint32_t largest[TILES] = {};
  for (; tile < p.screen.tiles; tile += stride) {
    int row = tile * BITNET_TILE_ROWS + g;
    bitnet_screen_row rows[2] = {p.screen.rows[row], p.screen.rows[row + 8]};
    int sums[TILES][4] = {};
    for (int step = 0; step < steps; step += AT_ONCE) {
      uint4 codes[AT_ONCE];
#pragma unroll
      for (int i = 0; i < AT_ONCE; i++) {
        codes[i] = next[i];
      }
      load();
#pragma unroll
      for (int i = 0; i < AT_ONCE; i++) {
#pragma unroll
        for (int n = 0; n < TILES; n++) {
          multiply_signed(sums[n], codes[i], planes[(n * steps + step + i) * 32 + lane]);
        }
      }
    }
#pragma unroll
    for (int n = 0; n < TILES; n++) {
      int output = n * OUTPUTS + t;
      float4 input = facts[output];
#pragma unroll
      for (int half = 0; half < 2; half++) {
        int at = row + 8 * half;
        Bounds found;
        if (INT8) {
          found.lower = found.upper = (float)sums[n][2 * half + 1] * (rows[half].scale / input.x);
        } else {
          found = bounds((int64_t)sums[n][2 * half] * 256 + sums[n][2 * half + 1], rows[half], input);
        }
        if (output < p.outputs && at < p.rows) {
          p.upper[(int64_t)output * p.rows + at] = found.upper;
          largest[n] = max(largest[n], top::ordered(found.lower));
        }
      }
    }
  }
#pragma unroll
  for (int n = 0; n < TILES; n++) {
    for (int lanes = 4; lanes < 32; lanes *= 2) {
      largest[n] = max(largest[n], __shfl_xor_sync(WARP, largest[n], lanes));
    }
    int output = n * OUTPUTS + t;
    if (g == 0 && output < p.outputs && p.top.maxima) {
      p.top.maxima[output * p.top.groups + top::own_group()] = largest[n];
    }
  }
}

} // namespace screen

#define BOUNDS(outputs)                                                                                                \
  KERNEL(screen_bounds_##outputs, bitnet_screen_bounds, 512, 1) {                                                      \
    DYNAMIC_SHARED(memory);                                                                                            \
    screen::bounds_of_rows<outputs / screen::OUTPUTS, false>(p, memory);                                               \
  }                                                                                                                    \
  KERNEL(int8_logits_##outputs, bitnet_screen_bounds, 512, 1) {                                                        \
    DYNAMIC_SHARED(memory);                                                                                            \
    screen::bounds_of_rows<outputs / screen::OUTPUTS, true>(p, memory);                                                \
  }

BOUNDS(4)
BOUNDS(8)
BOUNDS(16)
BOUNDS(32)
