#include "encoding.h"

#include "kernels/arguments.h"

using namespace bitnet;

int32_t bitnet_metal_output_norm(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t columns,
                                 const bitnet_metal_buffer *gain, float epsilon, const bitnet_metal_buffer *rows,
                                 int32_t outputs, const bitnet_metal_buffer *y) {
  if (columns < 1 || outputs < 1) {
    return stream->misuse("output_norm: %d rows of %d", outputs, columns);
  }
  const uint64_t count = outputs;
  const uint64_t width = columns;
  const QuantizeArguments arguments{u32(columns), epsilon};
  return Encoding(*stream, Kernel::output_norm)
      .arguments(arguments)
      // Which rows of x are read is in a buffer: there are at least as many as outputs.
      .buffer(x, count * width * sizeof(float))
      .buffer(gain, width * sizeof(float))
      .buffer(rows, count * sizeof(uint32_t))
      .buffer(y, count * width * sizeof(float))
      .run({count}, ROW_THREADS, 2 * count * width);
}
