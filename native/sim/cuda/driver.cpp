#include "driver.h"

namespace bitnet::sim {

thread_local std::vector<CUcontext> context_stack;

Driver &Driver::get() {
  static Driver driver;
  return driver;
}

CUresult Driver::enter(const char *function, bool in_context) {
  calls[function]++;
  if (fail_function == function && fail_after-- == 0) {
    fail_function.clear();
    return fail_error;
  }
  if (in_context && context_stack.empty()) {
    return CUDA_ERROR_INVALID_CONTEXT;
  }
  // A fault makes the context useless.
  return in_context ? sticky : CUDA_SUCCESS;
}

bool Driver::contains(const std::map<uint64_t, uint64_t> &memory, uint64_t address, uint64_t size) {
  auto after = memory.upper_bound(address);
  if (after == memory.begin()) {
    return false;
  }
  auto found = std::prev(after);
  uint64_t offset = address - found->first;
  return offset <= found->second && size <= found->second - offset;
}

int64_t Driver::used() const {
  int64_t bytes = 0;
  for (const auto &allocation : memory) {
    bytes += (int64_t)allocation.second;
  }
  return bytes;
}

CUresult Driver::drain(CUstream stream) {
  while (!stream->work.empty() && sticky == CUDA_SUCCESS) {
    auto work = std::move(stream->work.front());
    stream->work.pop_front();
    work();
  }
  stream->work.clear();
  return sticky;
}

CUresult Driver::drain_all() {
  for (CUstream stream : streams) {
    drain(stream);
  }
  return sticky;
}

CUresult Driver::put(CUstream stream, std::function<void()> work) {
  REQUIRE(streams.count(stream), CUDA_ERROR_INVALID_HANDLE);
  if (stream->capturing) {
    stream->captured.push_back(std::move(work));
  } else {
    stream->work.push_back(std::move(work));
  }
  return CUDA_SUCCESS;
}

void Driver::raise(CUresult error, const std::string &what) {
  if (sticky == CUDA_SUCCESS) {
    sticky = error;
    fault = what;
  }
}

} // namespace bitnet::sim

// ---- What tests say and ask ----

using bitnet::sim::Driver;

// One of DEFAULTS.
EXPORTED void bitnet_sim_cuda_set(const char *setting, int64_t value) {
  Driver::get().settings.at(setting) = value;
}

// The call of `function` after `after` more of it answers `error`; of none if `function` is empty.
EXPORTED void bitnet_sim_cuda_fail(const char *function, int64_t after, int error) {
  Driver &driver = Driver::get();
  driver.fail_function = function;
  driver.fail_after = after;
  driver.fail_error = (CUresult)error;
}

// The next run of a kernel of that name ends in an illegal address.
EXPORTED void bitnet_sim_cuda_fault(const char *kernel) {
  Driver::get().fault_kernel = kernel;
}

EXPORTED int64_t bitnet_sim_cuda_calls(const char *function) {
  return Driver::get().calls[function];
}

// Handles, allocations and retained contexts that somebody still has.
EXPORTED int64_t bitnet_sim_cuda_live(void) {
  Driver &driver = Driver::get();
  int64_t retained = 0;
  for (const auto &context : driver.contexts) {
    retained += context.second.retained;
  }
  return retained +
         (int64_t)(driver.memory.size() + driver.pinned.size() + driver.streams.size() + driver.graphs.size() +
                   driver.executables.size() + driver.modules.size() + driver.events.size());
}

// What went wrong on the device, or "".
EXPORTED const char *bitnet_sim_cuda_what_failed(void) {
  return Driver::get().fault.c_str();
}

// As after a restart of the process: forgets settings, faults and counts.
EXPORTED void bitnet_sim_cuda_reset(void) {
  Driver &driver = Driver::get();
  driver.settings = bitnet::sim::DEFAULTS;
  driver.sticky = CUDA_SUCCESS;
  driver.fault.clear();
  driver.fault_kernel.clear();
  driver.fail_function.clear();
  driver.calls.clear();
}
