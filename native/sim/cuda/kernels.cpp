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

namespace {

// Shared memory of all blocks is in the same place modulo ALIGNMENT, as those of a cluster rely on, and not aligned to
// it.
enum : size_t { PIECE = 16, MOST_SHARED = 256 << 10, ALIGNMENT = 1024, BEHIND = 128, MOST_ROUNDS = 1 << 17 };

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
  uint32_t rounds = 0; // that it has waited for another block

  void clear() {
    rounds = 0;
    waited = false;
    groups.clear();
    open.clear();
  }
};

// A phase of a barrier ends when somebody waits for it, all have arrived, and the bytes that are expected are there.
struct Bulk {
  uint32_t arrivals; // of a phase
  uint32_t phase = 0, arrived = 0, expected = 0, begun = 0;
  std::vector<std::pair<Copy, uint32_t>> copies;

  bool all_arrived() const { return arrived == arrivals; }
};

std::vector<Block> blocks; // that exist
std::vector<Thread> threads;
std::map<uint64_t *, Bulk> bulks;
bool cooperative, clusters;
uint32_t shared_bytes; // of a block

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

const Block &block() {
  return blocks[Team::current().group()];
}

namespace {

// Makes blocks that exist at once, from the number `first` of the order on, and runs them.
std::string run_blocks(const Launch &launch, uint64_t seed, const uint32_t *numbers, uint32_t count) {
  static Team team;
  static std::vector<std::unique_ptr<uint8_t[]>> memories;
  blocks.resize(count);
  bulks.clear();
  cooperative = launch.cooperative;
  clusters = launch.clusters;
  shared_bytes = launch.dynamic_shared_bytes;
  for (uint32_t i = 0; i < count; i++) {
    if (memories.size() <= i) {
      memories.emplace_back(new uint8_t[MOST_SHARED + ALIGNMENT + BEHIND]);
    }
    uint8_t *memory = memories[i].get(), *shared = memory + (ALIGNMENT - (uintptr_t)memory % ALIGNMENT) + BEHIND;
    uint32_t number = numbers[i];
    blocks[i] = {
        {number % launch.grid.x, number / launch.grid.x % launch.grid.y, number / launch.grid.x / launch.grid.y},
        launch.threads,
        launch.grid,
        shared};
    UNPOISON(shared, MOST_SHARED);
    // NaN: what is read before it is written shows.
    memset(shared, 0xff, launch.dynamic_shared_bytes);
    POISON(shared + launch.dynamic_shared_bytes, MOST_SHARED - launch.dynamic_shared_bytes);
  }
  memset(__start_cuda_shared, 0xff, static_shared_bytes());
  threads.resize(std::max<size_t>(threads.size(), (size_t)count * launch.threads.x));
  for (Thread &thread : threads) {
    thread.clear();
  }
  std::string error = team.run({count, launch.threads.x, false}, body, const_cast<Launch *>(&launch), seed);
  if (error.empty() &&
      std::any_of(bulks.begin(), bulks.end(), [](const auto &b) { return !b.second.copies.empty(); })) {
    error = "it ends while copies to shared memory go on";
  }
  return error;
}

} // namespace

std::string run(const Launch &launch, uint64_t seed) {
  uint32_t all = launch.grid.x * launch.grid.y * launch.grid.z, cluster = launch.clusters ? launch.grid.z : 1;
  std::vector<uint32_t> firsts(all / cluster), order;
  std::iota(firsts.begin(), firsts.end(), 0u);
  if (seed != 0) {
    std::shuffle(firsts.begin(), firsts.end(), std::mt19937_64(seed));
  }
  for (uint32_t first : firsts) {
    for (uint32_t i = 0; i < cluster; i++) {
      order.push_back(first + i * (all / cluster));
    }
  }
  uint32_t at_once = launch.cooperative ? all : cluster;
  for (uint32_t first = 0; first < all; first += at_once) {
    std::string error = run_blocks(launch, seed, &order[first], at_once);
    if (!error.empty()) {
      const Dim3 &index = blocks[0].index;
      return std::string(launch.kernel->name) + ", block (" + std::to_string(index.x) + ", " + std::to_string(index.y) +
             ", " + std::to_string(index.z) + (at_once > 1 ? ") or one of the others: " : "): ") + error;
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

namespace {

Bulk &bulk_of(uint64_t *barrier) {
  auto found = bulks.find(barrier);
  if (found == bulks.end()) {
    fail("a barrier is used before it was begun");
  }
  return found->second;
}

} // namespace

void bulk_begin(uint64_t *barrier, uint32_t arrivals) {
  if (!bulks.try_emplace(barrier, Bulk{arrivals, 0, 0, 0, 0, {}}).second) {
    fail("a barrier is begun again");
  }
}

void bulk_expect(uint64_t *barrier, uint32_t bytes) {
  Bulk &bulk = bulk_of(barrier);
  if (bulk.all_arrived()) {
    fail("a thread arrives at a barrier before its last phase was waited for");
  }
  bulk.arrived++;
  bulk.expected += bytes;
}

void bulk_copy(void *shared, const void *global, uint32_t bytes, uint64_t *barrier) {
  Bulk &bulk = bulk_of(barrier);
  bulk.begun += bytes;
  if ((uintptr_t)shared % PIECE != 0 || (uintptr_t)global % PIECE != 0 || bytes % PIECE != 0) {
    fail("a copy to shared memory is not aligned");
  }
  if (bulk.all_arrived() && bulk.begun > bulk.expected) {
    fail("a copy has more bytes than its barrier expects");
  }
  memset(shared, 0xff, bytes);
  bulk.copies.push_back({{shared, global}, bytes});
}

void bulk_wait(uint64_t *barrier, uint32_t parity) {
  Bulk &bulk = bulk_of(barrier);
  for (uint32_t round = 0; (bulk.phase & 1) == parity; round++) {
    if (bulk.all_arrived() && bulk.begun == bulk.expected) {
      for (const auto &[copy, bytes] : bulk.copies) {
        memcpy(copy.to, copy.from, bytes);
      }
      bulk.copies.clear();
      bulk.arrived = bulk.expected = bulk.begun = 0;
      bulk.phase++;
      return;
    }
    if (round > MOST_ROUNDS) {
      fail("a thread waits for copies that nobody begins, or for others that do not arrive");
    }
    Team::current().pause();
  }
}

const void *peer(const void *own, uint32_t rank) {
  uint32_t self = Team::current().group();
  size_t offset = (size_t)((const uint8_t *)own - blocks[self].dynamic_shared);
  if (!clusters || rank >= blocks.size() || offset >= shared_bytes) {
    fail("a thread reads shared memory that is not its cluster's");
  }
  return blocks[rank].dynamic_shared + offset;
}

void others_go_on() {
  if (!cooperative) {
    fail("a block waits for another in a launch that is not cooperative");
  }
  if (++self().rounds > MOST_ROUNDS) {
    Team &team = Team::current();
    team.fail("thread %u of block %u waits for another block for too long", team.in_group(), block().index.x);
  }
  Team::current().pause();
}

} // namespace bitnet::sim
