// Which instruction sets of AArch64 run here.
#include "../kernels.h"

// Linux lets programs read the identification registers (and shows what it supports); macOS answers by name. Elsewhere
// they are not looked for.
#if defined(__linux__)
static int has_dot_product(void) {
  uint64_t features;
  __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(features));
  return (features >> 44 & 15) != 0;
}

static int has_matrix_product(void) {
  uint64_t features;
  __asm__("mrs %0, ID_AA64ISAR1_EL1" : "=r"(features));
  return (features >> 52 & 15) != 0;
}
#elif defined(__APPLE__)
#include <stddef.h>
extern int sysctlbyname(const char *name, void *old, size_t *old_bytes, void *new, size_t new_bytes);

static int has(const char *feature) {
  int32_t value = 0;
  size_t bytes = sizeof(value);
  return sysctlbyname(feature, &value, &bytes, 0, 0) == 0 && value != 0;
}

static int has_dot_product(void) {
  return has("hw.optional.arm.FEAT_DotProd");
}

static int has_matrix_product(void) {
  return has("hw.optional.arm.FEAT_I8MM");
}
#else
static int has_dot_product(void) {
  return 0;
}

static int has_matrix_product(void) {
  return 0;
}
#endif

int bitnet_isa_runs(int32_t isa) {
  switch (isa) {
  case BITNET_ISA_BASELINE:
  case BITNET_ISA_NEON:
    return 1;
  case BITNET_ISA_DOTPROD:
    return has_dot_product();
  case BITNET_ISA_I8MM:
    return has_dot_product() && has_matrix_product();
  default:
    return 0;
  }
}

int bitnet_isa_suits(int32_t isa) {
  (void)isa;
  return 1;
}
