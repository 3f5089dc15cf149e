// The double notices what Metal forbids. Each of these is wrong on purpose.
#include "shim.h"

#include "pool.h"

#include <csignal>
#include <cstring>

#include <sys/wait.h>
#include <unistd.h>

using namespace bitnet;

namespace {

void noticed(const char *message) {
  const char *violation = metal_double_first_violation();
  expect(violation != nullptr, message, 0);
  expect(strstr(violation, message) != nullptr, violation, 0);
  metal_double_reset();
}

// Runs it in a process of its own, which must end by a segmentation fault. Sanitizers have their own ways with both.
template <typename Body> void crashes(const char *what, Body body) {
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, what, status);
#else
  (void)what;
  (void)body;
#endif
}

MTL::ComputePipelineState *pipeline(const Device &device, Kernel kernel) {
  return device.pipelines[static_cast<uint32_t>(kernel)].get();
}

} // namespace

void test_double() {
  testing("double");
  metal_double_reset();
  Failure failure;
  Device *device = openDevice(failure);
  expect(device != nullptr && compileKernels(*device, failure), failure.text, 0);
  MTL::Device *metal = device->metal.get();
  {
    Pool pool;
    // Objects.
    MTL::CommandQueue *gone = metal->newCommandQueue();
    gone->release();
    gone->commandBuffer();
    noticed("commandBuffer was sent to a MTLCommandQueue that is gone");
    gone->release();
    noticed("release was sent to a MTLCommandQueue that is gone");
    reinterpret_cast<MTL::CommandBuffer *>(metal)->commit();
    noticed("a MTLDevice does not know commit");
    metal->newBuffer(0, MTL::ResourceStorageModeShared);
    noticed("newBufferWithLength: of no bytes");
    alignas(65536) static char memory[65536];
    metal->newBuffer(memory + 16, 4096, MTL::ResourceStorageModeShared, nullptr);
    noticed("newBufferWithBytesNoCopy");
    metal->newBuffer(memory, 100, MTL::ResourceStorageModeShared, nullptr);
    noticed("are not whole pages");
    NS::Error *error = nullptr;
    metal->newLibrary(NS::String::string("kernel void", NS::UTF8StringEncoding), nullptr, &error)->release();
    noticed("fast math");

    // Command buffers and encoders.
    auto queue = NS::TransferPtr(metal->newCommandQueue());
    auto buffer = NS::TransferPtr(metal->newBuffer(64, MTL::ResourceStorageModeShared));
    {
      Pool inner;
      MTL::CommandBuffer *commands = queue->commandBuffer();
      commands->waitUntilCompleted();
      noticed("waitUntilCompleted before commit");
      MTL::ComputeCommandEncoder *encoder = commands->computeCommandEncoder();
      expect(commands->computeCommandEncoder() == nullptr, "a second encoder", 0);
      noticed("has one open");
      commands->commit();
      noticed("commit with an open encoder");
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 1, 1), MTL::Size::Make(32, 1, 1));
      noticed("without a pipeline");
      encoder->setComputePipelineState(nullptr);
      noticed("setComputePipelineState: of nil");
      encoder->setComputePipelineState(pipeline(*device, Kernel::gate_silu));
      encoder->setBuffer(buffer.get(), 64, 1);
      noticed("setBuffer: a buffer at 64");
      encoder->setBuffer(buffer.get(), 2, 1);
      noticed("setBuffer: a buffer at 2");
      encoder->setBuffer(nullptr, 0, 1);
      noticed("setBuffer: nil");
      encoder->setBuffer(buffer.get(), 0, 31);
      noticed("buffer index 31");
      encoder->setBytes("", 0, 0);
      noticed("setBytes: of 0 bytes");
      encoder->setBytes(memory, 4097, 0);
      noticed("setBytes: of 4097 bytes");
      encoder->useResource(nullptr, MTL::ResourceUsageRead);
      noticed("useResource: nil");
      const uint32_t columns = 4;
      encoder->setBytes(&columns, sizeof columns, 0);
      encoder->setBuffer(buffer.get(), 0, 1);
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 1, 1), MTL::Size::Make(256, 1, 1));
      noticed("gate_silu: nothing is bound at index 2");
      encoder->setBuffer(buffer.get(), 0, 2);
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 0, 1), MTL::Size::Make(256, 1, 1));
      noticed("a grid of 0 threadgroups");
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 1, 1), MTL::Size::Make(1025, 1, 1));
      noticed("threadgroups of 1025 threads");
      encoder->setComputePipelineState(pipeline(*device, Kernel::gate_silu));
      encoder->setBytes(&columns, sizeof columns, 0);
      encoder->setBuffer(buffer.get(), 0, 1);
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 1, 1), MTL::Size::Make(256, 1, 1));
      noticed("nothing is bound at index 2"); // but for the dispatch before
      encoder->endEncoding();
      encoder->setBuffer(buffer.get(), 0, 1);
      noticed("setBuffer: after endEncoding");
      encoder->endEncoding();
      noticed("endEncoding after endEncoding");
      commands->commit();
      commands->commit();
      noticed("commit twice");
      expect(commands->computeCommandEncoder() == nullptr, "an encoder of committed commands", 0);
      noticed("was committed");
      commands->waitUntilCompleted();
    }
    {
      Pool inner;
      queue->commandBuffer()->computeCommandEncoder();
    }
    noticed("is gone"); // the encoder without endEncoding, or its command buffer

    // Work runs when it is waited for, and not before.
    {
      Pool inner;
      auto *values = static_cast<float *>(buffer->contents());
      for (int i = 0; i < 8; i++) {
        values[i] = 1;
      }
      auto result = NS::TransferPtr(metal->newBuffer(16, MTL::ResourceStorageModeShared));
      MTL::CommandBuffer *commands = queue->commandBuffer();
      MTL::ComputeCommandEncoder *encoder = commands->computeCommandEncoder();
      encoder->setComputePipelineState(pipeline(*device, Kernel::gate_squared_relu));
      const uint32_t columns = 4;
      encoder->setBytes(&columns, sizeof columns, 0);
      encoder->setBuffer(buffer.get(), 0, 1);
      encoder->setBuffer(result.get(), 0, 2);
      encoder->dispatchThreadgroups(MTL::Size::Make(1, 1, 1), MTL::Size::Make(256, 1, 1));
      encoder->endEncoding();
      commands->commit();
      const auto *out = static_cast<const float *>(result->contents());
      expect(!(out[0] == 1), "results before anyone waits", 0);
      expect(metal_double_live_of("MTLCommandBuffer") == 1, "it is on its way", 0);
      commands->waitUntilCompleted();
      expect(out[0] == 1 && out[3] == 1, "results", 0);
    }
    // Memory is guarded.
    crashes("a byte beyond a buffer", [&] { static_cast<volatile char *>(buffer->contents())[64] = 1; });
    crashes("a byte before the page of a buffer", [&] { static_cast<volatile char *>(buffer->contents())[-4096] = 1; });
    char *contents = static_cast<char *>(buffer->contents());
    buffer.reset();
    crashes("a released buffer", [&] { static_cast<volatile char *>(contents)[0] = 1; });
  }
  expect(metal_double_live() > 0, "nothing counts", 0);
  closeDevice(device);
  expectClean();
}
