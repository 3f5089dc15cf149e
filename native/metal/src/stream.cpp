#include "stream.h"

#include "pool.h"

#include <cstdarg>
#include <cstdio>
#include <new>

using bitnet::Pool;

MTL::ComputeCommandEncoder *bitnet_metal_stream::record() {
  if (encoder) {
    return encoder.get();
  }
  MTL::CommandBuffer *commands = queue->commandBuffer();
  if (commands == nullptr) {
    failure.set("Metal", 0, "Metal gave no command buffer");
    return nullptr;
  }
  MTL::ComputeCommandEncoder *compute = commands->computeCommandEncoder();
  if (compute == nullptr) {
    failure.set("Metal", 0, "Metal gave no command encoder");
    return nullptr;
  }
  recording = NS::RetainPtr(commands);
  encoder = NS::RetainPtr(compute);
  for (int32_t i = 0; i < cacheCount; i++) {
    encoder->useResource(caches[i]->metal.get(),
                         static_cast<MTL::ResourceUsage>(MTL::ResourceUsageRead | MTL::ResourceUsageWrite));
  }
  return encoder.get();
}

int32_t bitnet_metal_stream::recorded(uint64_t more) {
  work += more;
  return work >= sendWork ? send() : static_cast<int32_t>(BITNET_METAL_OK);
}

int32_t bitnet_metal_stream::send() {
  if (!recording) {
    return BITNET_METAL_OK;
  }
  encoder->endEncoding();
  encoder.reset();
  recording->commit();
  work = 0;
  commandBuffers++;
  int32_t status = BITNET_METAL_OK;
  if (sentCount == MOST_SENT) {
    status = waitForSent();
  }
  sent[sentCount++] = std::move(recording);
  recording.reset();
  return status;
}

int32_t bitnet_metal_stream::waitForSent() {
  int32_t status = BITNET_METAL_OK;
  for (int32_t i = 0; i < sentCount; i++) {
    sent[i]->waitUntilCompleted();
    if (status == BITNET_METAL_OK && sent[i]->status() != MTL::CommandBufferStatusCompleted) {
      failure.take("the GPU's work", sent[i]->error());
      status = BITNET_METAL_FAILED;
    }
    gpuSeconds += sent[i]->GPUEndTime() - sent[i]->GPUStartTime();
    sent[i].reset();
  }
  sentCount = 0;
  return status;
}

void bitnet_metal_stream::dropRecording() {
  if (encoder) {
    encoder->endEncoding();
    encoder.reset();
  }
  recording.reset();
  work = 0;
}

int32_t bitnet_metal_stream::misuse(const char *format, ...) {
  failure.set("bitnet", 0, "%s", "");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure.text, sizeof failure.text, format, arguments);
  va_end(arguments);
  return BITNET_METAL_MISUSE;
}

namespace bitnet {

Stream *openStream(const Device &device, uint64_t sendWork, Failure &failure) {
  Pool pool;
  auto queue = NS::TransferPtr(device.metal->newCommandQueue());
  if (!queue) {
    failure.set("Metal", 0, "Metal gave no command queue");
    return nullptr;
  }
  auto *stream = new (std::nothrow) Stream;
  if (stream == nullptr) {
    failure.set("Metal", 0, "no memory");
    return nullptr;
  }
  stream->device = &device;
  stream->queue = queue;
  stream->sendWork = sendWork;
  return stream;
}

void close(Stream *stream) {
  bitnet_metal_abandon(stream);
  Pool pool;
  delete stream;
}

} // namespace bitnet

int32_t bitnet_abi_version() {
  return BITNET_ABI_VERSION;
}

int32_t bitnet_metal_begin(bitnet_metal_stream *stream, bitnet_metal_buffer *const *caches, int32_t count) {
  if (stream->open) {
    return stream->misuse("begin: the step before is not done");
  }
  for (int32_t i = 0; i < count; i++) {
    if (caches[i] == nullptr) {
      return stream->misuse("begin: cache %d is null", i);
    }
  }
  stream->open = true;
  stream->caches = caches;
  stream->cacheCount = count;
  stream->gpuSeconds = 0;
  stream->commandBuffers = 0;
  return BITNET_METAL_OK;
}

int32_t bitnet_metal_wait(bitnet_metal_stream *stream) {
  Pool pool;
  if (!stream->open) {
    return stream->misuse("wait: no step has begun");
  }
  const int32_t sent = stream->send();
  const int32_t waited = stream->waitForSent();
  stream->open = false;
  return sent != BITNET_METAL_OK ? sent : waited;
}

void bitnet_metal_abandon(bitnet_metal_stream *stream) {
  Pool pool;
  const bitnet::Failure failure = stream->failure;
  stream->dropRecording();
  stream->waitForSent();
  stream->failure = failure; // the one that led here
  stream->open = false;
}

const char *bitnet_metal_failure(const bitnet_metal_stream *stream) {
  return stream->failure.text;
}

double bitnet_metal_gpu_seconds(const bitnet_metal_stream *stream) {
  return stream->gpuSeconds;
}

int32_t bitnet_metal_command_buffers(const bitnet_metal_stream *stream) {
  return stream->commandBuffers;
}
