// Compares every kernel of every instruction set that runs here with the reference, bit by bit.
//
//   bitnet_cpu_test [name of an instruction set]
//   bitnet_cpu_test best    names the best one here and tests nothing
#include "check.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "best") == 0) {
    puts(bitnet_isa_name(bitnet_isa_best()));
    return 0;
  }
  expect(bitnet_abi_version() == BITNET_ABI_VERSION, "version", bitnet_abi_version());
  expect(bitnet_isa_supported(bitnet_isa_best()), "best", bitnet_isa_best());
  expect(!bitnet_isa_supported(-1) && !bitnet_isa_supported(BITNET_ISA_COUNT) && !bitnet_isa_supported(1000),
         "unknown sets are not supported", 0);
  test_scalar();
  int tested = 0;
  for (int32_t isa = 0; isa < BITNET_ISA_COUNT; isa++) {
    const char *name = bitnet_isa_name(isa);
    if (name == NULL || (argc > 1 && strcmp(argv[1], name) != 0)) {
      continue;
    }
    if (!bitnet_isa_supported(isa)) {
      printf("%-10s not here\n", name);
      continue;
    }
    test_ternary(isa);
    test_grouped(isa);
    test_rows(isa);
    test_tables(isa);
    test_int8_head(isa);
    test_screen(isa);
    test_attention(isa);
    printf("%-10s ok\n", name);
    tested++;
  }
  return tested > 0 ? 0 : 1;
}
