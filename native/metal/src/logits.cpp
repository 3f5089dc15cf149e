#include "encoding.h"
#include "tables.h"

#include "kernels/arguments.h"

using namespace bitnet;

int32_t bitnet_metal_logits(bitnet_metal_stream *stream, const bitnet_metal_table *table, const bitnet_metal_buffer *y,
                            int32_t first, int32_t outputs, const bitnet_metal_buffer *logits) {
  if (!isTable(*table) || first < 0 || outputs < 1) {
    return stream->misuse("logits: %d outputs from %d on of a table of type %d, %d by %d", outputs, first, table->type,
                          table->rows, table->columns);
  }
  const uint64_t rows = table->rows;
  const uint64_t columns = table->columns;
  const uint64_t count = outputs;
  const LogitsArguments arguments{u32(table->rows), u32(table->columns), u32(outputs)};
  return Encoding(*stream, Kernel::logits_f32 + table->type)
      .arguments(arguments)
      .buffer(table->data, tableBytes(*table), table->offset)
      .buffer(y, count * columns * sizeof(float), first * columns * sizeof(float))
      .buffer(logits, count * rows * sizeof(float))
      .run({ceilDiv(rows, LOGITS_ROWS), ceilDiv(count, LOGITS_OUTPUTS)}, LOGITS_THREADS, rows * columns * count);
}
