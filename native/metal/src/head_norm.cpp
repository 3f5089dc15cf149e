#include "encoding.h"
#include "shape.h"

#include "kernels/arguments.h"

using namespace bitnet;

int32_t bitnet_metal_head_norm(bitnet_metal_stream *stream, const bitnet_metal_shape *shape,
                               const bitnet_metal_buffer *query, const bitnet_metal_buffer *key, float epsilon,
                               int32_t count, const bitnet_metal_buffer *qkv) {
  if (!isShape(*shape) || count < 1) {
    return stream->misuse("head_norm: %d rows of %d and %d heads of %d", count, shape->heads, shape->kv_heads,
                          shape->head_dim);
  }
  const uint64_t tokens = count;
  const uint64_t dim = shape->head_dim;
  const uint64_t heads = static_cast<uint64_t>(shape->heads) + static_cast<uint64_t>(shape->kv_heads);
  const HeadNormArguments arguments{u32(shape->heads), u32(shape->kv_heads), u32(shape->head_dim), epsilon};
  return Encoding(*stream, Kernel::head_norm)
      .arguments(arguments)
      .buffer(query, dim * sizeof(float))
      .buffer(key, dim * sizeof(float))
      .buffer(qkv, tokens * qkvWidth(*shape) * sizeof(float))
      .run({heads, tokens}, ROW_THREADS, 2 * tokens * heads * dim);
}
