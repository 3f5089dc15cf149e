// The table of the kernels that a library has: kernels.inc lists them with their numbers of arguments, and the thunks
// are in kernels.o.
#include "kernels_double.h"

#define KERNEL(NAME, ARGUMENTS)                                                                                        \
  void msl_thread_of_##NAME(const void *);                                                                             \
  extern const msl_argument msl_arguments_of_##NAME[];
#include "kernels.inc"
#undef KERNEL

static const msl_kernel kernels[] = {
#define KERNEL(NAME, ARGUMENTS) {#NAME, ARGUMENTS, msl_arguments_of_##NAME, msl_thread_of_##NAME},
#include "kernels.inc"
#undef KERNEL
};

const msl_kernel *msl_kernels(uint32_t *count) {
  *count = sizeof kernels / sizeof *kernels;
  return kernels;
}
