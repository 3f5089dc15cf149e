// Which instruction sets this library has. CMake writes variants.h, with a line such as VARIANT(AVX2, avx2) for each.
#include "kernels.h"

#define VARIANT(isa, name) extern const bitnet_kernels bitnet_kernels_##name;
#include "variants.h"
#undef VARIANT

const bitnet_kernels *bitnet_kernels_of(int32_t isa) {
  switch (isa) {
#define VARIANT(isa, name)                                                                                             \
  case BITNET_ISA_##isa:                                                                                               \
    return &bitnet_kernels_##name;
#include "variants.h"
#undef VARIANT
  default:
    return 0;
  }
}
