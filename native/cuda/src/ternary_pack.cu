// Rows of the canonical layout into units (bitnet_cuda.h): words stay as they are, rows are interleaved.
#include "device.h"

KERNEL(ternary_pack, bitnet_ternary_pack, 256) {
  wait_for_others();
  int64_t words = (int64_t)p.to.tiles * p.to.chunks * (BITNET_UNIT_BYTES / 4);
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < words; i += (int64_t)gridDim.x * blockDim.x) {
    int j = (int)(i % 4), lane = (int)(i / 4 % 32);
    int unit = (int)(i / 128), chunk = unit % p.to.chunks;
    int row = unit / p.to.chunks * BITNET_TILE_ROWS + lane / 4 + 8 * (j & 1);
    int from = p.to.outputs[row] - p.first;
    if (from >= 0 && from < p.rows) {
      p.units[i] = p.canonical[((int64_t)from * p.to.chunks + chunk) * 8 + (j >> 1) * 4 + lane % 4];
    }
  }
}
