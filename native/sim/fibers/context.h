// A stack that execution can be switched to, known to the sanitizers.
#ifndef BITNET_SIM_CONTEXT_H
#define BITNET_SIM_CONTEXT_H

#include <cstddef>

namespace bitnet::sim {

class Context {
public:
  // The context of the calling OS thread.
  Context();
  // A stack of its own, below it a page that faults. The first switch to it calls `entry`, which never returns.
  explicit Context(void (*entry)());
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  // Leaves `from`, which is running, and goes on where `to` left off.
  static void switch_to(Context &from, Context &to);
  // What `entry` does first.
  static void entered();
  // Gives up what runs on the stack: the next switch begins at `entry` again.
  void restart();

private:
  void prepare();

  void *stack_pointer = nullptr;
  void (*entry)() = nullptr;
  char *stack = nullptr; // null for an OS thread's own
  // What the sanitizers want to know.
  void *fake_stack = nullptr;
  [[maybe_unused]] void *race_fiber = nullptr;
  const void *bottom = nullptr;
  size_t size = 0;
};

} // namespace bitnet::sim

#endif
