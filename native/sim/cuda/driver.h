// The state of the simulated driver. Functions of the driver's interface are in the files named after what they are
// about; each begins with ENTER, which counts the call and fails it where a test asked for that.
#ifndef BITNET_SIM_DRIVER_H
#define BITNET_SIM_DRIVER_H

#include "kernels.h"
#include <cuda.h>
// After cuda.h only the functions, which must be the same.
#include "../../cuda/include/cuda_driver.h"
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#define EXPORTED extern "C" __attribute__((visibility("default")))

struct CUstream_st {
  std::deque<std::function<void()>> work; // done when somebody waits for it
  bool capturing = false;
  std::vector<std::function<void()>> captured;
};
struct CUgraph_st {
  std::vector<std::function<void()>> work;
};
struct CUgraphExec_st {
  std::vector<std::function<void()>> work;
};
struct CUmod_st {};
struct CUfunc_st {
  const bitnet::sim::Kernel *kernel;
  uint32_t most_dynamic_shared; // bytes
};
struct CUevent_st {
  double milliseconds;
};
struct CUctx_st {
  int device;
  int retained = 0;
};

namespace bitnet::sim {

// What a test may set: devices, the driver's version, compute capability (ten times), memory, shared memory of a block,
// multiprocessors, the seed of the order in which blocks and threads go on (0: in turn), and whether kernels are
// skipped.
inline const std::map<std::string, int64_t> DEFAULTS = {
    {"devices", 1},     {"version", 13000},     {"capability", 90}, {"memory", int64_t(8) << 30},
    {"shared", 232448}, {"multiprocessors", 6}, {"seed", 0},        {"skip", 0}};

struct Driver {
  std::recursive_mutex mutex;
  std::map<std::string, int64_t> settings = DEFAULTS;
  std::string fail_function; // the call to fail, and how many of it go well before
  int64_t fail_after = 0;
  CUresult fail_error = CUDA_SUCCESS;
  std::string fault_kernel; // whose next run ends in an illegal address
  std::map<std::string, int64_t> calls;

  bool initialised = false;
  std::map<int, CUctx_st> contexts;
  CUresult sticky = CUDA_SUCCESS; // what a fault leaves behind
  std::string fault;
  std::map<uint64_t, uint64_t> memory; // address to size
  std::map<uint64_t, uint64_t> pinned;
  std::set<CUstream> streams;
  std::set<CUgraph> graphs;
  std::set<CUgraphExec> executables;
  std::set<CUmodule> modules;
  std::map<std::pair<CUmodule, std::string>, CUfunc_st> functions;
  std::set<CUevent> events;

  static Driver &get();
  // Counts the call; the error to answer at once, or CUDA_SUCCESS.
  CUresult enter(const char *function, bool in_context);
  // Whether [address, address + size) lies in one allocation.
  static bool contains(const std::map<uint64_t, uint64_t> &memory, uint64_t address, uint64_t size);
  int64_t used() const;
  // Does what is in line on a stream; the error that sticks, if there is one.
  CUresult drain(CUstream stream);
  CUresult drain_all();
  // Puts work on a stream, or into the graph that it records.
  CUresult put(CUstream stream, std::function<void()> work);
  void raise(CUresult error, const std::string &what);
};

} // namespace bitnet::sim

// Locks the driver; `driver` is its name inside the function.
#define ENTER_WITH(in_context)                                                                                         \
  bitnet::sim::Driver &driver = bitnet::sim::Driver::get();                                                            \
  std::lock_guard<std::recursive_mutex> lock(driver.mutex);                                                            \
  if (CUresult early = driver.enter(__func__, in_context); early != CUDA_SUCCESS) {                                    \
    return early;                                                                                                      \
  }
// Functions that need a context, and those that do not.
#define ENTER ENTER_WITH(true)
#define ENTER_ANYWHERE ENTER_WITH(false)
#define REQUIRE(condition, error)                                                                                      \
  if (!(condition)) {                                                                                                  \
    return error;                                                                                                      \
  }

#endif
