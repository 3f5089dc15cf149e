// What the kernels need of the device beyond C++: one place for PTX, so that the simulator can give each of these a
// meaning of its own (native/sim/cuda/device_on_host.h).
#ifndef BITNET_DEVICE_H
#define BITNET_DEVICE_H

#include "../include/bitnet_cuda.h"

#ifdef __CUDACC__

#define INLINE __device__ __forceinline__
// A kernel with one argument, `p`, and its launch bounds.
#define KERNEL(name, Argument, ...)                                                                                    \
  extern "C" __global__ void __launch_bounds__(__VA_ARGS__) name(const __grid_constant__ Argument p)
// Shared memory whose size the launch says.
#define DYNAMIC_SHARED(name) extern __shared__ __align__(128) uint8_t name[]

enum : uint32_t { WARP = 0xffffffffu };

// ---- Barriers ----

// As __syncthreads(), of the first `COUNT` threads of a block, whole warps; a kernel has one such count.
template <int COUNT> INLINE void sync_first() {
  asm volatile("bar.sync 1,%0;" ::"n"(COUNT) : "memory");
}

// ---- Launches that overlap ----

// From here on the next kernel may begin.
INLINE void let_others_begin() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Until here a kernel may only touch what no kernel of the step writes. All threads of all blocks call it.
INLINE void wait_for_others() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Reads what another kernel wrote, past the first-level cache, which may be older than this kernel's wait.
template <typename T> INLINE T fresh(const T *p) {
  return __ldcg(p);
}

// Reads what no kernel writes.
template <typename T> INLINE T constant(const T *p) {
  return __ldg(p);
}

// ---- Copies to shared memory that go on by themselves ----

// 16 bytes, aligned.
INLINE void copy_ahead(void *shared, const void *global) {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0],[%1],16;" ::"r"((uint32_t)__cvta_generic_to_shared(shared)), "l"(global)
               : "memory");
#else
  *(uint4 *)shared = __ldcg((const uint4 *)global);
#endif
}

// Closes a group of copies.
INLINE void copies_end() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

// Waits for all but the last `pending` groups of the calling thread.
template <int PENDING> INLINE void copies_wait() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#endif
}

// ---- Copies in bulk, by one thread, and the barriers in shared memory that count their bytes (from 9.0 on) ----

typedef uint64_t bulk_barrier;

INLINE uint32_t shared_address(const void *p) {
  return (uint32_t)__cvta_generic_to_shared(p);
}

#if __CUDA_ARCH__ >= 900
#define BULK(...) asm volatile(__VA_ARGS__)
#else
#define BULK(...) __trap()
#endif

// Of so many arrivals a phase. Seen by the block's threads after a __syncthreads().
INLINE void bulk_begin(bulk_barrier *barrier, int arrivals = 1) {
  BULK("mbarrier.init.shared.b64 [%0],%1; fence.mbarrier_init.release.cluster;" ::"r"(shared_address(barrier)),
       "r"(arrivals) : "memory");
}

INLINE void bulk_arrive(bulk_barrier *barrier) {
  BULK("mbarrier.arrive.shared.b64 _,[%0];" ::"r"(shared_address(barrier)) : "memory");
}

