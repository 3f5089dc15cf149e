// Modules and launches, with the limits of a device.
#include "driver.h"
#include <cstring>

using namespace bitnet::sim;

enum : uint32_t {
  FATBIN_MAGIC = 0xba55ed50,
  DEFAULT_SHARED = 48 << 10, // what a block may have without asking for more
  MOST_THREADS = 1024,
  MOST_BLOCKS_YZ = 65535,
  MOST_CLUSTER = 8, // blocks
};

EXPORTED CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  ENTER
  uint32_t magic;
  memcpy(&magic, image, sizeof(magic));
  REQUIRE(magic == FATBIN_MAGIC, CUDA_ERROR_INVALID_IMAGE);
  *module = new CUmod_st;
  driver.modules.insert(*module);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuModuleUnload(CUmodule module) {
  ENTER_ANYWHERE
  REQUIRE(driver.modules.erase(module), CUDA_ERROR_INVALID_HANDLE);
  CUresult error = driver.drain_all();
  auto of_module = [module](const auto &entry) { return entry.first.first == module; };
  std::erase_if(driver.functions, of_module);
  delete module;
  return error;
}

EXPORTED CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  ENTER
  REQUIRE(driver.modules.count(module), CUDA_ERROR_INVALID_HANDLE);
  const Kernel *kernel = Kernel::find(name);
  REQUIRE(kernel, CUDA_ERROR_NOT_FOUND);
  *function = &driver.functions.try_emplace({module, name}, CUfunc_st{kernel, DEFAULT_SHARED}).first->second;
  return CUDA_SUCCESS;
}

static bool known(const Driver &driver, CUfunction function) {
  for (const auto &entry : driver.functions) {
    if (&entry.second == function) {
      return true;
    }
  }
  return false;
}

EXPORTED CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  ENTER
  REQUIRE(known(driver, function), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, CUDA_ERROR_INVALID_VALUE);
  REQUIRE(value >= 0 && value <= driver.settings["shared"], CUDA_ERROR_INVALID_VALUE);
  function->most_dynamic_shared = (uint32_t)value;
  return CUDA_SUCCESS;
}

// The attributes that the product uses; programmatic launches and clusters came with compute capability 9.0.
static bool valid_attributes(Driver &driver, const CUlaunchConfig *config) {
  for (unsigned int i = 0; i < config->numAttrs; i++) {
    const CUlaunchAttribute &attribute = config->attrs[i];
    bool later = attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION ||
                 attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    if (attribute.id != CU_LAUNCH_ATTRIBUTE_COOPERATIVE && (!later || driver.settings["capability"] < 90)) {
      return false;
    }
    // All clusters of the product are whole columns of the grid.
    const auto &cluster = attribute.value.clusterDim;
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION &&
        (cluster.x != 1 || cluster.y != 1 || cluster.z != config->gridDimZ || cluster.z > MOST_CLUSTER)) {
      return false;
    }
  }
  return true;
}

static bool clusters(const CUlaunchConfig *config) {
  for (unsigned int i = 0; i < config->numAttrs; i++) {
    if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) {
      return true;
    }
  }
  return false;
}

static bool cooperative(const CUlaunchConfig *config) {
  for (unsigned int i = 0; i < config->numAttrs; i++) {
    if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && config->attrs[i].value.cooperative) {
      return true;
    }
  }
  return false;
}

EXPORTED CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction function, void **arguments, void **extra) {
  ENTER
  REQUIRE(known(driver, function), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(!extra && arguments && arguments[0] && valid_attributes(driver, config), CUDA_ERROR_INVALID_VALUE);
  const Kernel &kernel = *function->kernel;
  uint64_t threads = (uint64_t)config->blockDimX * config->blockDimY * config->blockDimZ;
  REQUIRE(config->gridDimX > 0 && config->gridDimY > 0 && config->gridDimZ > 0, CUDA_ERROR_INVALID_VALUE);
  REQUIRE(config->gridDimX <= 0x7fffffffu && config->gridDimY <= MOST_BLOCKS_YZ && config->gridDimZ <= MOST_BLOCKS_YZ,
          CUDA_ERROR_INVALID_VALUE);
  REQUIRE(threads > 0 && threads <= MOST_THREADS && config->blockDimY == 1 && config->blockDimZ == 1,
          CUDA_ERROR_INVALID_VALUE);
  REQUIRE(threads <= kernel.bounds[0], CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  REQUIRE(config->sharedMemBytes <= function->most_dynamic_shared, CUDA_ERROR_INVALID_VALUE);
  REQUIRE((uint64_t)arguments[0] % kernel.argument_alignment == 0, CUDA_ERROR_INVALID_VALUE);
  // A multiprocessor has one block of a cooperative launch: no kernel that is launched so leaves room for two.
  REQUIRE(!cooperative(config) || (uint64_t)config->gridDimX * config->gridDimY * config->gridDimZ <=
                                      (uint64_t)driver.settings["multiprocessors"],
          CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
  Launch launch{&kernel,
                {config->gridDimX, config->gridDimY, config->gridDimZ},
                {config->blockDimX, 1, 1},
                config->sharedMemBytes,
                cooperative(config),
                clusters(config),
                {}};
  const uint8_t *argument = static_cast<const uint8_t *>(arguments[0]);
  launch.argument.assign(argument, argument + kernel.argument_bytes);
  return driver.put(config->hStream, [&driver, launch = std::move(launch)] {
    if (driver.fault_kernel == launch.kernel->name) {
      driver.fault_kernel.clear();
      driver.raise(CUDA_ERROR_ILLEGAL_ADDRESS, "a fault that a test asked for");
      return;
    }
    if (driver.settings["skip"] != 0) {
      return;
    }
    std::string error = run(launch, (uint64_t)driver.settings["seed"]);
    if (!error.empty()) {
      driver.raise(CUDA_ERROR_LAUNCH_FAILED, error);
    }
  });
}
