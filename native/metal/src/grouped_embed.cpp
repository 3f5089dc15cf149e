#include "encoding.h"
#include "grouped.h"

using namespace bitnet;

int32_t bitnet_metal_grouped_embed(bitnet_metal_stream *stream, const bitnet_metal_grouped *table,
                                   const bitnet_metal_buffer *rows, int32_t count, const bitnet_metal_buffer *x) {
  if (!isGrouped(*table) || count < 1) {
    return stream->misuse("grouped_embed: %d rows of a table of %d by %d in groups of %d", count, table->rows,
                          table->columns, table->group);
  }
  const uint64_t tokens = count;
  const uint64_t columns = table->columns;
  const GroupedArguments arguments{u32(table->rows), u32(table->columns), u32(count), 0, u32(table->group)};
  return Encoding(*stream, Kernel::grouped_embed)
      .arguments(arguments)
      .buffer(rows, tokens * sizeof(StepRow))
      .buffer(table->packed, groupedBytes(*table))
      .buffer(table->scales, groupedScaleBytes(*table))
      .buffer(x, tokens * columns * sizeof(float))
      .run({ceilDiv(columns, ELEMENT_THREADS), tokens}, ELEMENT_THREADS, tokens * columns);
}
