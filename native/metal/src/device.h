// A GPU with the kernels compiled for it.
#pragma once

#include "failure.h"
#include "kernels.h"

#include <Metal/Metal.hpp>

namespace bitnet {

struct Device {
  NS::SharedPtr<MTL::Device> metal;
  NS::SharedPtr<MTL::ComputePipelineState> pipelines[KERNELS];
};

// The system's GPU, without kernels; null and a failure if there is none.
Device *openDevice(Failure &failure);
// Frees a device; null is none.
void closeDevice(Device *device);
// Makes all kernels ready; false and a failure if one is refused.
bool compileKernels(Device &device, Failure &failure);
// The same, from a library that is not the built-in one.
bool compileKernels(Device &device, const unsigned char *library, uint64_t bytes, bool isSource, Failure &failure);
// Whether the kernels can run on it: what they use (addresses of buffers, simdgroup operations) is in Apple7, the M1's,
// and later families; virtual machines on such Macs have Metal 3 in a device of an older one.
bool isSuitable(const Device &device);
// N for the highest family AppleN that the GPU belongs to; 0 if it is not Apple's.
int32_t appleFamily(const Device &device);

} // namespace bitnet
