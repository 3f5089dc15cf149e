// The part of metal-cpp's Metal that bitnet uses; see Foundation.hpp.
#pragma once

#include "../Foundation/Foundation.hpp"

#include <dispatch/dispatch.h>

namespace MTL {

struct Size {
  NS::UInteger width;
  NS::UInteger height;
  NS::UInteger depth;

  static Size Make(NS::UInteger width, NS::UInteger height, NS::UInteger depth) { return {width, height, depth}; }
};

enum GPUFamily : NS::Integer { GPUFamilyApple1 = 1001, GPUFamilyApple7 = 1007, GPUFamilyMetal3 = 5001 };
enum ResourceOptions : NS::UInteger { ResourceStorageModeShared = 0 };
enum ResourceUsage : NS::UInteger { ResourceUsageRead = 1, ResourceUsageWrite = 2 };
enum CommandBufferStatus : NS::UInteger { CommandBufferStatusCompleted = 4 };

class Resource : public NS::Referencing<Resource> {};

class Buffer : public Resource {
public:
  Buffer *retain() { return NS::subset::send<Buffer *>(this, BITNET_SELECTOR("retain")); }
  NS::UInteger length() const { return NS::subset::send<NS::UInteger>(this, BITNET_SELECTOR("length")); }
  void *contents() { return NS::subset::send<void *>(this, BITNET_SELECTOR("contents")); }
  std::uint64_t gpuAddress() const { return NS::subset::send<std::uint64_t>(this, BITNET_SELECTOR("gpuAddress")); }
};

class Function : public NS::Referencing<Function> {};

class Library : public NS::Referencing<Library> {
public:
  Function *newFunction(const NS::String *name) {
    return NS::subset::send<Function *>(this, BITNET_SELECTOR("newFunctionWithName:"), name);
  }
};

class CompileOptions : public NS::Referencing<CompileOptions> {
public:
  static CompileOptions *alloc() {
    return NS::subset::send<CompileOptions *>(NS::subset::classOf("MTLCompileOptions"), BITNET_SELECTOR("alloc"));
  }
  CompileOptions *init() { return NS::subset::send<CompileOptions *>(this, BITNET_SELECTOR("init")); }
  void setFastMathEnabled(bool enabled) {
    NS::subset::send<void>(this, BITNET_SELECTOR("setFastMathEnabled:"), enabled);
  }
};

class ComputePipelineState : public NS::Referencing<ComputePipelineState> {
public:
  NS::UInteger threadExecutionWidth() const {
    return NS::subset::send<NS::UInteger>(this, BITNET_SELECTOR("threadExecutionWidth"));
  }
  NS::UInteger maxTotalThreadsPerThreadgroup() const {
    return NS::subset::send<NS::UInteger>(this, BITNET_SELECTOR("maxTotalThreadsPerThreadgroup"));
  }
};

class ComputeCommandEncoder : public NS::Referencing<ComputeCommandEncoder> {
public:
  void setComputePipelineState(const ComputePipelineState *state) {
    NS::subset::send<void>(this, BITNET_SELECTOR("setComputePipelineState:"), state);
  }
  void setBuffer(const Buffer *buffer, NS::UInteger offset, NS::UInteger index) {
    NS::subset::send<void>(this, BITNET_SELECTOR("setBuffer:offset:atIndex:"), buffer, offset, index);
  }
  void setBytes(const void *bytes, NS::UInteger length, NS::UInteger index) {
    NS::subset::send<void>(this, BITNET_SELECTOR("setBytes:length:atIndex:"), bytes, length, index);
  }
  void useResource(const Resource *resource, ResourceUsage usage) {
    NS::subset::send<void>(this, BITNET_SELECTOR("useResource:usage:"), resource, usage);
  }
  void dispatchThreadgroups(Size threadgroups, Size threads) {
    NS::subset::send<void>(this, BITNET_SELECTOR("dispatchThreadgroups:threadsPerThreadgroup:"), threadgroups, threads);
  }
  void endEncoding() { NS::subset::send<void>(this, BITNET_SELECTOR("endEncoding")); }
};

class CommandBuffer : public NS::Referencing<CommandBuffer> {
public:
  ComputeCommandEncoder *computeCommandEncoder() {
    return NS::subset::send<ComputeCommandEncoder *>(this, BITNET_SELECTOR("computeCommandEncoder"));
  }
  void commit() { NS::subset::send<void>(this, BITNET_SELECTOR("commit")); }
  void waitUntilCompleted() { NS::subset::send<void>(this, BITNET_SELECTOR("waitUntilCompleted")); }
  CommandBufferStatus status() const { return NS::subset::send<CommandBufferStatus>(this, BITNET_SELECTOR("status")); }
  NS::Error *error() const { return NS::subset::send<NS::Error *>(this, BITNET_SELECTOR("error")); }
  double GPUStartTime() const { return NS::subset::send<double>(this, BITNET_SELECTOR("GPUStartTime")); }
  double GPUEndTime() const { return NS::subset::send<double>(this, BITNET_SELECTOR("GPUEndTime")); }
};

class CommandQueue : public NS::Referencing<CommandQueue> {
public:
  CommandBuffer *commandBuffer() { return NS::subset::send<CommandBuffer *>(this, BITNET_SELECTOR("commandBuffer")); }
};

class Device : public NS::Referencing<Device> {
public:
  NS::String *name() const { return NS::subset::send<NS::String *>(this, BITNET_SELECTOR("name")); }
  bool hasUnifiedMemory() const { return NS::subset::send<bool>(this, BITNET_SELECTOR("hasUnifiedMemory")); }
  bool supportsFamily(GPUFamily family) {
    return NS::subset::send<bool>(this, BITNET_SELECTOR("supportsFamily:"), family);
  }
  std::uint64_t recommendedMaxWorkingSetSize() const {
    return NS::subset::send<std::uint64_t>(this, BITNET_SELECTOR("recommendedMaxWorkingSetSize"));
  }
  NS::UInteger maxBufferLength() const {
    return NS::subset::send<NS::UInteger>(this, BITNET_SELECTOR("maxBufferLength"));
  }
  CommandQueue *newCommandQueue() { return NS::subset::send<CommandQueue *>(this, BITNET_SELECTOR("newCommandQueue")); }
  Buffer *newBuffer(NS::UInteger length, ResourceOptions options) {
    return NS::subset::send<Buffer *>(this, BITNET_SELECTOR("newBufferWithLength:options:"), length, options);
  }
  Buffer *newBuffer(const void *memory, NS::UInteger length, ResourceOptions options, void *deallocator) {
    return NS::subset::send<Buffer *>(this, BITNET_SELECTOR("newBufferWithBytesNoCopy:length:options:deallocator:"),
                                      memory, length, options, deallocator);
  }
  Library *newLibrary(dispatch_data_t data, NS::Error **error) {
    return NS::subset::send<Library *>(this, BITNET_SELECTOR("newLibraryWithData:error:"), data, error);
  }
  Library *newLibrary(const NS::String *source, const CompileOptions *options, NS::Error **error) {
    return NS::subset::send<Library *>(this, BITNET_SELECTOR("newLibraryWithSource:options:error:"), source, options,
                                       error);
  }
  ComputePipelineState *newComputePipelineState(const Function *function, NS::Error **error) {
    return NS::subset::send<ComputePipelineState *>(this, BITNET_SELECTOR("newComputePipelineStateWithFunction:error:"),
                                                    function, error);
  }
};

} // namespace MTL

extern "C" MTL::Device *MTLCreateSystemDefaultDevice();

namespace MTL {

inline Device *CreateSystemDefaultDevice() {
  return MTLCreateSystemDefaultDevice();
}

} // namespace MTL
