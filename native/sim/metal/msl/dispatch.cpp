// Runs kernels: arguments checked, threadgroups one after the other, each on a team of fibers.
#include "kernels_double.h"
#include "runtime.h"
#include "team.h"
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

using bitnet::sim::Exchange;
using bitnet::sim::LANES;
using bitnet::sim::Team;

extern "C" {
// Bounds of the threadgroup variables, which lie in a section of their own (but see CMakeLists.txt).
extern char __start_msl_threadgroup[] __attribute__((weak, visibility("hidden")));
extern char __stop_msl_threadgroup[] __attribute__((weak, visibility("hidden")));
}

static_assert(offsetof(msl_exchange, lanes) == offsetof(Exchange, lanes));

void msl_barrier(msl_uint line) {
  Team::current().barrier(Team::Scope::GROUP, line);
}

void msl_simdgroup_barrier(void) {
  Team::current().subgroup_barrier("simdgroup_barrier");
}

const msl_exchange *msl_exchange_lanes(const char *operation, msl_ulong low, msl_ulong high) {
  return reinterpret_cast<const msl_exchange *>(&Team::current().exchange(operation, {{low, high}}));
}

msl_uint msl_lane(void) {
  return Team::current().lane();
}

namespace {

constexpr uint32_t MOST_THREADS = 1024;

// OS threads that share the threadgroups of a dispatch. Several only for ThreadSanitizer, to which fibers of different
// ones are not ordered: it sees threadgroups race. Each then has threadgroup variables of its own.
#if SIM_TSAN
constexpr uint32_t WORKERS = 4;
#else
constexpr uint32_t WORKERS = 1;
#endif

std::string unbound(const msl_kernel &kernel, const msl_dispatch &dispatch) {
  for (uint32_t i = 0; i < kernel.argument_count; i++) {
    const msl_argument &argument = kernel.arguments[i];
    const msl_binding &binding = dispatch.buffers[argument.index];
    std::string at = "buffer index " + std::to_string(argument.index);
    if (binding.address == nullptr) {
      return "nothing is bound at " + at;
    }
    if (binding.bytes < argument.element_bytes) {
      return at + " has " + std::to_string(binding.bytes) + " bytes, the argument needs " +
             std::to_string(argument.element_bytes);
    }
    if (reinterpret_cast<uintptr_t>(binding.address) % argument.alignment != 0) {
      return at + " is not aligned to " + std::to_string(argument.alignment);
    }
  }
  return "";
}

uint64_t product(const uint32_t extent[3]) {
  return uint64_t(extent[0]) * extent[1] * extent[2];
}

// One threadgroup.
struct Group {
  const msl_kernel &kernel;
  const msl_dispatch &dispatch;
  uint64_t buffers[MSL_BUFFERS];
  uint32_t position[3];

  static void thread(void *context, uint32_t index) {
    const Group &group = *static_cast<const Group *>(context);
    const uint32_t *threads = group.dispatch.threads;
    const uint32_t in_group[3] = {index % threads[0], index / threads[0] % threads[1], index / threads[0] / threads[1]};
    msl_thread t = {};
    t.buffers = group.buffers;
    for (int i = 0; i < 3; i++) {
      t.threadgroup_position_in_grid[i] = group.position[i];
      t.thread_position_in_grid[i] = group.position[i] * threads[i] + in_group[i];
    }
    t.thread_index_in_threadgroup = index;
    t.thread_index_in_simdgroup = index % LANES;
    t.simdgroup_index_in_threadgroup = index / LANES;
    group.kernel.thread(&t);
  }
};

// The threadgroups `first`, `first` + WORKERS ... of the order.
std::string run_share(Team &team, Group group, const std::vector<uint32_t> &order, uint32_t first) {
  std::mt19937_64 random(group.dispatch.seed + first);
  uint32_t threads = uint32_t(product(group.dispatch.threads));
  for (size_t i = first; i < order.size(); i += WORKERS) {
    const uint32_t *grid = group.dispatch.threadgroups;
    group.position[0] = order[i] % grid[0];
    group.position[1] = order[i] / grid[0] % grid[1];
    group.position[2] = order[i] / grid[0] / grid[1];
    // Threadgroup memory is undefined before it is written: NaN.
    if (__start_msl_threadgroup != nullptr) {
      memset(__start_msl_threadgroup, 0xff, size_t(__stop_msl_threadgroup - __start_msl_threadgroup));
    }
    uint64_t seed = group.dispatch.seed == 0 ? 0 : random() | 1;
    if (std::string error = team.run({1, threads}, Group::thread, &group, seed); !error.empty()) {
      return error;
    }
  }
  return "";
}

std::string run(const msl_kernel &kernel, const msl_dispatch &dispatch) {
  uint64_t threads = product(dispatch.threads), groups = product(dispatch.threadgroups);
  if (threads < 1 || threads > MOST_THREADS) {
    return std::to_string(threads) + " threads in a threadgroup (1 .. " + std::to_string(MOST_THREADS) + ")";
  }
  if (groups < 1) {
    return "a grid without threadgroups";
  }
  if (std::string error = unbound(kernel, dispatch); !error.empty()) {
    return error;
  }
  std::vector<uint32_t> order(groups);
  std::iota(order.begin(), order.end(), 0u);
  if (dispatch.seed != 0) {
    std::shuffle(order.begin(), order.end(), std::mt19937_64(dispatch.seed));
  }
  Group group = {kernel, dispatch, {}, {}};
  for (int i = 0; i < MSL_BUFFERS; i++) {
    group.buffers[i] = reinterpret_cast<uintptr_t>(dispatch.buffers[i].address);
  }
  // Never freed: a process may end while one of its threads is in a kernel.
  static Team *const teams = new Team[WORKERS];
  std::string errors[WORKERS];
  std::vector<std::thread> others;
  for (uint32_t w = 1; w < WORKERS; w++) {
    others.emplace_back([&, w] { errors[w] = run_share(teams[w], group, order, w); });
  }
  errors[0] = run_share(teams[0], group, order, 0);
  for (std::thread &other : others) {
    other.join();
  }
  return *std::max_element(std::begin(errors), std::end(errors)); // one that is not empty, if there is one
}

} // namespace

const msl_kernel *msl_find_kernel(const char *name) {
  uint32_t count;
  const msl_kernel *kernels = msl_kernels(&count);
  for (uint32_t i = 0; i < count; i++) {
    if (strcmp(kernels[i].name, name) == 0) {
      return kernels + i;
    }
  }
  return nullptr;
}

const char *msl_run(const msl_kernel *kernel, const msl_dispatch *dispatch) {
  // Threadgroup variables of kernels are globals here.
  static std::mutex one_at_a_time;
  thread_local std::string error;
  std::lock_guard<std::mutex> lock(one_at_a_time);
  error = run(*kernel, *dispatch);
  if (error.empty()) {
    return nullptr;
  }
  error = std::string(kernel->name) + ": " + error;
  return error.c_str();
}
