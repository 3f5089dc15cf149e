#include "matmul_grid.h"

#include "kernels/arguments.h"

namespace bitnet {

MatmulGrid matmulGrid(uint64_t rows, uint64_t tokens) {
  if (tokens == 1) {
    return {0, {ceilDiv(rows, TERNARY_FEW_ROWS), 1}};
  }
  if (tokens <= TERNARY_MOST_FEW) {
    return {1, {ceilDiv(rows, TERNARY_FEW_ROWS), ceilDiv(tokens, TERNARY_FEW_TOKENS)}};
  }
  return {2, {ceilDiv(rows, TERNARY_TILE_ROWS), ceilDiv(tokens, TERNARY_TILE_TOKENS)}};
}

} // namespace bitnet
