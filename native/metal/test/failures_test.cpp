// Every call that can fail, made to fail each time it is made: an error that says so, nothing left, and what comes next
// works.
#include "shim.h"

#include <cstdio>
#include <cstring>
#include <string>

using namespace bitnet;

namespace {

// A model from its making to its logits. False and the failure where something went wrong.
bool run(Failure &failure) {
  Model model(100000);
  failure = model.failure;
  if (!model.isReady()) {
    return false;
  }
  if (model.step(5) != BITNET_METAL_OK) {
    failure = model.failure;
    // What failed once leaves the stream in order.
    expect(model.step(5) == BITNET_METAL_OK, model.failure.text, 0);
    const std::vector<float> &expected = expectedLogits(5);
    expect_floats(model.logits(5).data(), expected.data(), static_cast<int64_t>(expected.size()), "logits");
    return false;
  }
  return true;
}

std::string wanted(const std::string &call) {
  if (call == "MTLCreateSystemDefaultDevice") {
    return "Metal knows no GPU here";
  }
  if (call == "newLibraryWithSource:options:error:") {
    return "compiling the kernels failed: program_source:1:1: error: told to fail (MTLLibraryErrorDomain 3)";
  }
  if (call == "newFunctionWithName:") {
    return "the kernels' library has no ";
  }
  if (call == "newComputePipelineStateWithFunction:error:") {
    return "Compiler encountered an internal error (told to fail) (AGXMetalDriver 3)";
  }
  if (call == "newCommandQueue") {
    return "Metal gave no command queue";
  }
  if (call == "newBufferWithLength:options:") {
    return "out of memory: no buffer of ";
  }
  if (call == "commandBuffer") {
    return "Metal gave no command buffer";
  }
  if (call == "computeCommandEncoder") {
    return "Metal gave no command encoder";
  }
  return "the GPU's work failed: Insufficient Memory (told to fail) (MTLCommandBufferErrorDomain 8)";
}

} // namespace

void test_failures() {
  testing("failures");
  metal_double_reset();
  expectedLogits(5);
  metal_double_reset();
  Failure failure;
  expect(run(failure), failure.text, 0);
  int64_t failures = 0;
  for (int32_t i = 0; const char *call = metal_double_fallible(i); i++) {
    testing("failures: %s", call);
    metal_double_reset();
    expect(run(failure), failure.text, 0);
    const int64_t calls = metal_double_calls(call);
    for (int64_t n = 0; n < calls; n++) {
      metal_double_reset();
      metal_double_fail(call, n);
      expect(!run(failure), "the failure goes unnoticed", n);
      expect(strstr(failure.text, wanted(call).c_str()) != nullptr, failure.text, n);
      expectClean();
      failures++;
    }
  }
  metal_double_reset();
  printf("%lld failures injected\n", static_cast<long long>(failures));

  testing("failures: libraries");
  Device *device = openDevice(failure);
  expect(device != nullptr, failure.text, 0);
  const unsigned char text[] = "not a kernel";
  expect(!compileKernels(*device, text, sizeof text, true, failure) &&
             strcmp(failure.domain, "MTLLibraryErrorDomain") == 0 && failure.code == 3,
         failure.text, failure.code);
  expect(!compileKernels(*device, text, sizeof text, false, failure) && failure.code == 1, failure.text, failure.code);
  std::string compiled = "MTLB\n";
  for (uint32_t i = 0; i < KERNELS; i++) {
    compiled += std::string(name(static_cast<Kernel>(i))) + "\n";
  }
  expect(compileKernels(*device, reinterpret_cast<const unsigned char *>(compiled.data()), compiled.size(), false,
                        failure),
         failure.text, 0);
  expect(wrap(*device, reinterpret_cast<void *>(8192), 1ull << 60, failure) == nullptr, "more than a buffer", 0);
  alignas(65536) static char memory[65536];
  metal_double_fail("newBufferWithBytesNoCopy:length:options:deallocator:", 0);
  expect(wrap(*device, memory, sizeof memory, failure) == nullptr, "told to fail", 0);
  Buffer *wrapped = wrap(*device, memory, sizeof memory, failure);
  expect(wrapped != nullptr && wrapped->metal->contents() == memory, failure.text, 0);
  release(wrapped);
  closeDevice(device);
  expectClean();
}
