#include "encoding.h"
#include "shape.h"

#include "kernels/arguments.h"

#include <cmath>

using namespace bitnet;

static_assert(sizeof(bitnet_metal_tile) == sizeof(AttentionTile) &&
              offsetof(bitnet_metal_tile, count) == offsetof(AttentionTile, count) &&
              offsetof(bitnet_metal_tile, partial_row) == offsetof(AttentionTile, partial_row));

namespace {

// Up to so many queries of a tile, a simdgroup takes one each.
constexpr uint64_t MOST_FEW = 16;

uint64_t partialBytes(const bitnet_metal_shape &shape, uint64_t rows, uint64_t chunks) {
  return rows * attention_partial_floats(shape.heads, shape.head_dim, static_cast<uint32_t>(chunks)) * sizeof(float);
}

} // namespace

int64_t bitnet_metal_partial_bytes(const bitnet_metal_shape *shape, int32_t rows, int32_t positions) {
  if (!isShape(*shape) || rows < 1 || positions < 1) {
    return 0;
  }
  return static_cast<int64_t>(partialBytes(*shape, rows, ceilDiv(positions, KV_PAGE)));
}

int32_t bitnet_metal_attention(bitnet_metal_stream *stream, const bitnet_metal_shape *shape, int32_t layer,
                               const bitnet_metal_buffer *rows, int32_t count, const bitnet_metal_buffer *tiles,
                               int32_t first_tile, int32_t tile_count, int32_t tile_rows, int32_t most,
                               int32_t positions, const bitnet_metal_buffer *qkv, const bitnet_metal_buffer *partial,
                               const bitnet_metal_buffer *out) {
  if (!isShape(*shape) || layer < 0 || layer >= shape->layers || count < 1 || first_tile < 0 || tile_count < 1 ||
      most < 1 || tile_rows < most || tile_rows > count || positions < 1) {
    return stream->misuse(
        "attention: %d tiles from %d on, of %d and at most %d of %d rows, and %d positions in layer %d of %d",
        tile_count, first_tile, tile_rows, most, count, positions, layer, shape->layers);
  }
  const uint64_t tokens = count;
  const uint64_t chunks = ceilDiv(positions, KV_PAGE);
  const uint64_t queries = static_cast<uint64_t>(most) * (shape->heads / shape->kv_heads);
  const bool few = queries <= MOST_FEW;
  const uint64_t parts = ceilDiv(queries, few ? ATTENTION_FEW : ATTENTION_MANY);
  const uint64_t tileBytes = tile_count * sizeof(AttentionTile);
  const uint64_t tileOffset = first_tile * sizeof(AttentionTile);
  const uint64_t partials = partialBytes(*shape, tile_rows, chunks);
  const AttentionArguments arguments{u32(layer),
                                     u32(shape->layers),
                                     u32(shape->heads),
                                     u32(shape->kv_heads),
                                     u32(shape->head_dim),
                                     static_cast<uint32_t>(chunks),
                                     static_cast<uint32_t>(parts),
                                     static_cast<float>(1 / std::sqrt(static_cast<double>(shape->head_dim)))};
  const uint64_t width = static_cast<uint64_t>(shape->heads) * shape->head_dim;
  const uint64_t work = 2 * width * positions * tile_rows;
  const int32_t status =
      Encoding(*stream, (few ? Kernel::attention_chunks_few_f16 : Kernel::attention_chunks_many_f16) + shape->kv_type)
          .arguments(arguments)
          .buffer(rows, tokens * sizeof(StepRow))
          .buffer(tiles, tileBytes, tileOffset)
          .buffer(qkv, tokens * qkvWidth(*shape) * sizeof(float))
          .buffer(partial, partials)
          .run({chunks, shape->kv_heads * parts, static_cast<uint64_t>(tile_count)}, ATTENTION_THREADS, work);
  if (status != BITNET_METAL_OK) {
    return status;
  }
  return Encoding(*stream, Kernel::attention_combine)
      .arguments(arguments)
      .buffer(rows, tokens * sizeof(StepRow))
      .buffer(tiles, tileBytes, tileOffset)
      .buffer(partial, partials)
      .buffer(out, tokens * width * sizeof(float))
      .run({static_cast<uint64_t>(shape->heads), static_cast<uint64_t>(most), static_cast<uint64_t>(tile_count)}, SIMD,
           width * chunks * tile_rows);
}
