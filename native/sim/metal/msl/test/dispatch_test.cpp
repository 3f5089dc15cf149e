// What msl_run refuses.
#include "kernels.h"
#include <string>

using namespace bitnet;

namespace {

void refused(const msl_dispatch &dispatch, const char *message) {
  const char *error = msl_run(msl_find_kernel("ternary_matmul_one"), &dispatch);
  testing("'%s' instead of '%s'", error == nullptr ? "no error" : error, message);
  expect(error != nullptr && std::string(error).find(message) != std::string::npos, "refusal", 0);
}

} // namespace

void test_dispatch() {
  TernaryArguments arguments = {4, 32, 1, 0};
  Buffer<uint32_t> packed(ternary_packed_bytes(4, 32) / 4, 0);
  Buffer<int8_t> codes(32, 0);
  Buffer<float> factors(1, 1), scales(4, 0), y(4, 0);
  const msl_dispatch good = {
      {1, 1, 1}, {TERNARY_THREADS, 1, 1}, {bind(arguments), packed, codes, factors, scales, y}, 0};
  testing("a good dispatch");
  expect(msl_run(msl_find_kernel("ternary_matmul_one"), &good) == nullptr, "it runs", 0);
  expect(msl_find_kernel("nothing") == nullptr, "no such kernel", 0);

  msl_dispatch d = good;
  d.buffers[4] = {};
  refused(d, "ternary_matmul_one: nothing is bound at buffer index 4");
  d = good;
  d.buffers[0].bytes = sizeof arguments - 1;
  refused(d, "buffer index 0 has 15 bytes, the argument needs 16");
  d = good;
  d.buffers[2].address = &codes[4];
  refused(d, "buffer index 2 is not aligned to 16");
  d = good;
  d.threads[0] = 1025;
  refused(d, "1025 threads in a threadgroup");
  d = good;
  d.threads[1] = 0;
  refused(d, "0 threads in a threadgroup");
  d = good;
  d.threadgroups[2] = 0;
  refused(d, "a grid without threadgroups");

  const msl_kernel *kernel = msl_find_kernel("ternary_matmul_one");
  testing("the table of arguments");
  expect(kernel->argument_count == 6, "arguments", kernel->argument_count);
  for (uint32_t i = 0; i < 6; i++) {
    static const uint32_t bytes[] = {16, 16, 16, 4, 4, 4};
    const msl_argument &argument = kernel->arguments[i];
    expect(argument.index == i, "index", argument.index);
    expect(argument.element_bytes == bytes[i], "bytes", argument.element_bytes);
    expect(argument.read_only == (i < 5), "read only", i);
    expect(argument.constant == (i == 0), "constant", i);
  }
}
