// What tests ask of the double, as the classes see it.
#pragma once

#include "metal_double.h"

#include <atomic>

namespace framework {

struct Control {
  std::atomic<uint64_t> seed{0};
  std::atomic<bool> idle{false};
  std::atomic<bool> hideUnused{false};
  std::atomic<uint64_t> workingSet{0};
  std::atomic<int32_t> family{0};
  std::atomic<bool> metal3{false};
};

Control &control();

// Something that Metal forbids was done.
__attribute__((format(printf, 1, 2))) void violation(const char *format, ...);

// Whether this call was told to fail. Counts it.
bool fails(const char *call);

} // namespace framework
