#include "command_buffer.h"
#include "control.h"

namespace framework {

namespace {

constexpr uintptr_t MOST_SET_BYTES = 4096;
constexpr uintptr_t MOST_THREADS = 1024;
constexpr uintptr_t MOST_THREADGROUPS = 0xffffffff;
constexpr uint64_t OFFSET_ALIGNMENT = 4;

Class &encoders() {
  static Class &type = define("MTLComputeCommandEncoder");
  return type;
}

// As MTLSize.
struct Size {
  uintptr_t width;
  uintptr_t height;
  uintptr_t depth;
};

struct Encoder : Object {
  explicit Encoder(CommandBuffer *commands) : Object(encoders()), commands(retained(commands)) {
    commands->encoding = true;
  }
  void finish() override {
    if (!ended) {
      violation("an MTLComputeCommandEncoder is gone without endEncoding");
    }
    release(commands);
  }

  bool usable(const char *call);
  void keep(Object *resource);
  void set(uintptr_t index, msl_binding binding);
  void dispatch(Size threadgroups, Size threads);
  bool check(const msl_argument &argument) const;

  CommandBuffer *const commands;
  bool ended = false;
  const Pipeline *pipeline = nullptr;
  msl_dispatch arguments = {};
  // Which arguments were set since the pipeline was: those of an earlier dispatch are no longer meant.
  bool fresh[MSL_BUFFERS] = {};
};

bool Encoder::usable(const char *call) {
  if (ended) {
    violation("%s after endEncoding", call);
  }
  return !ended;
}

void Encoder::keep(Object *resource) {
  commands->resources.push_back(retained(resource));
}

void Encoder::set(uintptr_t index, msl_binding binding) {
  if (index >= MSL_BUFFERS) {
    violation("buffer index %lu", static_cast<unsigned long>(index));
    return;
  }
  arguments.buffers[index] = binding;
  fresh[index] = true;
}

bool Encoder::check(const msl_argument &argument) const {
  const msl_binding &bound = arguments.buffers[argument.index];
  const char *name = pipeline->kernel.name;
  if (bound.address == nullptr || !fresh[argument.index]) {
    violation("%s: nothing is bound at index %u", name, argument.index);
  } else if (bound.bytes < argument.element_bytes) {
    violation("%s: %llu bytes at index %u, and one element has %u", name, static_cast<unsigned long long>(bound.bytes),
              argument.index, argument.element_bytes);
  } else if (reinterpret_cast<uintptr_t>(bound.address) % argument.alignment != 0) {
    violation("%s: index %u is not aligned to %u", name, argument.index, argument.alignment);
  } else {
    return true;
  }
  return false;
}

void Encoder::dispatch(Size threadgroups, Size threads) {
  if (!usable("dispatchThreadgroups")) {
    return;
  }
  if (pipeline == nullptr) {
    violation("dispatchThreadgroups without a pipeline");
    return;
  }
  const uintptr_t all = threads.width * threads.height * threads.depth;
  if (all == 0 || all > MOST_THREADS) {
    violation("%s: threadgroups of %lu threads", pipeline->kernel.name, static_cast<unsigned long>(all));
    return;
  }
  for (uintptr_t groups : {threadgroups.width, threadgroups.height, threadgroups.depth}) {
    if (groups == 0 || groups > MOST_THREADGROUPS) {
      violation("%s: a grid of %lu threadgroups", pipeline->kernel.name, static_cast<unsigned long>(groups));
      return;
    }
  }
  for (uint32_t i = 0; i < pipeline->kernel.argument_count; i++) {
    if (!check(pipeline->kernel.arguments[i])) {
      return;
    }
  }
  const uintptr_t grid[] = {threadgroups.width, threadgroups.height, threadgroups.depth};
  const uintptr_t group[] = {threads.width, threads.height, threads.depth};
  for (int i = 0; i < 3; i++) {
    arguments.threadgroups[i] = static_cast<uint32_t>(grid[i]);
    arguments.threads[i] = static_cast<uint32_t>(group[i]);
  }
  commands->dispatches.push_back({&pipeline->kernel, arguments});
}

} // namespace

Object *newEncoder(CommandBuffer *commands) {
  return new Encoder(commands);
}

void defineEncoder() {
  Class &type = encoders();
  type.method("setComputePipelineState:", [](Encoder *self, SEL, Pipeline *pipeline) {
    if (self->usable("setComputePipelineState:") && pipeline == nullptr) {
      violation("setComputePipelineState: of nil");
    } else if (!self->ended) {
      self->keep(pipeline);
      self->pipeline = pipeline;
      for (bool &fresh : self->fresh) {
        fresh = false;
      }
    }
  });
  type.method("setBytes:length:atIndex:", [](Encoder *self, SEL, const char *bytes, uintptr_t length, uintptr_t index) {
    if (!self->usable("setBytes:")) {
      return;
    }
    if (bytes == nullptr || length == 0 || length > MOST_SET_BYTES) {
      violation("setBytes: of %lu bytes", static_cast<unsigned long>(length));
      return;
    }
    auto copy = std::make_unique<std::vector<char>>(bytes, bytes + length);
    self->set(index, {copy->data(), length});
    self->commands->bytes.push_back(std::move(copy));
  });
  type.method("setBuffer:offset:atIndex:", [](Encoder *self, SEL, Buffer *buffer, uintptr_t offset, uintptr_t index) {
    if (!self->usable("setBuffer:")) {
      return;
    }
    if (buffer == nullptr || offset >= buffer->bytes || offset % OFFSET_ALIGNMENT != 0) {
      violation("setBuffer: %s at %lu, index %lu", buffer == nullptr ? "nil" : "a buffer",
                static_cast<unsigned long>(offset), static_cast<unsigned long>(index));
      return;
    }
    self->keep(buffer);
    self->commands->reached.push_back(buffer);
    self->set(index, {buffer->contents + offset, buffer->bytes - offset});
  });
  type.method("useResource:usage:", [](Encoder *self, SEL, Buffer *buffer, uintptr_t usage) {
    if (!self->usable("useResource:")) {
      return;
    }
    if (buffer == nullptr || usage == 0 || usage > 3) {
      violation("useResource: %s for %lu", buffer == nullptr ? "nil" : "a buffer", static_cast<unsigned long>(usage));
      return;
    }
    self->keep(buffer);
    self->commands->reached.push_back(buffer);
  });
  type.method("dispatchThreadgroups:threadsPerThreadgroup:",
              [](Encoder *self, SEL, Size threadgroups, Size threads) { self->dispatch(threadgroups, threads); });
  type.method("endEncoding", [](Encoder *self, SEL) {
    if (self->usable("endEncoding")) {
      self->ended = true;
      self->commands->encoding = false;
    }
  });
}

} // namespace framework
