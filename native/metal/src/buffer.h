// Memory that the CPU and the GPU share.
#pragma once

#include "device.h"

#include "bitnet_metal.h"

struct bitnet_metal_buffer {
  NS::SharedPtr<MTL::Buffer> metal;
  uint64_t bytes = 0;
};

namespace bitnet {

using Buffer = bitnet_metal_buffer;

// New memory of any content; null and a failure if there is not enough.
Buffer *allocate(const Device &device, uint64_t bytes, Failure &failure);
// Memory that someone else owns and keeps until the buffer is released, not copied. It begins at a page and is whole
// pages long; null and a failure if Metal will not have it.
Buffer *wrap(const Device &device, void *memory, uint64_t bytes, Failure &failure);
void release(Buffer *buffer);

} // namespace bitnet
