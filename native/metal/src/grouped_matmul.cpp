#include "codes.h"
#include "grouped.h"
#include "matmul_grid.h"

using namespace bitnet;

int32_t bitnet_metal_grouped_matmul(bitnet_metal_stream *stream, const bitnet_metal_grouped *w,
                                    const bitnet_metal_wide *q, int32_t tokens, const bitnet_metal_buffer *y,
                                    int32_t add) {
  if (!isGrouped(*w) || w->columns != q->columns || tokens < 1 || add < 0 || add > 1) {
    return stream->misuse("grouped_matmul: %d by %d in groups of %d times %d tokens of %d, add %d", w->rows, w->columns,
                          w->group, tokens, q->columns, add);
  }
  const uint64_t rows = w->rows;
  const uint64_t count = tokens;
  const MatmulGrid launch = matmulGrid(rows, count);
  const GroupedArguments arguments{u32(w->rows), u32(w->columns), u32(tokens), u32(add), u32(w->group)};
  return Encoding(*stream, Kernel::grouped_matmul_one + launch.variant)
      .arguments(arguments)
      .buffer(w->packed, groupedBytes(*w))
      .buffer(w->scales, groupedScaleBytes(*w))
      .buffer(q->codes, wideBytes(*q, count))
      .buffer(q->steps, count * sizeof(float))
      .buffer(y, count * rows * sizeof(float))
      .run(launch.grid, TERNARY_THREADS, rows * w->columns * count);
}
