// A test double of Core ML on GNUstep. It opens real packages and knows their functions, inputs, outputs and states,
// and is strict: what Core ML would refuse, or silently mend, fails. Numbers are computed by an executor that the test
// brings.
//
// This header is what tests see of it beside CoreML.h. Its settings are the process's: one test at a time.
#ifndef FAKE_COREML_H
#define FAKE_COREML_H

#include "bitnet_coreml.h"

#ifdef __cplusplus
extern "C" {
#endif

// Computes a function of the package in this directory: reads inputs, reads and writes states, writes outputs. All
// arrays are dense. Returns 0, or writes a text of up to `room` bytes, with its zero, and returns something else.
typedef int32_t (*fake_coreml_executor)(const char *package, const char *function, const bitnet_coreml_array *inputs,
                                        int32_t input_count, const bitnet_coreml_array *outputs, int32_t output_count,
                                        const bitnet_coreml_array *states, int32_t state_count, char *text,
                                        int32_t room);
BITNET_API void fake_coreml_execute_by(fake_coreml_executor executor);

// Core ML's objects that live, of one class or, with null, of all.
BITNET_API int32_t fake_coreml_live(const char *class_name);

// ---- Failures on purpose ----

enum { FAKE_COREML_ERROR = 1, FAKE_COREML_EXCEPTION = 2 };

// The next call but `after` into the interface fails, once: with an NSError where it can give one, or with an
// NSException.
BITNET_API void fake_coreml_fail(int32_t after, int32_t kind);
// No more; returns whether the failure is still to come, since there were not so many calls.
BITNET_API int32_t fake_coreml_fail_no_more(void);

// ---- Moods of the real one ----

// Answers with arrays of its own, whose rows are padded, in place of those that it was offered.
BITNET_API void fake_coreml_own_outputs(int32_t own);
// Pads the rows of the states that it makes from now on. Predictions do not take such states here, copies do.
BITNET_API void fake_coreml_pad_states(int32_t pad);
// Plans operations of this kind for the CPU; null for none. Elsewhere everything is on the best processor allowed.
BITNET_API void fake_coreml_keep_on_cpu(const char *operation);

#ifdef __cplusplus
}
#endif

#endif
