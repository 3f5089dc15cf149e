#include "codes.h"
#include "encoding.h"

using namespace bitnet;

int32_t bitnet_metal_ternary_matmul(bitnet_metal_stream *stream, const bitnet_metal_ternary *w,
                                    const bitnet_metal_codes *q, int32_t tokens, const bitnet_metal_buffer *y,
                                    int32_t add) {
  if (w->rows < 1 || w->columns < 1 || w->columns != q->columns || tokens < 1 || add < 0 || add > 1) {
    return stream->misuse("ternary_matmul: %d by %d times %d tokens of %d, add %d", w->rows, w->columns, tokens,
                          q->columns, add);
  }
  const uint64_t rows = w->rows;
  const uint64_t count = tokens;
  Kernel kernel = Kernel::ternary_matmul_tiles;
  Grid grid{ceilDiv(rows, TERNARY_TILE_ROWS), ceilDiv(count, TERNARY_TILE_TOKENS)};
  if (count == 1) {
    kernel = Kernel::ternary_matmul_one;
    grid = {ceilDiv(rows, TERNARY_FEW_ROWS), 1};
  } else if (count <= TERNARY_MOST_FEW) {
    kernel = Kernel::ternary_matmul_few;
    grid = {ceilDiv(rows, TERNARY_FEW_ROWS), ceilDiv(count, TERNARY_FEW_TOKENS)};
  }
  const TernaryArguments arguments{u32(w->rows), u32(w->columns), u32(tokens), u32(add)};
  return Encoding(*stream, kernel)
      .arguments(arguments)
      .buffer(w->packed, ternary_packed_bytes(w->rows, w->columns))
      .buffer(q->codes, codesBytes(*q, count))
      .buffer(q->factors, count * sizeof(float))
      .buffer(w->scales, rows * sizeof(float))
      .buffer(y, count * rows * sizeof(float))
      .run(grid, TERNARY_THREADS, rows * w->columns * count);
}
