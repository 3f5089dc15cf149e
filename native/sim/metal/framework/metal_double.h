// How tests drive and watch the stand-in for Metal. It is as strict as Apple's validation layer, and counts everything.
#ifndef BITNET_METAL_DOUBLE_H
#define BITNET_METAL_DOUBLE_H

#include <stdint.h>

#define METAL_DOUBLE_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// Forgets violations, counts and planned failures, and takes the defaults again. Objects stay.
METAL_DOUBLE_API void metal_double_reset(void);

// Objects alive, and those of one class.
METAL_DOUBLE_API int64_t metal_double_live(void);
METAL_DOUBLE_API int64_t metal_double_live_of(const char *class_name);

// What was done that Metal forbids: how often, and the first of it, or null. Both are final once work has been waited
// for.
METAL_DOUBLE_API int64_t metal_double_violations(void);
METAL_DOUBLE_API const char *metal_double_first_violation(void);

// The calls that can fail, by selector or function; null past the last. "execute" is the GPU itself.
METAL_DOUBLE_API const char *metal_double_fallible(int32_t index);
// How often one of them was called.
METAL_DOUBLE_API int64_t metal_double_calls(const char *call);
// Lets the call fail once, after `more` further calls.
METAL_DOUBLE_API void metal_double_fail(const char *call, int64_t more);

// Whether commands complete without being run: for tests of what the host does.
METAL_DOUBLE_API void metal_double_idle(int32_t idle);
// Threads and threadgroups run in an order that follows from the seed; 0: in order.
METAL_DOUBLE_API void metal_double_shuffle(uint64_t seed);
// Whether buffers that a command buffer neither binds nor uses are out of the GPU's reach while it runs: a stray access
// is a segmentation fault, for other threads of the process as well.
METAL_DOUBLE_API void metal_double_hide_unused(int32_t hide);
// What recommendedMaxWorkingSetSize says.
METAL_DOUBLE_API void metal_double_working_set(uint64_t bytes);
// The newest family AppleN of the GPU, and whether it has Metal 3.
METAL_DOUBLE_API void metal_double_family(int32_t family, int32_t metal3);

#ifdef __cplusplus
}
#endif

#endif
