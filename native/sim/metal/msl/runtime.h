// What compiled kernels call, and what they are called with. Read by the kernels' side (C++ for OpenCL) and by
// dispatch.cpp; addresses are plain ones.
#pragma once

#ifdef __OPENCL_CPP_VERSION__
#define MSL_CONST_CHAR const __constant char
#define MSL_GLOBAL __global
typedef uint msl_uint;
typedef ulong msl_ulong;
#else
#include <cstdint>
#define MSL_CONST_CHAR const char
#define MSL_GLOBAL
typedef uint32_t msl_uint;
typedef uint64_t msl_ulong;
#endif

// One thread of a dispatch.
struct msl_thread {
  const MSL_GLOBAL msl_ulong *buffers; // addresses by index
  msl_uint thread_position_in_grid[3];
  msl_uint threadgroup_position_in_grid[3];
  msl_uint thread_index_in_threadgroup;
  msl_uint thread_index_in_simdgroup;
  msl_uint simdgroup_index_in_threadgroup;
};

// What the lanes of a simdgroup gave: bitnet::sim::Exchange.
struct msl_exchange {
  msl_ulong values[32][2];
  msl_uint lanes;
};

extern "C" {
void msl_barrier(msl_uint line);
void msl_simdgroup_barrier(void);
const MSL_GLOBAL msl_exchange *msl_exchange_lanes(MSL_CONST_CHAR *operation, msl_ulong low, msl_ulong high);
msl_uint msl_lane(void);
}
