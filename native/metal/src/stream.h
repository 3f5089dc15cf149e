// Where the operations of a step go: a queue, the command buffer that is being recorded, and those sent.
#pragma once

#include "buffer.h"

struct bitnet_metal_stream {
  // Most command buffers on their way; the queue itself blocks at 64.
  static constexpr int32_t MOST_SENT = 32;

  const bitnet::Device *device = nullptr;
  // Multiply-and-adds after which recorded operations are sent.
  uint64_t sendWork = 0;
  NS::SharedPtr<MTL::CommandQueue> queue;
  NS::SharedPtr<MTL::CommandBuffer> recording;
  NS::SharedPtr<MTL::ComputeCommandEncoder> encoder;
  NS::SharedPtr<MTL::CommandBuffer> sent[MOST_SENT];
  int32_t sentCount = 0;
  bool open = false; // between begin and wait or abandon
  bitnet_metal_buffer *const *caches = nullptr;
  int32_t cacheCount = 0;
  uint64_t work = 0; // recorded and not sent
  double gpuSeconds = 0;
  int32_t commandBuffers = 0;
  bitnet::Failure failure;

  // An encoder to record into, which may begin a command buffer; null and a failure if Metal refuses.
  MTL::ComputeCommandEncoder *record();
  // Counts work that was recorded, and sends when it is enough.
  int32_t recorded(uint64_t more);
  int32_t send();
  int32_t waitForSent();
  void dropRecording();
  // Sets the failure and returns BITNET_METAL_MISUSE.
  __attribute__((format(printf, 2, 3))) int32_t misuse(const char *format, ...);
};

namespace bitnet {

using Stream = bitnet_metal_stream;

// A queue of its own on this device, which must outlive it; null and a failure if Metal refuses.
Stream *openStream(const Device &device, uint64_t sendWork, Failure &failure);
void close(Stream *stream);

} // namespace bitnet
