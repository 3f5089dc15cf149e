// Matrix products of a warpgroup (four warps), which compute capability 9.0 has and no other: the left matrix in
// registers, the right one in shared memory, the sums in registers once they have been waited for.
#ifndef BITNET_WARPGROUP_H
#define BITNET_WARPGROUP_H

#include "device.h"

#ifdef __CUDACC__

#ifdef __CUDA_ARCH_FEAT_SM90_ALL
constexpr bool HAS_WARPGROUPS = true;
#define BITNET_WARPGROUP_ASM(...) asm volatile(__VA_ARGS__)
#else
constexpr bool HAS_WARPGROUPS = false;
#define BITNET_WARPGROUP_ASM(...)
#endif

// Brings a multiple of 16 bytes to the second-level cache.
INLINE void bring_near(const void *global, int bytes) {
  BITNET_WARPGROUP_ASM("cp.async.bulk.prefetch.L2.global [%0],%1;" ::"l"(global), "r"(bytes) : "memory");
}

// threadIdx.x, which the compiler then keeps in no register, nor what follows from it.
INLINE int thread_again() {
  int x;
  asm volatile("mov.u32 %0,%%tid.x;" : "=r"(x));
  return x;
}

// What a thread has from here on; for all threads of a warpgroup.
template <int COUNT> INLINE void fewer_registers() {
  BITNET_WARPGROUP_ASM("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT));
}
template <int COUNT> INLINE void more_registers() {
  BITNET_WARPGROUP_ASM("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT));
}

// ---- Barriers ----

// As __syncthreads(), of the calling thread's warpgroup.
INLINE void sync_warpgroup() {
  asm volatile("bar.sync %0,128;" ::"r"(threadIdx.x / 128 + 1) : "memory");
}

// As __syncthreads(), of all threads of a cluster, whose blocks run at once.
INLINE void sync_cluster() {
  BITNET_WARPGROUP_ASM("barrier.cluster.arrive.release; barrier.cluster.wait.acquire;" :: : "memory");
}

// The same, where nothing that was written before is read after it: it does not wait for what is on its way to memory.
INLINE void meet_cluster() {
  BITNET_WARPGROUP_ASM("barrier.cluster.arrive.relaxed; barrier.cluster.wait.acquire;" :: : "memory");
}

// What block `rank` of the cluster has in shared memory where this one has `own`.
INLINE int2 load_peer(const int2 *own, int rank) {
  int2 x = {0, 0};
  BITNET_WARPGROUP_ASM(
      "{ .reg .b32 peer; mapa.shared::cluster.u32 peer,%2,%3; ld.shared::cluster.v2.s32 {%0,%1},[peer]; }" : "+r"(x.x),
      "+r"(x.y) : "r"(shared_address(own)), "r"(rank) : "memory");
  return x;
}

// ---- Products ----

// Before the first product of a group: registers are as written.
INLINE void products_begin() {
  BITNET_WARPGROUP_ASM("wgmma.fence.sync.aligned;" :: : "memory");
}

INLINE void products_end() {
  BITNET_WARPGROUP_ASM("wgmma.commit_group.sync.aligned;" :: : "memory");
}

// Waits for all but the last `PENDING` groups; the operands of the others are free, and their sums there.
template <int PENDING> INLINE void products_wait() {
  BITNET_WARPGROUP_ASM("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory");
}

#define BITNET_4(c, i) "+r"(c[i]), "+r"(c[i + 1]), "+r"(c[i + 2]), "+r"(c[i + 3])
#define BITNET_16(c, i) BITNET_4(c, i), BITNET_4(c, i + 4), BITNET_4(c, i + 8), BITNET_4(c, i + 12)
#define BITNET_R0 "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15"
#define BITNET_R1 "%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,%30,%31"
#define BITNET_R2 "%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47"
#define BITNET_R3 "%48,%49,%50,%51,%52,%53,%54,%55,%56,%57,%58,%59,%60,%61,%62,%63"
#define BITNET_R4 "%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79"
#define BITNET_R5 "%80,%81,%82,%83,%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95"
#define BITNET_R6 "%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,%109,%110,%111"
#define BITNET_R7 "%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127"
// With `adds` "0" what the sums were counts for nothing.
#define BITNET_MULTIPLY(n, type, adds, sums, a0, a1, a2, a3, b, ...)                                                   \
  BITNET_WARPGROUP_ASM("wgmma.mma_async.sync.aligned.m64n" n "k32.s32." type ".s8 {" sums "},{" a0 "," a1 "," a2       \
                       "," a3 "}," b "," adds ";" : __VA_ARGS__ : "r"(a.x),                                            \
                       "r"(a.y), "r"(a.z), "r"(a.w), "l"(descriptor))

// `rows` swizzled by 128 bytes, 1024 bytes from 8 rows to the next, from byte 32 `quarter` of each on.
INLINE uint64_t descriptor_of(const uint8_t *rows, int quarter) {
  return (uint64_t)1 << 62 | (uint64_t)64 << 32 | (uint64_t)1 << 16 |
         (((uint32_t)__cvta_generic_to_shared(rows) & 0x3ffff) >> 4) + 2 * quarter;
}

// c += a b: `a` is 16 x 32 unsigned bytes of each warp, as for multiply(), and `c` its 16 x N sums, for each 8 columns
// as there. Column n of b is 32 signed bytes from byte 32 `quarter` on of row n of `rows`: rows of 128 bytes, 1024
// bytes aligned, with 16 bytes i of row n at place i ^ (n & 7).
template <int N> INLINE void multiply_warpgroup(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter) {
  static_assert(N == 32 || N == 64 || N == 128);
  uint64_t descriptor = descriptor_of(rows, quarter);
  if constexpr (N == 32) {
    BITNET_MULTIPLY("32", "u8", "1", BITNET_R0, "%16", "%17", "%18", "%19", "%20", BITNET_16(c, 0));
  } else if constexpr (N == 64) {
    BITNET_MULTIPLY("64", "u8", "1", BITNET_R0 "," BITNET_R1, "%32", "%33", "%34", "%35", "%36", BITNET_16(c, 0),
                    BITNET_16(c, 16));
  } else {
    BITNET_MULTIPLY("128", "u8", "1", BITNET_R0 "," BITNET_R1 "," BITNET_R2 "," BITNET_R3, "%64", "%65", "%66", "%67",
                    "%68", BITNET_16(c, 0), BITNET_16(c, 16), BITNET_16(c, 32), BITNET_16(c, 48));
  }
}

// The same with signed bytes in `a`; the first of a group's products has what `c` was count for nothing.
template <int N, bool FIRST>
INLINE void multiply_warpgroup_signed(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter) {
  static_assert(N == 128 || N == 256);
  uint64_t descriptor = descriptor_of(rows, quarter);
#define BITNET_64 BITNET_16(c, 0), BITNET_16(c, 16), BITNET_16(c, 32), BITNET_16(c, 48)
#define BITNET_128 BITNET_64, BITNET_16(c, 64), BITNET_16(c, 80), BITNET_16(c, 96), BITNET_16(c, 112)
#define BITNET_R0_3 BITNET_R0 "," BITNET_R1 "," BITNET_R2 "," BITNET_R3
#define BITNET_R0_7 BITNET_R0_3 "," BITNET_R4 "," BITNET_R5 "," BITNET_R6 "," BITNET_R7
  if constexpr (N == 128 && FIRST) {
    BITNET_MULTIPLY("128", "s8", "0", BITNET_R0_3, "%64", "%65", "%66", "%67", "%68", BITNET_64);
  } else if constexpr (N == 128) {
    BITNET_MULTIPLY("128", "s8", "1", BITNET_R0_3, "%64", "%65", "%66", "%67", "%68", BITNET_64);
  } else if constexpr (FIRST) {
    BITNET_MULTIPLY("256", "s8", "0", BITNET_R0_7, "%128", "%129", "%130", "%131", "%132", BITNET_128);
  } else {
    BITNET_MULTIPLY("256", "s8", "1", BITNET_R0_7, "%128", "%129", "%130", "%131", "%132", BITNET_128);
  }
}

#else
#include "warpgroup_on_host.h"
#endif

#endif
