// KeepOutputs: the row of output i becomes row i, in place. Outputs ascend, so that a row comes from its own place or
// one behind it: a thread that has a column takes some outputs after the other, and reads each row before it is
// overwritten. Blocks (columns, buffer).
#include "device.h"

KERNEL(keep_outputs, bitnet_keep_outputs, 128) {
  constexpr int AT_ONCE = 8;
  let_others_begin();
  wait_for_others();
  int columns = p.columns[blockIdx.y], column = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  float *rows = p.rows[blockIdx.y] + column;
  if (column >= columns) {
    return;
  }
#pragma unroll 1
  for (int first = 0; first < p.outputs; first += AT_ONCE) {
    float kept[AT_ONCE];
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      kept[i] = fresh(rows + (int64_t)p.entries[min(first + i, p.outputs - 1)].output * columns);
    }
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      if (first + i < p.outputs) {
        rows[(int64_t)(first + i) * columns] = kept[i];
      }
    }
  }
}
