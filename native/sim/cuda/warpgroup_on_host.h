// Products of a warpgroup, on the host: done at once, and refused where the right matrix is not laid out as it needs
// it.
#ifndef BITNET_SIM_WARPGROUP_ON_HOST_H
#define BITNET_SIM_WARPGROUP_ON_HOST_H

#include "device_on_host.h"

constexpr bool HAS_WARPGROUPS = true;

inline void bring_near(const void *, int) {}

inline int thread_again() {
  return (int)threadIdx.x;
}

template <int COUNT> void fewer_registers() {}
template <int COUNT> void more_registers() {}

inline void sync_warpgroup() {
  bitnet::sim::Team::current().barrier_of_part(128, 0);
}

inline void sync_cluster() {
  bitnet::sim::Team::current().barrier(bitnet::sim::Team::Scope::TEAM, 0);
}

inline void meet_cluster() {
  sync_cluster();
}

inline int2 load_peer(const int2 *own, int rank) {
  return *static_cast<const int2 *>(bitnet::sim::peer(own, (uint32_t)rank));
}

inline void products_begin() {}

inline void products_end() {}

template <int PENDING> void products_wait() {}

template <int N, typename Multiply>
void multiply_warpgroup(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter, Multiply multiply) {
  if ((uintptr_t)rows % 1024 != 0) {
    bitnet::sim::Team::current().fail("rows of a product are not aligned");
  }
  uint32_t g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  // Eight columns at a time, as multiply() has them: words t and t + 4 of this lane's column.
  for (int n = 0; n < N / 8; n++) {
    int(&sums)[4] = reinterpret_cast<int(&)[4]>(c[4 * n]);
    const uint8_t *row = rows + (8 * n + g) * 128;
    auto word = [&](uint32_t i) {
      uint32_t piece = (uint32_t)(2 * quarter) + i / 4, x;
      memcpy(&x, row + ((piece ^ g) << 4) + i % 4 * 4, 4);
      return x;
    };
    multiply(sums, a, make_uint2(word(t), word(t + 4)));
  }
}

template <int N> void multiply_warpgroup(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter) {
  multiply_warpgroup<N>(c, a, rows, quarter, multiply);
}

template <int N, bool FIRST>
void multiply_warpgroup_signed(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter) {
  if (FIRST) {
    std::fill(c, c + N / 2, 0);
  }
  multiply_warpgroup<N>(c, a, rows, quarter, multiply_signed);
}

#endif
