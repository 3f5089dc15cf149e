// Errors, devices, contexts.
#include "driver.h"
#include <cstdio>
#include <cstring>

namespace bitnet::sim {
extern thread_local std::vector<CUcontext> context_stack;
}
using bitnet::sim::context_stack;

static const std::map<int, std::pair<const char *, const char *>> ERRORS = {
    {CUDA_SUCCESS, {"CUDA_SUCCESS", "no error"}},
    {CUDA_ERROR_INVALID_VALUE, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
    {CUDA_ERROR_OUT_OF_MEMORY, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
    {CUDA_ERROR_NOT_INITIALIZED, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
    {CUDA_ERROR_NO_DEVICE, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
    {CUDA_ERROR_INVALID_DEVICE, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
    {CUDA_ERROR_INVALID_IMAGE, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
    {CUDA_ERROR_INVALID_CONTEXT, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
    {CUDA_ERROR_INVALID_HANDLE, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
    {CUDA_ERROR_NOT_FOUND, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
    {CUDA_ERROR_ILLEGAL_ADDRESS, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
     {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
    {CUDA_ERROR_LAUNCH_FAILED, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
    {CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
     {"CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", "too many blocks in cooperative launch"}},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
     {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"}},
};

EXPORTED CUresult cuGetErrorName(CUresult error, const char **text) {
  auto found = ERRORS.find(error);
  REQUIRE(found != ERRORS.end(), CUDA_ERROR_INVALID_VALUE);
  *text = found->second.first;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuGetErrorString(CUresult error, const char **text) {
  auto found = ERRORS.find(error);
  REQUIRE(found != ERRORS.end(), CUDA_ERROR_INVALID_VALUE);
  *text = found->second.second;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDriverGetVersion(int *version) {
  ENTER_ANYWHERE
  *version = (int)driver.settings["version"];
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuInit(unsigned int flags) {
  ENTER_ANYWHERE
  REQUIRE(flags == 0, CUDA_ERROR_INVALID_VALUE);
  REQUIRE(driver.settings["devices"] > 0, CUDA_ERROR_NO_DEVICE);
  driver.initialised = true;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDeviceGetCount(int *count) {
  ENTER_ANYWHERE
  REQUIRE(driver.initialised, CUDA_ERROR_NOT_INITIALIZED);
  *count = (int)driver.settings["devices"];
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  ENTER_ANYWHERE
  REQUIRE(driver.initialised, CUDA_ERROR_NOT_INITIALIZED);
  REQUIRE(ordinal >= 0 && ordinal < driver.settings["devices"], CUDA_ERROR_INVALID_DEVICE);
  *device = ordinal;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
  ENTER_ANYWHERE
  REQUIRE(device >= 0 && device < driver.settings["devices"], CUDA_ERROR_INVALID_DEVICE);
  snprintf(name, (size_t)length, "simulated GPU %d", device);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  ENTER_ANYWHERE
  REQUIRE(device >= 0 && device < driver.settings["devices"], CUDA_ERROR_INVALID_DEVICE);
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    *value = (int)driver.settings["multiprocessors"];
    return CUDA_SUCCESS;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    *value = (int)driver.settings["capability"] / 10;
    return CUDA_SUCCESS;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    *value = (int)driver.settings["capability"] % 10;
    return CUDA_SUCCESS;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
    *value = (int)driver.settings["shared"];
    return CUDA_SUCCESS;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
}

EXPORTED CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  ENTER_ANYWHERE
  REQUIRE(device >= 0 && device < driver.settings["devices"], CUDA_ERROR_INVALID_DEVICE);
  *bytes = (size_t)driver.settings["memory"];
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  ENTER_ANYWHERE
  REQUIRE(device >= 0 && device < driver.settings["devices"], CUDA_ERROR_INVALID_DEVICE);
  CUctx_st &own = driver.contexts[device];
  own.device = device;
  own.retained++;
  *context = &own;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  ENTER_ANYWHERE
  auto found = driver.contexts.find(device);
  REQUIRE(found != driver.contexts.end() && found->second.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  found->second.retained--;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuCtxPushCurrent_v2(CUcontext context) {
  ENTER_ANYWHERE
  auto found = driver.contexts.find(context->device);
  REQUIRE(found != driver.contexts.end() && found->second.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  context_stack.push_back(context);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  ENTER_ANYWHERE
  REQUIRE(!context_stack.empty(), CUDA_ERROR_INVALID_CONTEXT);
  *context = context_stack.back();
  context_stack.pop_back();
  return CUDA_SUCCESS;
}
