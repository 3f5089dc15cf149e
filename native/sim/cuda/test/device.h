// What the tests of kernels share: a device through the simulated driver, and what went wrong.
#ifndef BITNET_SIM_TEST_DEVICE_H
#define BITNET_SIM_TEST_DEVICE_H

#include "../../../cuda/include/bitnet_cuda.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda.h>
#include <random>
#include <string>
#include <vector>

inline int failures = 0;

inline void check(CUresult error, const char *what) {
  if (error != CUDA_SUCCESS) {
    fprintf(stderr, "%s answers %d\n", what, error);
    exit(1);
  }
}

inline void expect(bool condition, const std::string &what) {
  printf("%s %s\n", condition ? "ok    " : "WRONG ", what.c_str());
  failures += condition ? 0 : 1;
}

struct Device {
  CUcontext context;
  CUstream stream;
  CUmodule module;
  std::vector<CUdeviceptr> memory;
  std::vector<void *> pinned;

  Device() {
    const uint32_t image[] = {0xba55ed50, 0, 0, 0};
    CUdevice device;
    check(cuInit(0), "cuInit");
    check(cuDeviceGet(&device, 0), "cuDeviceGet");
    check(cuDevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
    check(cuCtxPushCurrent(context), "cuCtxPushCurrent");
    check(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    check(cuModuleLoadData(&module, image), "cuModuleLoadData");
  }

  ~Device() {
    for (CUdeviceptr address : memory) {
      check(cuMemFree(address), "cuMemFree");
    }
    for (void *pointer : pinned) {
      check(cuMemFreeHost(pointer), "cuMemFreeHost");
    }
    check(cuModuleUnload(module), "cuModuleUnload");
    check(cuStreamDestroy(stream), "cuStreamDestroy");
    check(cuCtxPopCurrent(&context), "cuCtxPopCurrent");
    check(cuDevicePrimaryCtxRelease(0), "cuDevicePrimaryCtxRelease");
  }

  template <typename T> T *host(size_t count) {
    void *pointer;
    check(cuMemHostAlloc(&pointer, count * sizeof(T), 0), "cuMemHostAlloc");
    pinned.push_back(pointer);
    return static_cast<T *>(pointer);
  }

  template <typename T> T *room(size_t count) {
    CUdeviceptr address;
    check(cuMemAlloc(&address, count * sizeof(T)), "cuMemAlloc");
    memory.push_back(address);
    return reinterpret_cast<T *>(address);
  }

  template <typename T> T *upload(const std::vector<T> &values) {
    T *from = host<T>(values.size()), *to = room<T>(values.size());
    memcpy(from, values.data(), values.size() * sizeof(T));
    check(cuMemcpyHtoDAsync((CUdeviceptr)to, from, values.size() * sizeof(T), stream), "cuMemcpyHtoDAsync");
    return to;
  }

  template <typename T> std::vector<T> download(const T *from, size_t count) {
    T *to = host<T>(count);
    check(cuMemcpyDtoHAsync(to, (CUdeviceptr)from, count * sizeof(T), stream), "cuMemcpyDtoHAsync");
    check(cuStreamSynchronize(stream), "cuStreamSynchronize");
    return std::vector<T>(to, to + count);
  }

  // In clusters of `cluster` blocks in z, if it is not 1.
  template <typename T>
  void launch(const char *name, uint32_t x, uint32_t y, uint32_t threads, uint32_t shared, const T &argument,
              uint32_t cluster = 1) {
    CUfunction function;
    check(cuModuleGetFunction(&function, module, name), name);
    check(cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 227 << 10), name);
    CUlaunchConfig config = {};
    config.gridDimX = x;
    config.gridDimY = y;
    config.gridDimZ = cluster;
    config.blockDimX = threads;
    config.blockDimY = config.blockDimZ = 1;
    config.sharedMemBytes = shared;
    config.hStream = stream;
    CUlaunchAttribute attribute = {};
    attribute.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    attribute.value.clusterDim = {1, 1, cluster};
    config.attrs = &attribute;
    config.numAttrs = cluster > 1 ? 1 : 0;
    void *arguments[] = {const_cast<T *>(&argument)};
    check(cuLaunchKernelEx(&config, function, arguments, nullptr), name);
  }
};

// Products of a matrix with scales of groups, by every kernel that has them.
void grouped_products(Device &device, int rows, int columns, int group, int tokens, std::mt19937 &random);

// Logits of a head, all of them and the best, plain and screened.
void head(Device &device, int rows, int columns, int outputs, std::mt19937 &random);

// Gated DeltaNet of rows of two sequences, by both kernels of its steps.
void delta_net(Device &device, int rows, int kernel, std::mt19937 &random);

// Rotations there and back.
void rotations(Device &device, int block, int blocks, std::mt19937 &random);

#endif
