// Which of a product's kernels suits a number of tokens, and its grid.
#pragma once

#include "encoding.h"

namespace bitnet {

struct MatmulGrid {
  // After the kernel for one token: that for a few, that of tiles.
  int32_t variant;
  Grid grid;
};

MatmulGrid matmulGrid(uint64_t rows, uint64_t tokens);

} // namespace bitnet
