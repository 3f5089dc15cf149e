#include "encoding.h"

#include "pool.h"

namespace bitnet {

namespace {

constexpr uint64_t MOST_THREADGROUPS = 0x7fffffff;

} // namespace

Encoding &Encoding::buffer(const Buffer *buffer, uint64_t bytes, uint64_t offset, uint64_t alignment) {
  if (status != BITNET_METAL_OK) {
    return *this;
  }
  const uint32_t index = count + 1;
  if (buffer == nullptr || count == MOST_BUFFERS) {
    status = stream.misuse("%s: no buffer %u", name(kernel), index);
  } else if (offset % alignment != 0) {
    status = stream.misuse("%s: buffer %u begins at %llu, not at a multiple of %llu", name(kernel), index,
                           static_cast<unsigned long long>(offset), static_cast<unsigned long long>(alignment));
  } else if (bytes == 0 || offset > buffer->bytes || bytes > buffer->bytes - offset) {
    status = stream.misuse("%s: buffer %u has %llu bytes, and %llu from %llu on are needed", name(kernel), index,
                           static_cast<unsigned long long>(buffer->bytes), static_cast<unsigned long long>(bytes),
                           static_cast<unsigned long long>(offset));
  } else {
    bindings[count++] = {buffer, offset};
  }
  return *this;
}

int32_t Encoding::run(Grid threadgroups, uint32_t threads, uint64_t work) {
  if (status != BITNET_METAL_OK) {
    return status;
  }
  if (!stream.open) {
    return stream.misuse("%s: no step has begun", name(kernel));
  }
  for (uint64_t groups : {threadgroups.x, threadgroups.y, threadgroups.z}) {
    if (groups == 0 || groups > MOST_THREADGROUPS) {
      return stream.misuse(
          "%s: a grid of %llu by %llu by %llu", name(kernel), static_cast<unsigned long long>(threadgroups.x),
          static_cast<unsigned long long>(threadgroups.y), static_cast<unsigned long long>(threadgroups.z));
    }
  }
  Pool pool;
  MTL::ComputeCommandEncoder *encoder = stream.record();
  if (encoder == nullptr) {
    return BITNET_METAL_FAILED;
  }
  encoder->setComputePipelineState(stream.device->pipelines[static_cast<uint32_t>(kernel)].get());
  encoder->setBytes(constants, constantBytes, 0);
  for (uint32_t i = 0; i < count; i++) {
    encoder->setBuffer(bindings[i].buffer->metal.get(), bindings[i].offset, i + 1);
  }
  encoder->dispatchThreadgroups(MTL::Size::Make(threadgroups.x, threadgroups.y, threadgroups.z),
                                MTL::Size::Make(threads, 1, 1));
  return stream.recorded(work);
}

} // namespace bitnet
