// What the tests of the kernels share: guarded buffers, and a call of a kernel.
#ifndef KERNELS_H
#define KERNELS_H

#include "arguments.h"
#include "kernels_double.h"
#include <array>
#include <cstddef>
#include <cstring>
#include <vector>

extern "C" {
#include "check.h"
#include "reference.h"
#include "tables.h"
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define GUARD_MEMORY(p, n) __asan_poison_memory_region(p, n)
#define UNGUARD_MEMORY(p, n) __asan_unpoison_memory_region(p, n)
#endif
#endif
#ifndef GUARD_MEMORY
#define GUARD_MEMORY(p, n)
#define UNGUARD_MEMORY(p, n)
#endif

// Memory of exactly n elements: a write outside ends the test, under AddressSanitizer a read as well.
template <typename T> class Buffer {
public:
  explicit Buffer(size_t n, int fill = 0xee) : n(n), elements(static_cast<T *>(guarded(n * sizeof(T), fill))) {
    GUARD_MEMORY(elements + n, 64);
    GUARD_MEMORY(reinterpret_cast<char *>(elements) - 64, 64);
  }
  ~Buffer() {
    UNGUARD_MEMORY(elements + n, 64);
    UNGUARD_MEMORY(reinterpret_cast<char *>(elements) - 64, 64);
    release(elements);
  }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  T &operator[](size_t i) { return elements[i]; }
  T *data() { return elements; }
  size_t size() const { return n; }
  operator msl_binding() { return {elements, n * sizeof(T)}; }
  // From element i on.
  msl_binding from(size_t i) { return {elements + i, (n - i) * sizeof(T)}; }

private:
  size_t n;
  T *elements;
};

// Constants, or anything else that lies in one piece.
template <typename T> msl_binding bind(T &value) {
  return {&value, sizeof value};
}

// Runs a kernel with these buffers from index 0 on. An error ends the test.
void launch(const char *kernel, std::array<uint32_t, 3> threadgroups, uint32_t threads,
            const std::vector<msl_binding> &buffers);

// The order in which threads and threadgroups of the following launches run; 0: as they are numbered.
void set_order(uint64_t seed);

inline uint32_t ceil_div(uint32_t a, uint32_t b) {
  return (a + b - 1) / b;
}

void test_ternary();
void test_grouped();
void test_rows();
void test_tables();
void test_attention();
void test_dispatch();

#endif
