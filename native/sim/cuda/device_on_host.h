// What the kernels need of the device, on the host: included by device.h where nvcc does not compile it. A thread is a
// fiber of a Team; one block runs at a time, so that memory that a kernel declares as shared is one object (kernels
// whose blocks run at once, of a cooperative launch or in clusters, declare none).
#ifndef BITNET_SIM_DEVICE_ON_HOST_H
#define BITNET_SIM_DEVICE_ON_HOST_H

#include "kernels.h"
#include "team.h"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#define INLINE inline
#define __shared__ static __attribute__((section("cuda_shared")))
#define __align__(n) __attribute__((aligned(n)))
#define DYNAMIC_SHARED(name) uint8_t *const name = bitnet::sim::block().dynamic_shared
#define __syncthreads() bitnet::sim::Team::current().barrier(bitnet::sim::Team::Scope::GROUP, __LINE__)
// The first of the launch bounds is the most threads of a block.
#define KERNEL(name, Argument, ...)                                                                                    \
  static void name(const Argument &p);                                                                                 \
  static const bitnet::sim::Kernel kernel_##name{                                                                      \
      #name, sizeof(Argument), alignof(Argument), {__VA_ARGS__}, [](const void *p) {                                   \
        name(*static_cast<const Argument *>(p));                                                                       \
      }};                                                                                                              \
  static void name(const Argument &p)

inline int min(int a, int b) {
  return std::min(a, b);
}
inline int64_t min(int64_t a, int64_t b) {
  return std::min(a, b);
}
inline uint32_t max(uint32_t a, uint32_t b) {
  return std::max(a, b);
}
inline int max(int a, int b) {
  return std::max(a, b);
}

struct uint2 {
  uint32_t x, y;
};
struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};
struct int2 {
  int x, y;
};
struct float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

inline uint2 make_uint2(uint32_t x, uint32_t y) {
  return {x, y};
}
inline uint4 make_uint4(uint32_t x, uint32_t y, uint32_t z, uint32_t w) {
  return {x, y, z, w};
}
inline float2 make_float2(float x, float y) {
  return {x, y};
}
inline float4 make_float4(float x, float y, float z, float w) {
  return {x, y, z, w};
}

// ---- Who am I ----

struct ThreadIndex {
  struct {
    operator uint32_t() const { return bitnet::sim::Team::current().in_group(); }
  } x;
};
inline const ThreadIndex threadIdx;
#define blockIdx bitnet::sim::block().index
#define blockDim bitnet::sim::block().threads
#define gridDim bitnet::sim::block().grid

// ---- Warps ----

enum : uint32_t { WARP = 0xffffffffu };

template <typename T> const bitnet::sim::Exchange &exchange(const char *operation, T x) {
  static_assert(sizeof(T) <= sizeof(bitnet::sim::LaneValue));
  bitnet::sim::LaneValue value = {};
  memcpy(&value, &x, sizeof(T));
  return bitnet::sim::Team::current().exchange(operation, value);
}

template <typename T> T given(const bitnet::sim::Exchange &all, uint32_t lane) {
  if (!(all.lanes >> lane & 1)) {
    bitnet::sim::Team::current().fail("a lane that has returned is asked for its value");
  }
  T x;
  memcpy(&x, &all.values[lane], sizeof(T));
  return x;
}

template <typename T> T __shfl_xor_sync(uint32_t, T x, int stride) {
  return given<T>(exchange("shfl.xor", x), threadIdx.x % 32 ^ (uint32_t)stride);
}

template <typename T> T __shfl_sync(uint32_t, T x, int lane) {
  return given<T>(exchange("shfl.idx", x), (uint32_t)lane % 32);
}

inline void warp_barrier() {
  bitnet::sim::Team::current().subgroup_barrier("bar.warp.sync");
}

inline uint32_t warp_max(uint32_t x) {
  const bitnet::sim::Exchange &all = exchange("redux.max", x);
  for (uint32_t lane = 0; lane < 32; lane++) {
    x = std::max(x, given<uint32_t>(all, lane));
  }
  return x;
}

inline int warp_sum(int x) {
  const bitnet::sim::Exchange &all = exchange("redux.add", x);
  int sum = 0;
  for (uint32_t lane = 0; lane < 32; lane++) {
    sum += given<int>(all, lane);
  }
  return sum;
}

