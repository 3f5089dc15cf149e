#include "device.h"

#include "pool.h"

#include <dispatch/dispatch.h>

#include <new>

namespace bitnet {

namespace {

constexpr NS::Integer NEWEST_FAMILY = 40; // beyond any that exists; there have been ten in as many years
constexpr NS::UInteger SIMD_WIDTH = 32;   // that the kernels are written for
constexpr NS::UInteger MOST_THREADS = 256;

NS::SharedPtr<MTL::Library> open(const Device &device, const unsigned char *library, uint64_t bytes, bool isSource,
                                 Failure &failure) {
  NS::Error *error = nullptr;
  NS::SharedPtr<MTL::Library> opened;
  if (isSource) {
    auto options = NS::TransferPtr(MTL::CompileOptions::alloc()->init());
    options->setFastMathEnabled(false); // docs/numerics.md: every operation rounds as IEEE says
    const char *text = reinterpret_cast<const char *>(library);
    NS::String *source = NS::String::string(text, NS::UTF8StringEncoding);
    opened = NS::TransferPtr(device.metal->newLibrary(source, options.get(), &error));
  } else {
    dispatch_data_t data = dispatch_data_create(library, bytes, nullptr, DISPATCH_DATA_DESTRUCTOR_DEFAULT);
    opened = NS::TransferPtr(device.metal->newLibrary(data, &error));
    dispatch_release(data);
  }
  if (!opened) {
    failure.take("compiling the kernels", error);
  }
  return opened;
}

NS::SharedPtr<MTL::ComputePipelineState> pipeline(const Device &device, MTL::Library &library, Kernel kernel,
                                                  Failure &failure) {
  auto function = NS::TransferPtr(library.newFunction(NS::String::string(name(kernel), NS::UTF8StringEncoding)));
  if (!function) {
    failure.set("Metal", 0, "the kernels' library has no %s", name(kernel));
    return {};
  }
  NS::Error *error = nullptr;
  auto state = NS::TransferPtr(device.metal->newComputePipelineState(function.get(), &error));
  if (!state) {
    failure.take(name(kernel), error);
    return {};
  }
  if (state->threadExecutionWidth() != SIMD_WIDTH || state->maxTotalThreadsPerThreadgroup() < MOST_THREADS) {
    failure.set("Metal", 0, "%s: simdgroups of %llu threads and threadgroups of up to %llu, not of %llu and %llu",
                name(kernel), static_cast<unsigned long long>(state->threadExecutionWidth()),
                static_cast<unsigned long long>(state->maxTotalThreadsPerThreadgroup()),
                static_cast<unsigned long long>(SIMD_WIDTH), static_cast<unsigned long long>(MOST_THREADS));
    return {};
  }
  return state;
}

} // namespace

const char *name(Kernel kernel) {
#define BITNET_KERNEL_NAME(name) #name,
  static const char *const names[] = {BITNET_KERNELS(BITNET_KERNEL_NAME)};
#undef BITNET_KERNEL_NAME
  return names[static_cast<uint32_t>(kernel)];
}

Device *openDevice(Failure &failure) {
  Pool pool;
  auto metal = NS::TransferPtr(MTL::CreateSystemDefaultDevice());
  if (!metal) {
    failure.set("Metal", 0, "Metal knows no GPU here");
    return nullptr;
  }
  auto *device = new (std::nothrow) Device;
  if (device == nullptr) {
    failure.set("Metal", 0, "no memory");
    return nullptr;
  }
  device->metal = metal;
  return device;
}

void closeDevice(Device *device) {
  Pool pool;
  delete device;
}

bool compileKernels(Device &device, Failure &failure) {
  return compileKernels(device, KERNEL_LIBRARY, KERNEL_LIBRARY_BYTES, KERNEL_LIBRARY_IS_SOURCE, failure);
}

bool compileKernels(Device &device, const unsigned char *library, uint64_t bytes, bool isSource, Failure &failure) {
  Pool pool;
  NS::SharedPtr<MTL::Library> opened = open(device, library, bytes, isSource, failure);
  if (!opened) {
    return false;
  }
  for (uint32_t i = 0; i < KERNELS; i++) {
    device.pipelines[i] = pipeline(device, *opened.get(), static_cast<Kernel>(i), failure);
    if (!device.pipelines[i]) {
      return false;
    }
  }
  return true;
}

bool isSuitable(const Device &device) {
  return device.metal->hasUnifiedMemory() &&
         (device.metal->supportsFamily(MTL::GPUFamilyApple7) || device.metal->supportsFamily(MTL::GPUFamilyMetal3));
}

int32_t appleFamily(const Device &device) {
  for (NS::Integer family = NEWEST_FAMILY; family > 0; family--) {
    if (device.metal->supportsFamily(static_cast<MTL::GPUFamily>(MTL::GPUFamilyApple1 + family - 1))) {
      return static_cast<int32_t>(family);
    }
  }
  return 0;
}

} // namespace bitnet
