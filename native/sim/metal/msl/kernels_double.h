// The Metal kernels as a library that runs on a CPU: what a stand-in for the Metal framework calls.
//
// The unchanged .metal files are compiled for the CPU; every thread of a threadgroup is a fiber with Metal's rules for
// barriers and simdgroup operations. A mistake that can be seen (an argument that is not bound, is too short or
// misaligned, threads at different barriers) is an error; the rest is for sanitizers and guard pages.
#ifndef BITNET_KERNELS_DOUBLE_H
#define BITNET_KERNELS_DOUBLE_H

#include <stdint.h>

#if defined(__GNUC__)
#define BITNET_DOUBLE_API __attribute__((visibility("default")))
#else
#define BITNET_DOUBLE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { MSL_BUFFERS = 31 };

// A buffer argument of a kernel.
typedef struct {
  uint32_t index;
  uint32_t element_bytes; // size of the type pointed to: the least that may be bound
  uint32_t alignment;     // of the type pointed to
  uint32_t read_only;     // 1 for constant and const
  uint32_t constant;      // 1 for the constant address space: setBytes or a buffer
} msl_argument;

typedef struct msl_kernel {
  const char *name;
  uint32_t argument_count;
  const msl_argument *arguments;
  void (*thread)(const void *); // the double's own
} msl_kernel;

// All kernels, ordered by name.
BITNET_DOUBLE_API const msl_kernel *msl_kernels(uint32_t *count);
// Null if there is none of that name.
BITNET_DOUBLE_API const msl_kernel *msl_find_kernel(const char *name);

typedef struct {
  void *address;  // of the first byte that the kernel sees: the buffer's contents and the offset. Null: not bound
  uint64_t bytes; // from there to the end of the buffer
} msl_binding;

typedef struct {
  uint32_t threadgroups[3];
  uint32_t threads[3]; // per threadgroup
  msl_binding buffers[MSL_BUFFERS];
  uint64_t seed; // 0: threads run in order; otherwise the order is shuffled, as are the threadgroups
} msl_dispatch;

// Runs the kernel to its end. Null, or what went wrong, valid until the calling thread's next call. One dispatch runs
// at a time in a process; others wait. gpuAddress of a buffer is the address of its contents.
BITNET_DOUBLE_API const char *msl_run(const msl_kernel *kernel, const msl_dispatch *dispatch);

#ifdef __cplusplus
}
#endif

#endif
