#include "codes.h"
#include "encoding.h"

using namespace bitnet;

int64_t bitnet_metal_codes_bytes(int32_t columns) {
  return columns < 1 ? 0 : ternary_columns(static_cast<uint32_t>(columns));
}

int32_t bitnet_metal_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t count,
                              const bitnet_metal_codes *q) {
  if (count < 1 || q->columns < 1) {
    return stream->misuse("quantize: %d rows of %d", count, q->columns);
  }
  const uint64_t rows = count;
  const uint64_t columns = q->columns;
  const QuantizeArguments arguments{u32(q->columns), 0};
  return Encoding(*stream, Kernel::quantize)
      .arguments(arguments)
      .buffer(x, rows * columns * sizeof(float))
      .buffer(q->codes, codesBytes(*q, rows))
      .buffer(q->factors, rows * sizeof(float))
      .run({rows}, ROW_THREADS, rows * columns);
}
