#include "encoding.h"

#include "kernels/arguments.h"

using namespace bitnet;

int32_t bitnet_metal_gate(bitnet_metal_stream *stream, int32_t activation, const bitnet_metal_buffer *gate_up,
                          int32_t columns, int32_t count, const bitnet_metal_buffer *h) {
  if (activation < BITNET_METAL_SQUARED_RELU || activation > BITNET_METAL_SILU || columns < 1 || count < 1) {
    return stream->misuse("gate: activation %d of %d rows of %d", activation, count, columns);
  }
  const uint64_t rows = count;
  const uint64_t width = columns;
  const GateArguments arguments{u32(columns)};
  return Encoding(*stream, Kernel::gate_squared_relu + activation)
      .arguments(arguments)
      .buffer(gate_up, 2 * rows * width * sizeof(float))
      .buffer(h, rows * width * sizeof(float))
      .run({ceilDiv(width, ELEMENT_THREADS), rows}, ELEMENT_THREADS, 3 * rows * width);
}