template <int COUNT> void sync_first() {
  bitnet::sim::Team::current().barrier_of_first(COUNT, 0);
}

// ---- Memory ----

inline int atomicAdd(int *p, int x) {
  int old = *p;
  *p = old + x;
  return old;
}

inline uint32_t atomicAdd(uint32_t *p, uint32_t x) {
  uint32_t old = *p;
  *p = old + x;
  return old;
}

inline void __threadfence() {}

template <typename T> T fresh(const T *p) {
  bitnet::sim::require_waited();
  return *p;
}

template <typename T> T constant(const T *p) {
  return *p;
}

inline uint4 load_once(const uint4 *p) {
  return *p;
}

inline void let_others_begin() {}

inline void wait_for_others() {
  bitnet::sim::waited();
}

// Copies are done when they are waited for, and the place holds garbage until then.
inline void copy_ahead(void *shared, const void *global) {
  bitnet::sim::copy_later(shared, global);
}

inline void copies_end() {
  bitnet::sim::end_copies();
}

template <int PENDING> void copies_wait() {
  bitnet::sim::finish_copies(PENDING);
}

typedef uint64_t bulk_barrier;

inline void bulk_begin(bulk_barrier *barrier, int arrivals = 1) {
  bitnet::sim::bulk_begin(barrier, (uint32_t)arrivals);
}

inline void bulk_expect(bulk_barrier *barrier, uint32_t bytes) {
  bitnet::sim::bulk_expect(barrier, bytes);
}

inline void bulk_arrive(bulk_barrier *barrier) {
  bitnet::sim::bulk_expect(barrier, 0);
}

inline void bulk_copy(void *shared, const void *global, uint32_t bytes, bulk_barrier *barrier) {
  bitnet::sim::bulk_copy(shared, global, bytes, barrier);
}

inline void bulk_wait(bulk_barrier *barrier, uint32_t parity) {
  bitnet::sim::bulk_wait(barrier, parity);
}

inline void bulk_fence() {}

template <typename T> void store_shared(T *p, T x) {
  *p = x;
}

template <typename T> T load_shared(const T *p) {
  bitnet::sim::require_waited();
  return *p;
}

inline void others_go_on() {
  bitnet::sim::others_go_on();
}

// ---- Matrices ----

// Row g of a is in lanes 4 g .. 4 g + 3, row g + 8 as well; column n of b in lanes 4 n .. 4 n + 3.
template <typename Byte> void multiply_bytes(int (&c)[4], uint4 a, uint2 b) {
  struct Words {
    Byte bytes[4][4];
  };
  struct Column {
    int8_t bytes[2][4];
  };
  uint32_t lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  Words rows[4];
  const bitnet::sim::Exchange &left = exchange("mma a", a);
  for (uint32_t i = 0; i < 4; i++) {
    rows[i] = given<Words>(left, 4 * g + i);
  }
  const bitnet::sim::Exchange &right = exchange("mma b", b);
  for (uint32_t column = 0; column < 2; column++) {
    for (uint32_t i = 0; i < 4; i++) {
      Column k = given<Column>(right, 4 * (2 * t + column) + i);
      for (int j = 0; j < 4; j++) {
        c[column] += rows[i].bytes[0][j] * k.bytes[0][j] + rows[i].bytes[2][j] * k.bytes[1][j];
        c[2 + column] += rows[i].bytes[1][j] * k.bytes[0][j] + rows[i].bytes[3][j] * k.bytes[1][j];
      }
    }
  }
}

inline void multiply(int (&c)[4], uint4 a, uint2 b) {
  multiply_bytes<uint8_t>(c, a, b);
}

inline void multiply_signed(int (&c)[4], uint4 a, uint2 b) {
  multiply_bytes<int8_t>(c, a, b);
}

// ---- Numbers ----

inline float f16_to_f32(uint16_t x) {
  _Float16 half;
  memcpy(&half, &x, 2);
  return (float)half;
}

inline uint16_t f32_to_f16(float x) {
  _Float16 half = (_Float16)x;
  uint16_t bits;
  memcpy(&bits, &half, 2);
  return bits;
}

inline float f32_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

inline uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

#endif
