#include "encoding.h"
#include "grouped.h"

using namespace bitnet;

int64_t bitnet_metal_grouped_bytes(int32_t rows, int32_t columns) {
  const bitnet_metal_grouped w{rows, columns, 128, nullptr, nullptr};
  return isGrouped(w) ? static_cast<int64_t>(groupedBytes(w)) : 0;
}

int64_t bitnet_metal_grouped_scale_bytes(int32_t rows, int32_t columns, int32_t group) {
  const bitnet_metal_grouped w{rows, columns, group, nullptr, nullptr};
  return isGrouped(w) ? static_cast<int64_t>(groupedScaleBytes(w)) : 0;
}

int32_t bitnet_metal_grouped_pack(bitnet_metal_stream *stream, const bitnet_metal_grouped *w, int32_t row,
                                  int32_t count, const bitnet_metal_buffer *canonical,
                                  const bitnet_metal_buffer *scales) {
  if (!isGrouped(*w) || row < 0 || count < 1 || row > w->rows - count) {
    return stream->misuse("grouped_pack: rows %d to %lld of a matrix of %d by %d in groups of %d", row,
                          static_cast<long long>(row) + count, w->rows, w->columns, w->group);
  }
  const uint64_t rows = count;
  const uint64_t words = wide_columns(u32(w->columns)) / 16;
  const GroupedPackArguments arguments{u32(w->columns), u32(row), u32(w->group)};
  return Encoding(*stream, Kernel::grouped_pack)
      .arguments(arguments)
      .buffer(canonical, rows * words * sizeof(uint32_t)) // rows of whole blocks, as the packed ones
      .buffer(scales, rows * ceilDiv(w->columns, w->group) * sizeof(uint16_t))
      .buffer(w->packed, groupedBytes(*w))
      .buffer(w->scales, groupedScaleBytes(*w))
      .run({ceilDiv(words, ELEMENT_THREADS), rows}, ELEMENT_THREADS, rows * words);
}
