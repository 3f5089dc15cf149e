// Compares every Metal kernel with the reference, bit by bit, in several orders of threads.
//
//   bitnet_metal_kernels_test [ternary | grouped | rows | tables | attention | dispatch]...
#include "kernels.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

namespace {

uint64_t order;
std::set<std::string> launched;

const struct {
  const char *name;
  void (*run)();
} TESTS[] = {{"ternary", test_ternary}, {"grouped", test_grouped},     {"rows", test_rows},
             {"tables", test_tables},   {"attention", test_attention}, {"dispatch", test_dispatch}};

// A kernel that no test runs is a kernel that is not tested.
void check_all_launched() {
  uint32_t count;
  const msl_kernel *kernels = msl_kernels(&count);
  testing("the list of kernels");
  for (uint32_t i = 0; i < count; i++) {
    expect(launched.count(kernels[i].name), kernels[i].name, i);
    expect(i == 0 || strcmp(kernels[i - 1].name, kernels[i].name) < 0, "not in order", i);
    expect(msl_find_kernel(kernels[i].name) == kernels + i, "not found", i);
  }
  printf("%u kernels\n", count);
}

} // namespace

void set_order(uint64_t seed) {
  order = seed;
}

void launch(const char *name, std::array<uint32_t, 3> threadgroups, uint32_t threads,
            const std::vector<msl_binding> &buffers) {
  const msl_kernel *kernel = msl_find_kernel(name);
  expect(kernel != nullptr, name, 0);
  msl_dispatch dispatch = {{threadgroups[0], threadgroups[1], threadgroups[2]}, {threads, 1, 1}, {}, order};
  std::copy(buffers.begin(), buffers.end(), dispatch.buffers);
  if (const char *error = msl_run(kernel, &dispatch)) {
    expect(false, error, 0);
  }
  launched.insert(name);
}

int main(int argc, char **argv) {
  for (const auto &test : TESTS) {
    auto same = [&](const char *name) { return strcmp(name, test.name) == 0; };
    if (argc == 1 || std::any_of(argv + 1, argv + argc, same)) {
      test.run();
      printf("%-10s ok\n", test.name);
    }
  }
  if (argc == 1) {
    check_all_launched();
  }
  return 0;
}
