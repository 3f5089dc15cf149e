#include "encoding.h"

#include "kernels/arguments.h"

using namespace bitnet;

namespace {

constexpr uint64_t CANONICAL_WEIGHTS = 128; // of a block of bitnet.tensor.TernaryLayout
constexpr uint64_t CANONICAL_BYTES = 32;

} // namespace

int64_t bitnet_metal_ternary_bytes(int32_t rows, int32_t columns) {
  return rows < 1 || columns < 1
             ? 0
             : static_cast<int64_t>(ternary_packed_bytes(static_cast<uint32_t>(rows), static_cast<uint32_t>(columns)));
}

int32_t bitnet_metal_ternary_pack(bitnet_metal_stream *stream, const bitnet_metal_ternary *w, int32_t row,
                                  int32_t count, const bitnet_metal_buffer *canonical, int64_t offset) {
  if (w->columns < 1 || row < 0 || count < 1 || row > w->rows - count || offset < 0) {
    return stream->misuse("ternary_pack: rows %d to %lld of a matrix of %d by %d", row,
                          static_cast<long long>(row) + count, w->rows, w->columns);
  }
  const uint64_t rows = count;
  const uint64_t columns = w->columns;
  const uint64_t words = ternary_columns(w->columns) / 16;
  const TernaryPackArguments arguments{u32(w->columns), u32(row)};
  return Encoding(*stream, Kernel::ternary_pack)
      .arguments(arguments)
      .buffer(canonical, rows * ceilDiv(columns, CANONICAL_WEIGHTS) * CANONICAL_BYTES, offset)
      .buffer(w->packed, ternary_packed_bytes(w->rows, w->columns))
      .run({ceilDiv(words, ELEMENT_THREADS), rows}, ELEMENT_THREADS, rows * words);
}
