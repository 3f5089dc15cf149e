// Command buffers, and the queues that they are sent through.
#pragma once

#include "classes.h"

#include <deque>
#include <memory>
#include <vector>

namespace framework {

// One kernel with its grid and arguments, and what keeps those alive.
struct Dispatch {
  const msl_kernel *kernel;
  msl_dispatch arguments;
};

// Commands run when someone waits for them, so that who reads results without waiting gets stale ones every time. They
// run in their order on the thread of the one GPU there is, which all queues share.
struct Queue : Object {
  Queue();
  void commit(CommandBuffer *commands);
  static void wait(CommandBuffer *commands);

  std::deque<CommandBuffer *> committed;
};

struct CommandBuffer : Object {
  // As MTLCommandBufferStatus.
  enum Status : uintptr_t { NOT_ENQUEUED = 0, COMMITTED = 2, COMPLETED = 4, ERROR = 5 };

  explicit CommandBuffer(Queue *queue);
  void finish() override;
  void execute();

  Queue *const queue;
  std::atomic<uintptr_t> status{NOT_ENQUEUED};
  bool encoding = false;
  std::vector<Dispatch> dispatches;
  std::vector<Object *> resources;                       // retained
  std::vector<const Buffer *> reached;                   // bound or used
  std::vector<std::unique_ptr<std::vector<char>>> bytes; // of setBytes
  Error *error = nullptr;
  double started = 0;
  double ended = 0;
};

} // namespace framework
