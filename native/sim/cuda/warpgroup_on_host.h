// Bulk copies and products of a warpgroup, on the host. A copy is done when its arrival is waited for; a product at
// once, and refused where the right matrix is not laid out as it needs it.
#ifndef BITNET_SIM_WARPGROUP_ON_HOST_H
#define BITNET_SIM_WARPGROUP_ON_HOST_H

#include "device_on_host.h"

constexpr bool HAS_WARPGROUPS = true;

struct Arrival {
  uint64_t state; // rounds that are over
};

inline void prepare(Arrival *arrival) {
  arrival->state = 0;
}

inline void expect_bytes(Arrival *arrival, int bytes) {
  bitnet::sim::expect_copies(&arrival->state, (size_t)bytes);
}

inline void copy_bulk(void *shared, const void *global, int bytes, Arrival *arrival) {
  bitnet::sim::copy_bulk(shared, global, (size_t)bytes, &arrival->state);
}

inline void bring_near(const void *, int) {}

inline void await(Arrival *arrival, uint32_t odd) {
  bitnet::sim::finish_round(&arrival->state, odd);
}

inline void products_begin() {}

inline void products_end() {}

template <int PENDING> void products_wait() {}

template <int N> void multiply_warpgroup(int (&c)[N / 2], uint4 a, const uint8_t *rows, int quarter) {
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

#endif
