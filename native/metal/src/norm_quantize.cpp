#include "codes.h"
#include "encoding.h"

using namespace bitnet;

int32_t bitnet_metal_norm_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x,
                                   const bitnet_metal_buffer *gain, float epsilon, int32_t count,
                                   const bitnet_metal_codes *q) {
  if (count < 1 || q->columns < 1) {
    return stream->misuse("norm_quantize: %d rows of %d", count, q->columns);
  }
  const uint64_t rows = count;
  const uint64_t columns = q->columns;
  const QuantizeArguments arguments{u32(q->columns), epsilon};
  return Encoding(*stream, Kernel::norm_quantize)
      .arguments(arguments)
      .buffer(x, rows * columns * sizeof(float))
      .buffer(gain, columns * sizeof(float))
      .buffer(q->codes, codesBytes(*q, rows))
      .buffer(q->factors, rows * sizeof(float))
      .run({rows}, ROW_THREADS, 2 * rows * columns);
}
