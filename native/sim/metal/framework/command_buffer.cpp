#include "command_buffer.h"

#include "control.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace framework {

namespace {

constexpr char DOMAIN[] = "MTLCommandBufferErrorDomain";
constexpr int64_t INTERNAL = 1;
constexpr int64_t OUT_OF_MEMORY = 8;

Class &queues() {
  static Class &type = define("MTLCommandQueue");
  return type;
}

Class &commandBuffers() {
  static Class &type = define("MTLCommandBuffer");
  return type;
}

// The thread that runs commands. It stays as long as the process.
struct Gpu {
  Gpu() {
    std::thread([this] { work(); }).detach();
  }
  void work();

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<CommandBuffer *> wanted;
};

void Gpu::work() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return !wanted.empty(); });
    CommandBuffer *next = wanted.front();
    wanted.pop_front();
    lock.unlock();
    next->execute();
    lock.lock();
    next->status = next->error == nullptr ? CommandBuffer::COMPLETED : CommandBuffer::ERROR;
    lock.unlock();
    release(next);
    lock.lock();
    changed.notify_all();
  }
}

Gpu &gpu() {
  static auto *one = new Gpu;
  return *one;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

Queue::Queue() : Object(queues()) {}

void Queue::commit(CommandBuffer *commands) {
  const std::lock_guard lock(gpu().mutex);
  retain(commands);
  committed.push_back(commands);
}

void Queue::wait(CommandBuffer *commands) {
  Gpu &gpu = framework::gpu();
  std::unique_lock lock(gpu.mutex);
  std::deque<CommandBuffer *> &committed = commands->queue->committed;
  const auto last = std::find(committed.begin(), committed.end(), commands);
  if (last != committed.end()) {
    gpu.wanted.insert(gpu.wanted.end(), committed.begin(), last + 1);
    committed.erase(committed.begin(), last + 1);
    gpu.changed.notify_all();
  }
  gpu.changed.wait(lock, [&] { return commands->status >= CommandBuffer::COMPLETED; });
}

CommandBuffer::CommandBuffer(Queue *queue) : Object(commandBuffers()), queue(retained(queue)) {}

void CommandBuffer::finish() {
  if (encoding) {
    violation("an MTLCommandBuffer is gone while an encoder is open");
  }
  for (Object *resource : resources) {
    release(resource);
  }
  if (error != nullptr) {
    release(error);
  }
  release(queue);
}

void CommandBuffer::execute() {
  started = now();
  const bool hide = control().hideUnused;
  if (hide) {
    reachAll(false);
    for (const Buffer *buffer : reached) {
      buffer->reachable(true);
    }
  }
  const char *problem = nullptr;
  for (size_t i = 0; i < dispatches.size() && problem == nullptr && !control().idle; i++) {
    dispatches[i].arguments.seed = control().seed;
    problem = msl_run(dispatches[i].kernel, &dispatches[i].arguments);
  }
  if (hide) {
    reachAll(true);
  }
  if (problem != nullptr) {
    error = new Error(DOMAIN, INTERNAL, problem);
    violation("a kernel failed: %s", problem);
  } else if (fails("execute")) {
    error = new Error(DOMAIN, OUT_OF_MEMORY, "Insufficient Memory (told to fail)");
  }
  ended = now();
}

Object *newQueue() {
  return new Queue;
}

void defineCommandBuffer() {
  queues().method("commandBuffer", [](Queue *self, SEL) -> CommandBuffer * {
    return fails("commandBuffer") ? nullptr : autoreleased(new CommandBuffer(self));
  });
  Class &type = commandBuffers();
  type.method("computeCommandEncoder", [](CommandBuffer *self, SEL) -> Object * {
    if (self->encoding || self->status != CommandBuffer::NOT_ENQUEUED) {
      violation("computeCommandEncoder of a command buffer that %s", self->encoding ? "has one open" : "was committed");
      return nullptr;
    }
    return fails("computeCommandEncoder") ? nullptr : autoreleased(newEncoder(self));
  });
  type.method("commit", [](CommandBuffer *self, SEL) {
    if (self->encoding) {
      violation("commit with an open encoder");
    } else if (self->status != CommandBuffer::NOT_ENQUEUED) {
      violation("commit twice");
    } else {
      self->status = CommandBuffer::COMMITTED;
      self->queue->commit(self);
    }
  });
  type.method("waitUntilCompleted", [](CommandBuffer *self, SEL) {
    if (self->status == CommandBuffer::NOT_ENQUEUED) {
      violation("waitUntilCompleted before commit");
    } else {
      Queue::wait(self);
    }
  });
  type.method("status", [](CommandBuffer *self, SEL) { return self->status.load(); });
  type.method("error", [](CommandBuffer *self, SEL) { return self->error; });
  type.method("GPUStartTime", [](CommandBuffer *self, SEL) { return self->started; });
  type.method("GPUEndTime", [](CommandBuffer *self, SEL) { return self->ended; });
}

} // namespace framework
