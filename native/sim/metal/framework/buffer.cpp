#include "classes.h"
#include "control.h"

#include <cstring>
#include <mutex>
#include <set>

#include <sys/mman.h>
#include <unistd.h>

namespace framework {

namespace {

constexpr uint64_t ALIGNMENT = 16; // of contents, and so how near to the page behind them they end

Class &buffers() {
  static Class &type = define("MTLBuffer");
  return type;
}

std::mutex mutex;

std::set<const Buffer *> &addressed() {
  static auto *all = new std::set<const Buffer *>;
  return *all;
}

uint64_t page() {
  return static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

Buffer::Buffer(char *contents, uint64_t bytes, char *mapping, uint64_t mappedBytes)
    : Object(buffers()), contents(contents), bytes(bytes), mapping(mapping), mappedBytes(mappedBytes) {}

Buffer *Buffer::allocate(uint64_t bytes) {
  if (bytes == 0) {
    violation("newBufferWithLength: of no bytes");
    return nullptr;
  }
  const uint64_t used = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  const uint64_t open = (used + page() - 1) / page() * page();
  const uint64_t mapped = open + 2 * page();
  void *mapping = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) {
    return nullptr;
  }
  char *begin = static_cast<char *>(mapping);
  if (mprotect(begin + page(), open, PROT_READ | PROT_WRITE) != 0) {
    munmap(mapping, mapped);
    return nullptr;
  }
  memset(begin + page(), 0xff, open);
  return new Buffer(begin + page() + open - used, bytes, begin, mapped);
}

Buffer *Buffer::wrap(void *memory, uint64_t bytes) {
  const uint64_t address = reinterpret_cast<uint64_t>(memory);
  if (address == 0 || address % page() != 0 || bytes == 0 || bytes % page() != 0) {
    violation("newBufferWithBytesNoCopy: %llu bytes at %p are not whole pages", static_cast<unsigned long long>(bytes),
              memory);
    return nullptr;
  }
  return new Buffer(static_cast<char *>(memory), bytes, nullptr, 0);
}

void Buffer::finish() {
  const std::lock_guard lock(mutex);
  addressed().erase(this);
  if (mapping != nullptr) {
    munmap(mapping, mappedBytes);
  }
}

void Buffer::reachable(bool yes) const {
  if (mapping != nullptr) {
    mprotect(mapping + page(), mappedBytes - 2 * page(), yes ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
}

void reachAll(bool yes) {
  const std::lock_guard lock(mutex);
  for (const Buffer *buffer : addressed()) {
    buffer->reachable(yes);
  }
}

void defineBuffer() {
  buffers().method("contents", [](Buffer *self, SEL) -> void * { return self->contents; });
  buffers().method("length", [](Buffer *self, SEL) { return self->bytes; });
  buffers().method("gpuAddress", [](Buffer *self, SEL) {
    const std::lock_guard lock(mutex);
    self->addressTaken = true;
    addressed().insert(self);
    return reinterpret_cast<uint64_t>(self->contents);
  });
}

} // namespace framework
