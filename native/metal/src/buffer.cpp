#include "buffer.h"

#include "pool.h"

#include <new>

namespace bitnet {

namespace {

Buffer *hold(NS::SharedPtr<MTL::Buffer> metal, uint64_t bytes, Failure &failure) {
  auto *buffer = new (std::nothrow) Buffer;
  if (buffer == nullptr) {
    failure.set("Metal", 0, "no memory");
    return nullptr;
  }
  buffer->metal = metal;
  buffer->bytes = bytes;
  return buffer;
}

} // namespace

Buffer *allocate(const Device &device, uint64_t bytes, Failure &failure) {
  Pool pool;
  const uint64_t most = device.metal->maxBufferLength();
  if (bytes == 0 || bytes > most) {
    failure.set("Metal", 0, "a buffer of %llu bytes, where Metal has up to %llu",
                static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(most));
    return nullptr;
  }
  auto metal = NS::TransferPtr(device.metal->newBuffer(bytes, MTL::ResourceStorageModeShared));
  if (!metal) {
    failure.set("Metal", 0, "out of memory: no buffer of %llu bytes", static_cast<unsigned long long>(bytes));
    return nullptr;
  }
  return hold(metal, bytes, failure);
}

Buffer *wrap(const Device &device, void *memory, uint64_t bytes, Failure &failure) {
  Pool pool;
  if (bytes == 0 || bytes > device.metal->maxBufferLength()) {
    failure.set("Metal", 0, "%llu bytes are not for one buffer", static_cast<unsigned long long>(bytes));
    return nullptr;
  }
  auto metal = NS::TransferPtr(device.metal->newBuffer(memory, bytes, MTL::ResourceStorageModeShared, nullptr));
  if (!metal) {
    failure.set("Metal", 0, "Metal does not take %llu bytes where they lie", static_cast<unsigned long long>(bytes));
    return nullptr;
  }
  return hold(metal, bytes, failure);
}

void release(Buffer *buffer) {
  Pool pool;
  delete buffer;
}

} // namespace bitnet
