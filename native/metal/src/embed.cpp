#include "encoding.h"
#include "tables.h"

#include "kernels/arguments.h"

using namespace bitnet;

static_assert(sizeof(bitnet_metal_row) == sizeof(StepRow) &&
              offsetof(bitnet_metal_row, token) == offsetof(StepRow, token) &&
              offsetof(bitnet_metal_row, position) == offsetof(StepRow, position));

int32_t bitnet_metal_embed(bitnet_metal_stream *stream, const bitnet_metal_table *table,
                           const bitnet_metal_buffer *rows, int32_t count, const bitnet_metal_buffer *x) {
  if (!isTable(*table) || count < 1) {
    return stream->misuse("embed: %d rows of a table of type %d, %d by %d", count, table->type, table->rows,
                          table->columns);
  }
  const uint64_t tokens = count;
  const uint64_t columns = table->columns;
  const EmbedArguments arguments{u32(table->columns)};
  return Encoding(*stream, Kernel::embed_f32 + table->type)
      .arguments(arguments)
      .buffer(rows, tokens * sizeof(StepRow))
      .buffer(table->data, tableBytes(*table), table->offset)
      .buffer(x, tokens * columns * sizeof(float))
      .run({ceilDiv(columns, ELEMENT_THREADS), tokens}, ELEMENT_THREADS, tokens * columns);
}
