#include "codes.h"
#include "encoding.h"

using namespace bitnet;

int64_t bitnet_metal_wide_bytes(int32_t columns) {
  return columns < 1 ? 0 : static_cast<int64_t>(wideBytes({columns, nullptr, nullptr}, 1));
}

int32_t bitnet_metal_wide_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t first,
                                   int32_t count, const bitnet_metal_wide *q) {
  if (first < 0 || count < 1 || q->columns < 1) {
    return stream->misuse("wide_quantize: %d rows of %d from %d on", count, q->columns, first);
  }
  const uint64_t rows = count;
  const uint64_t columns = q->columns;
  const QuantizeArguments arguments{u32(q->columns), 0};
  return Encoding(*stream, Kernel::wide_quantize)
      .arguments(arguments)
      .buffer(x, rows * columns * sizeof(float), first * columns * sizeof(float))
      .buffer(q->codes, wideBytes(*q, rows))
      .buffer(q->steps, rows * sizeof(float))
      .run({rows}, ROW_THREADS, rows * columns);
}

int32_t bitnet_metal_wide_norm_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x,
                                        const bitnet_metal_buffer *gain, float epsilon, int32_t count,
                                        const bitnet_metal_wide *q) {
  if (count < 1 || q->columns < 1) {
    return stream->misuse("wide_norm_quantize: %d rows of %d", count, q->columns);
  }
  const uint64_t rows = count;
  const uint64_t columns = q->columns;
  const QuantizeArguments arguments{u32(q->columns), epsilon};
  return Encoding(*stream, Kernel::wide_norm_quantize)
      .arguments(arguments)
      .buffer(x, rows * columns * sizeof(float))
      .buffer(gain, columns * sizeof(float))
      .buffer(q->codes, wideBytes(*q, rows))
      .buffer(q->steps, rows * sizeof(float))
      .run({rows}, ROW_THREADS, 2 * rows * columns);
}
