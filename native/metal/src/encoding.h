// One dispatch of a kernel. Everything about it is collected and checked first; Metal sees it when all is right.
#pragma once

#include "stream.h"

namespace bitnet {

struct Grid {
  uint64_t x = 1;
  uint64_t y = 1;
  uint64_t z = 1;
};

// A count that was found not to be negative.
constexpr uint32_t u32(int32_t count) {
  return static_cast<uint32_t>(count);
}

constexpr uint64_t ceilDiv(uint64_t value, uint64_t divisor) {
  return (value + divisor - 1) / divisor;
}

class Encoding {
public:
  Encoding(Stream &stream, Kernel kernel) : stream(stream), kernel(kernel) {}

  // The kernel's arguments, at index 0.
  template <typename T> Encoding &arguments(const T &values) {
    static_assert(sizeof(T) <= 4096, "what setBytes takes");
    constants = &values;
    constantBytes = sizeof(T);
    return *this;
  }
  // The buffer at the next index, from 1 on: the kernel touches `bytes` of it, `offset` after its begin.
  Encoding &buffer(const Buffer *buffer, uint64_t bytes, uint64_t offset = 0, uint64_t alignment = 4);
  // Records the dispatch. `work` is in multiply-and-adds.
  int32_t run(Grid threadgroups, uint32_t threads, uint64_t work);

private:
  static constexpr uint32_t MOST_BUFFERS = 8;

  struct Binding {
    const Buffer *buffer;
    uint64_t offset;
  };

  Stream &stream;
  const Kernel kernel;
  const void *constants = nullptr;
  uint64_t constantBytes = 0;
  Binding bindings[MOST_BUFFERS] = {};
  uint32_t count = 0;
  int32_t status = BITNET_METAL_OK;
};

} // namespace bitnet