// Arrives; the next phase of the barrier ends when so many bytes have come.
INLINE void bulk_expect(bulk_barrier *barrier, uint32_t bytes) {
  BULK("mbarrier.arrive.expect_tx.shared.b64 _,[%0],%1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}

// A multiple of 16 bytes, aligned; may come before bulk_expect().
INLINE void bulk_copy(void *shared, const void *global, uint32_t bytes, bulk_barrier *barrier) {
  BULK("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0],[%1],%2,[%3];" ::"r"(
           shared_address(shared)),
       "l"(global), "r"(bytes), "r"(shared_address(barrier)) : "memory");
}

// Waits for the end of the barrier's first phase, with parity 0, its second, with 1, and so on.
INLINE void bulk_wait(bulk_barrier *barrier, uint32_t parity) {
  BULK("{ .reg .pred done; AGAIN: mbarrier.try_wait.parity.shared.b64 done,[%0],%1; @!done bra AGAIN; }" ::"r"(
           shared_address(barrier)),
       "r"(parity) : "memory");
}

// What the thread did with shared memory comes before copies that are begun after the next barrier.
INLINE void bulk_fence() {
  BULK("fence.proxy.async.shared::cta;" :: : "memory");
}

#undef BULK

// ---- Blocks that wait for one another ----

// Words that other blocks see and change at any time.
INLINE void store_shared(float *p, float x) {
  asm volatile("st.relaxed.gpu.global.f32 [%0],%1;" ::"l"(p), "f"(x) : "memory");
}

INLINE void store_shared(float4 *p, float4 x) {
  asm volatile("st.relaxed.gpu.global.v4.f32 [%0],{%1,%2,%3,%4};" ::"l"(p), "f"(x.x), "f"(x.y), "f"(x.z), "f"(x.w)
               : "memory");
}

INLINE float load_shared(const float *p) {
  float x;
  asm volatile("ld.relaxed.gpu.global.f32 %0,[%1];" : "=f"(x) : "l"(p) : "memory");
  return x;
}

INLINE float2 load_shared(const float2 *p) {
  float2 x;
  asm volatile("ld.relaxed.gpu.global.v2.f32 {%0,%1},[%2];" : "=f"(x.x), "=f"(x.y) : "l"(p) : "memory");
  return x;
}

INLINE float4 load_shared(const float4 *p) {
  float4 x;
  asm volatile("ld.relaxed.gpu.global.v4.f32 {%0,%1,%2,%3},[%4];"
               : "=f"(x.x), "=f"(x.y), "=f"(x.z), "=f"(x.w)
               : "l"(p)
               : "memory");
  return x;
}

// In a loop that waits for another block.
INLINE void others_go_on() {}

// A word of weights that is read once.
INLINE uint4 load_once(const uint4 *p) {
  uint4 v;
  asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0,%1,%2,%3},[%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "l"(p));
  return v;
}

// ---- Matrices ----

// c += a b: a is 16 x 32 bytes, b is 32 x 8 signed bytes, as mma.m16n8k32 spreads them over a warp.
#if __CUDA_ARCH__ >= 800
#define MULTIPLY(name, TYPE)                                                                                           \
  INLINE void name(int(&c)[4], uint4 a, uint2 b) {                                                                     \
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32." TYPE ".s8.s32 "                                              \
                 "{%0,%1,%2,%3},{%4,%5,%6,%7},{%8,%9},{%0,%1,%2,%3};"                                                  \
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])                                                      \
                 : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b.x), "r"(b.y));                                        \
  }
#else
// The same fragments, a quarter at a time: 8 rows, 16 columns.
#define QUARTER(TYPE, i, a, b)                                                                                         \
  asm volatile("mma.sync.aligned.m8n8k16.row.col.s32." TYPE ".s8.s32 {%0,%1},{%2},{%3},{%0,%1};"                       \
               : "+r"(c[i]), "+r"(c[i + 1])                                                                            \
               : "r"(a), "r"(b))
#define MULTIPLY(name, TYPE)                                                                                           \
  INLINE void name(int(&c)[4], uint4 a, uint2 b) {                                                                     \
    QUARTER(TYPE, 0, a.x, b.x);                                                                                        \
    QUARTER(TYPE, 0, a.z, b.y);                                                                                        \
    QUARTER(TYPE, 2, a.y, b.x);                                                                                        \
    QUARTER(TYPE, 2, a.w, b.y);                                                                                        \
  }
#endif
MULTIPLY(multiply, "u8")
MULTIPLY(multiply_signed, "s8")

// ---- Warps ----

// What lanes wrote to memory before is seen by the others afterwards.
INLINE void warp_barrier() {
  __syncwarp();
}

INLINE uint32_t warp_max(uint32_t x) {
#if __CUDA_ARCH__ >= 800
  return __reduce_max_sync(WARP, x);
#else
  for (int stride = 16; stride > 0; stride /= 2) {
    x = max(x, __shfl_xor_sync(WARP, x, stride));
  }
  return x;
#endif
}

INLINE int warp_sum(int x) {
#if __CUDA_ARCH__ >= 800
  return __reduce_add_sync(WARP, x);
#else
  for (int stride = 16; stride > 0; stride /= 2) {
    x += __shfl_xor_sync(WARP, x, stride);
  }
  return x;
#endif
}

// ---- Numbers ----

INLINE float f16_to_f32(uint16_t x) {
  float y;
  asm("cvt.f32.f16 %0,%1;" : "=f"(y) : "h"(x));
  return y;
}

// To nearest even.
INLINE uint16_t f32_to_f16(float x) {
  uint16_t y;
  asm("cvt.rn.f16.f32 %0,%1;" : "=h"(y) : "f"(x));
  return y;
}

INLINE float f32_of(uint32_t bits) {
  return __uint_as_float(bits);
}

INLINE uint32_t bits_of(float x) {
  return __float_as_uint(x);
}

#else
#include "device_on_host.h"
#endif

#endif
