#include "codes.h"
#include "matmul_grid.h"

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
  const MatmulGrid launch = matmulGrid(rows, count);
  const TernaryArguments arguments{u32(w->rows), u32(w->columns), u32(tokens), u32(add)};
  return Encoding(*stream, Kernel::ternary_matmul_one + launch.variant)
      .arguments(arguments)
      .buffer(w->packed, ternary_packed_bytes(w->rows, w->columns))
      .buffer(q->codes, codesBytes(*q, count))
      .buffer(q->factors, count * sizeof(float))
      .buffer(w->scales, rows * sizeof(float))
      .buffer(y, count * rows * sizeof(float))
      .run(launch.grid, TERNARY_THREADS, rows * w->columns * count);
}
