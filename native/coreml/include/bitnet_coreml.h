// Core ML of macOS 15 and later as a C library: compile and load a model package, predict with states, and ask where
// its operations run.
//
// Functions that can fail return BITNET_COREML_OK or the kind of failure, and describe it in `failure`; nothing else is
// written then. Neither Objective-C nor C++ exceptions leave the library, and it keeps no state of its own. A model and
// its states may be used by one thread at a time, by any thread; different models at the same time. Paths and names are
// UTF-8. Pointers are not checked.
#ifndef BITNET_COREML_H
#define BITNET_COREML_H

#include <stdint.h>

#define BITNET_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface: callers compiled against another one must not go on.
#define BITNET_COREML_ABI_VERSION 1
BITNET_API int32_t bitnet_coreml_abi_version(void);

// ---- Failures ----

enum {
  BITNET_COREML_OK = 0,
  BITNET_COREML_ERROR = 1,     // Core ML returned an NSError; domain and code are its own
  BITNET_COREML_EXCEPTION = 2, // an NSException was raised; its name is the domain, the code is 0
  BITNET_COREML_REFUSED = 3    // this library refused: the arguments do not fit the model
};

// What went wrong. Texts end with a zero and are cut where they do not fit.
typedef struct {
  int64_t code;
  char domain[128];
  char text[1024];
} bitnet_coreml_failure;

// ---- Models ----

// Compiles a package (.mlpackage) for this machine. The result, a directory, is moved to `compiled`, where nothing may
// be yet; models are loaded from there, now and later.
BITNET_API int32_t bitnet_coreml_compile(const char *package, const char *compiled, bitnet_coreml_failure *failure);

// The processors that a model may use.
enum {
  BITNET_COREML_CPU = 0,
  BITNET_COREML_CPU_AND_GPU = 1,
  BITNET_COREML_ALL = 2,
  BITNET_COREML_CPU_AND_NEURAL_ENGINE = 3
};

// One function of a compiled model.
typedef struct bitnet_coreml_model bitnet_coreml_model;

// Loads a function; null is the default one. To be freed by bitnet_coreml_model_free.
BITNET_API int32_t bitnet_coreml_model_load(const char *compiled, const char *function, int32_t processors,
                                            bitnet_coreml_model **model, bitnet_coreml_failure *failure);
BITNET_API void bitnet_coreml_model_free(bitnet_coreml_model *model);

// ---- States ----

// The values that a model keeps between predictions. A state made by one function of a package serves the others too.
typedef struct bitnet_coreml_state bitnet_coreml_state;

// A state of zeros. To be freed by bitnet_coreml_state_free.
BITNET_API int32_t bitnet_coreml_state_new(bitnet_coreml_model *model, bitnet_coreml_state **state,
                                           bitnet_coreml_failure *failure);
// Copies one value, by its name in the model, from a state to another one of the same model.
BITNET_API int32_t bitnet_coreml_state_copy(bitnet_coreml_state *from, bitnet_coreml_state *to, const char *name,
                                            bitnet_coreml_failure *failure);
BITNET_API void bitnet_coreml_state_free(bitnet_coreml_state *state);

// ---- Predictions ----

enum { BITNET_COREML_F16 = 0, BITNET_COREML_F32 = 1, BITNET_COREML_I32 = 2 };

// An input or output in the caller's memory: dense, the last dimension adjacent, aligned to its elements.
typedef struct {
  const char *name;     // in the model
  void *data;           // read for inputs, written for outputs
  const int64_t *shape; // of `rank` dimensions
  int32_t rank;
  int32_t type;
} bitnet_coreml_array;

// Runs the model, with a state where it has one and null where not. `inputs` are all that it has; `outputs` may be
// some. After a failure the contents of outputs and state are undefined.
BITNET_API int32_t bitnet_coreml_predict(bitnet_coreml_model *model, bitnet_coreml_state *state,
                                         const bitnet_coreml_array *inputs, int32_t input_count,
                                         const bitnet_coreml_array *outputs, int32_t output_count,
                                         bitnet_coreml_failure *failure);

// ---- Residency ----

// Where Core ML means to run the operations of a function. Constants take no part.
typedef struct {
  int32_t neural_engine; // operations
  int32_t gpu;
  int32_t cpu;
  int32_t unknown; // it does not say
} bitnet_coreml_residency;

// Loads the plan of a function, which is named here: null will not do.
BITNET_API int32_t bitnet_coreml_plan(const char *compiled, const char *function, int32_t processors,
                                      bitnet_coreml_residency *residency, bitnet_coreml_failure *failure);

#ifdef __cplusplus
}
#endif

#endif
