// Memory of the device, which is the host's, and pinned memory; copies, which happen when the stream comes to them.
#include "driver.h"
#include <cstdlib>
#include <cstring>

using bitnet::sim::Driver;

enum : size_t { ALIGNMENT = 256 };

static void *take(size_t bytes) {
  // Exactly as many bytes as asked for, so that a sanitizer sees the first one behind them.
  void *memory = nullptr;
  if (posix_memalign(&memory, ALIGNMENT, bytes) != 0) {
    return nullptr;
  }
  memset(memory, 0xff, bytes);
  return memory;
}

EXPORTED CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  ENTER
  *total = (size_t)driver.settings["memory"];
  *free = *total - (size_t)driver.used();
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  ENTER
  REQUIRE(bytes > 0, CUDA_ERROR_INVALID_VALUE);
  REQUIRE((int64_t)bytes <= driver.settings["memory"] - driver.used(), CUDA_ERROR_OUT_OF_MEMORY);
  void *memory = take(bytes);
  REQUIRE(memory, CUDA_ERROR_OUT_OF_MEMORY);
  *address = (CUdeviceptr)memory;
  driver.memory[*address] = bytes;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuMemFree_v2(CUdeviceptr address) {
  ENTER_ANYWHERE
  REQUIRE(driver.memory.count(address), CUDA_ERROR_INVALID_VALUE);
  CUresult error = driver.drain_all();
  memset((void *)address, 0xff, driver.memory[address]);
  free((void *)address);
  driver.memory.erase(address);
  return error;
}

EXPORTED CUresult cuMemHostAlloc(void **pointer, size_t bytes, unsigned int flags) {
  ENTER
  REQUIRE(bytes > 0 && flags == 0, CUDA_ERROR_INVALID_VALUE);
  *pointer = take(bytes);
  REQUIRE(*pointer, CUDA_ERROR_OUT_OF_MEMORY);
  driver.pinned[(uint64_t)*pointer] = bytes;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuMemFreeHost(void *pointer) {
  ENTER_ANYWHERE
  REQUIRE(driver.pinned.erase((uint64_t)pointer), CUDA_ERROR_INVALID_VALUE);
  CUresult error = driver.drain_all();
  free(pointer);
  return error;
}

// Ranges must be allocated when the copy is ordered and still be when it is done.
static CUresult copy(Driver &driver, CUstream stream, uint64_t to, bool to_device, uint64_t from, bool from_device,
                     size_t bytes) {
  auto valid = [&driver, to, to_device, from, from_device, bytes] {
    return Driver::contains(to_device ? driver.memory : driver.pinned, to, bytes) &&
           Driver::contains(from_device ? driver.memory : driver.pinned, from, bytes);
  };
  REQUIRE(valid(), CUDA_ERROR_INVALID_VALUE);
  return driver.put(stream, [&driver, valid, to, from, bytes] {
    if (valid()) {
      memmove((void *)to, (const void *)from, bytes);
    } else {
      driver.raise(CUDA_ERROR_ILLEGAL_ADDRESS, "a copy touches memory that has been freed");
    }
  });
}

EXPORTED CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
  ENTER
  return copy(driver, stream, to, true, (uint64_t)from, false, bytes);
}

EXPORTED CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  ENTER
  return copy(driver, stream, (uint64_t)to, false, from, true, bytes);
}

EXPORTED CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  ENTER
  return copy(driver, stream, to, true, from, true, bytes);
}

EXPORTED CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes, CUstream stream) {
  ENTER
  REQUIRE(Driver::contains(driver.memory, to, bytes), CUDA_ERROR_INVALID_VALUE);
  return driver.put(stream, [&driver, to, value, bytes] {
    if (Driver::contains(driver.memory, to, bytes)) {
      memset((void *)to, value, bytes);
    } else {
      driver.raise(CUDA_ERROR_ILLEGAL_ADDRESS, "memory that has been freed is set");
    }
  });
}
