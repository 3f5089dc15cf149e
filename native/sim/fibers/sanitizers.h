// Which sanitizers watch. Under ThreadSanitizer only the kernels are instrumented, so that the runtime, which moves
// between threads in ways of its own, is not taken for a race: it is compiled without, and told by SIM_TSAN.
#ifndef BITNET_SIM_SANITIZERS_H
#define BITNET_SIM_SANITIZERS_H

#ifndef SIM_TSAN
#define SIM_TSAN 0
#endif
#if SIM_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#endif
#ifndef SIM_ASAN
#define SIM_ASAN 0
#endif
#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace bitnet::sim {

// What the calling thread did before happens before what others do after they acquired the same address.
inline void release(void *address) {
#if SIM_TSAN
  __tsan_release(address);
#else
  static_cast<void>(address);
#endif
}

inline void acquire(void *address) {
#if SIM_TSAN
  __tsan_acquire(address);
#else
  static_cast<void>(address);
#endif
}

} // namespace bitnet::sim

#endif
