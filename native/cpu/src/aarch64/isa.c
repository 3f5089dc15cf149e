// Which instruction sets this library has for AArch64, and which of them run here.
#include "../kernels.h"

extern const bitnet_kernels bitnet_kernels_baseline, bitnet_kernels_neon, bitnet_kernels_dotprod;

const bitnet_kernels *bitnet_kernels_of(int32_t isa) {
  switch (isa) {
  case BITNET_ISA_BASELINE:
    return &bitnet_kernels_baseline;
  case BITNET_ISA_NEON:
    return &bitnet_kernels_neon;
  case BITNET_ISA_DOTPROD:
    return &bitnet_kernels_dotprod;
  default:
    return 0;
  }
}

// Linux lets programs read the identification registers (and shows what it supports); every Apple CPU that runs macOS
// has the dot product. Elsewhere it is not looked for.
static int has_dot_product(void) {
#if defined(__linux__)
  uint64_t features;
  __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
  return (features >> 44 & 15) != 0;
#elif defined(__APPLE__)
  return 1;
#else
  return 0;
#endif
}

int bitnet_isa_runs(int32_t isa) {
  switch (isa) {
  case BITNET_ISA_BASELINE:
  case BITNET_ISA_NEON:
    return 1;
  case BITNET_ISA_DOTPROD:
    return has_dot_product();
  default:
    return 0;
  }
}
