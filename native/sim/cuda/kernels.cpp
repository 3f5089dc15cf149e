#include "kernels.h"
#include "team.h"
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <random>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define POISON(address, size) __asan_poison_memory_region(address, size)
#define UNPOISON(address, size) __asan_unpoison_memory_region(address, size)
#endif
#endif
#ifndef POISON
#define POISON(address, size) static_cast<void>(address)
#define UNPOISON(address, size) static_cast<void>(address)
#endif

// Where the linker put what kernels declare as shared.
extern "C" char __start_cuda_shared[] __attribute__((weak, visibility("hidden")));
extern "C" char __stop_cuda_shared[] __attribute__((weak, visibility("hidden")));

namespace bitnet::sim {

Block block;

namespace {

enum : size_t { PIECE = 16, MOST_SHARED = 256 << 10, ALIGNMENT = 128 };

std::map<std::string, const Kernel *> &registry() {
  static std::map<std::string, const Kernel *> kernels;
  return kernels;
}

struct Copy {
  void *to;
  const void *from;
};

struct Thread {
  bool waited = false;
  std::vector<std::vector<Copy>> groups; // closed, oldest first
  std::vector<Copy> open;

  void clear() {
    waited = false;
    groups.clear();
    open.clear();
  }
};

std::vector<Thread> threads;

struct BulkCopy {
  void *to;
  const void *from;
  size_t bytes;
};

// Of a round of the block's bulk copies.
struct Round {
  std::vector<BulkCopy> copies;
  size_t expected = 0, begun = 0;
};

std::map<uint64_t *, Round> rounds_of_block;

Thread &self() {
  return threads[Team::current().thread()];
}

[[noreturn]] void fail(const char *message) {
  Team::current().fail("%s", message);
}

void body(void *context, uint32_t) {
  const Launch &launch = *static_cast<const Launch *>(context);
  launch.kernel->run(launch.argument.data());
  Thread &thread = self();
  if (!thread.waited) {
    fail("a thread returns without having waited for the kernel in front");
  }
  if (!thread.open.empty() || std::any_of(thread.groups.begin(), thread.groups.end(),
                                          [](const std::vector<Copy> &group) { return !group.empty(); })) {
    fail("a thread returns while its copies to shared memory go on");
  }
}

} // namespace

Kernel::Kernel(const char *name, size_t argument_bytes, size_t argument_alignment, std::vector<uint32_t> bounds,
               void (*run)(const void *argument))
    : name(name), argument_bytes(argument_bytes), argument_alignment(argument_alignment), bounds(std::move(bounds)),
      run(run) {
  registry()[name] = this;
}

const Kernel *Kernel::find(const std::string &name) {
  auto found = registry().find(name);
  return found == registry().end() ? nullptr : found->second;
}

size_t static_shared_bytes() {
  return __start_cuda_shared ? (size_t)(__stop_cuda_shared - __start_cuda_shared) : 0;
}

std::string run(const Launch &launch, uint64_t seed) {
  static Team team;
  static std::unique_ptr<uint8_t[]> memory(new uint8_t[MOST_SHARED + ALIGNMENT]);
  uint8_t *shared = memory.get() + (ALIGNMENT - (uintptr_t)memory.get() % ALIGNMENT) % ALIGNMENT;
  uint32_t count = launch.threads.x;
  threads.resize(std::max<size_t>(threads.size(), count));
  std::vector<uint32_t> order((size_t)launch.grid.x * launch.grid.y * launch.grid.z);
  std::iota(order.begin(), order.end(), 0u);
  if (seed != 0) {
    std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  }
  for (uint32_t number : order) {
    block.index = {number % launch.grid.x, number / launch.grid.x % launch.grid.y,
                   number / launch.grid.x / launch.grid.y};
    block.threads = launch.threads;
    block.grid = launch.grid;
    block.dynamic_shared = shared;
    UNPOISON(shared, MOST_SHARED);
    // NaN: what is read before it is written shows.
    memset(shared, 0xff, launch.dynamic_shared_bytes);
    memset(__start_cuda_shared, 0xff, static_shared_bytes());
    POISON(shared + launch.dynamic_shared_bytes, MOST_SHARED - launch.dynamic_shared_bytes);
    for (uint32_t i = 0; i < count; i++) {
      threads[i].clear();
    }
    rounds_of_block.clear();
    std::string error = team.run({1, count, false}, body, const_cast<Launch *>(&launch), seed);
    if (error.empty() && std::any_of(rounds_of_block.begin(), rounds_of_block.end(),
                                     [](const auto &entry) { return entry.second.begun + entry.second.expected; })) {
      error = "nobody waits for a bulk copy";
    }
    if (!error.empty()) {
      return std::string(launch.kernel->name) + ", block (" + std::to_string(block.index.x) + ", " +
             std::to_string(block.index.y) + ", " + std::to_string(block.index.z) + "): " + error;
    }
  }
  return "";
}

void waited() {
  self().waited = true;
}

void require_waited() {
  if (!self().waited) {
    fail("a thread reads what the kernel in front may still write");
  }
}

void copy_later(void *shared, const void *global) {
  if ((uintptr_t)shared % PIECE != 0 || (uintptr_t)global % PIECE != 0) {
    fail("a copy to shared memory is not aligned");
  }
  memset(shared, 0xff, PIECE);
  self().open.push_back({shared, global});
}

void end_copies() {
  Thread &thread = self();
  thread.groups.push_back(std::move(thread.open));
  thread.open.clear();
}

void finish_copies(uint32_t pending_groups) {
  Thread &thread = self();
  while (thread.groups.size() > pending_groups) {
    for (const Copy &copy : thread.groups.front()) {
      memcpy(copy.to, copy.from, PIECE);
    }
    thread.groups.erase(thread.groups.begin());
  }
}

void copy_bulk(void *shared, const void *global, size_t bytes, uint64_t *rounds) {
  if ((uintptr_t)shared % PIECE != 0 || (uintptr_t)global % PIECE != 0 || bytes % PIECE != 0) {
    fail("a bulk copy is not aligned");
  }
  memset(shared, 0xff, bytes);
  Round &round = rounds_of_block[rounds];
  round.copies.push_back({shared, global, bytes});
  round.begun += bytes;
}

void expect_copies(uint64_t *rounds, size_t bytes) {
  Round &round = rounds_of_block[rounds];
  if (round.expected != 0) {
    fail("a round of bulk copies is expected twice");
  }
  round.expected = bytes;
}

void finish_round(uint64_t *rounds, uint32_t odd) {
  if (*rounds % 2 != odd) {
    return;
  }
  Round &round = rounds_of_block[rounds];
  if (round.expected == 0 || round.begun != round.expected) {
    fail("a round of bulk copies is waited for that has not begun");
  }
  for (const BulkCopy &copy : round.copies) {
    memcpy(copy.to, copy.from, copy.bytes);
  }
  round = {};
  ++*rounds;
}

} // namespace bitnet::sim
