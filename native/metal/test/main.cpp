// Tests of the shim over the double of Metal.
//
//   bitnet_metal_shim_test [step | misuse | failures | double]...
#include "shim.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace {

const struct {
  const char *name;
  void (*run)();
} TESTS[] = {{"step", test_step}, {"misuse", test_misuse}, {"failures", test_failures}, {"double", test_double}};

} // namespace

int main(int argc, char **argv) {
  for (const auto &test : TESTS) {
    const auto same = [&](const char *name) { return strcmp(name, test.name) == 0; };
    if (argc == 1 || std::any_of(argv + 1, argv + argc, same)) {
      test.run();
      printf("%s: ok\n", test.name);
    }
  }
  return 0;
}
