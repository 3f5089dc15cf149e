#include "encoding.h"
#include "shape.h"

#include "kernels/arguments.h"

using namespace bitnet;

static_assert(BITNET_METAL_KV_PAGE == KV_PAGE);

int64_t bitnet_metal_page_bytes(const bitnet_metal_shape *shape) {
  if (!isShape(*shape)) {
    return 0;
  }
  const uint64_t elements = kv_page_elements(shape->layers, shape->kv_heads, shape->head_dim);
  return static_cast<int64_t>(elements * (shape->kv_type == BITNET_METAL_KV_F16 ? 2 : 4));
}

int32_t bitnet_metal_rope_store(bitnet_metal_stream *stream, const bitnet_metal_shape *shape, int32_t layer,
                                const bitnet_metal_buffer *rows, int32_t count, const bitnet_metal_buffer *rope,
                                int32_t positions, const bitnet_metal_buffer *qkv) {
  if (!isShape(*shape) || layer < 0 || layer >= shape->layers || count < 1 || positions < 1) {
    return stream->misuse("rope_store: %d rows up to position %d in layer %d of %d", count, positions, layer,
                          shape->layers);
  }
  const uint64_t tokens = count;
  const uint64_t width = qkvWidth(*shape);
  const uint64_t pairs =
      (static_cast<uint64_t>(shape->heads) + 2 * static_cast<uint64_t>(shape->kv_heads)) * shape->head_dim / 2;
  const RopeArguments arguments{u32(layer), u32(shape->layers), u32(shape->heads), u32(shape->kv_heads),
                                u32(shape->head_dim)};
  return Encoding(*stream, Kernel::rope_store_f16 + shape->kv_type)
      .arguments(arguments)
      .buffer(rows, tokens * sizeof(StepRow))
      .buffer(rope, static_cast<uint64_t>(positions) * shape->head_dim * sizeof(float))
      .buffer(qkv, tokens * width * sizeof(float))
      .run({ceilDiv(pairs, ELEMENT_THREADS), tokens}, ELEMENT_THREADS, tokens * width);
}
