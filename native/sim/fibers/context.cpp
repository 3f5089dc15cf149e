#include "context.h"
#include "sanitizers.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

// Pushes what a callee must keep, changes stacks, and pops the same.
extern "C" void bitnet_sim_switch(void **save, void *load);

#if defined(__x86_64__)
asm(R"(
.text
.globl bitnet_sim_switch
.hidden bitnet_sim_switch
.type bitnet_sim_switch,@function
bitnet_sim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  retq
.size bitnet_sim_switch,.-bitnet_sim_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl bitnet_sim_switch
.hidden bitnet_sim_switch
.type bitnet_sim_switch,@function
bitnet_sim_switch:
  sub sp, sp, #160
  stp x19, x20, [sp]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size bitnet_sim_switch,.-bitnet_sim_switch
)");
#else
#error "no stack switch for this architecture"
#endif

namespace bitnet::sim {

namespace {
// Lazily committed. Sanitizers make frames several times as large.
constexpr size_t STACK = 256 << 10, GUARD = 64 << 10;
__attribute__((tls_model("initial-exec"))) thread_local Context *came_from;
} // namespace

Context::Context() {
#if SIM_TSAN
  race_fiber = __tsan_get_current_fiber();
#endif
}

Context::Context(void (*e)()) : entry(e) {
  void *memory =
      mmap(nullptr, GUARD + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE) != 0) {
    perror("stack of a fiber");
    abort();
  }
  stack = static_cast<char *>(memory) + GUARD;
  bottom = stack;
  size = STACK;
  prepare();
}

Context::~Context() {
  if (stack == nullptr) {
    return;
  }
#if SIM_TSAN
  __tsan_destroy_fiber(race_fiber);
#endif
#if SIM_ASAN
  __asan_unpoison_memory_region(stack, STACK);
#endif
  munmap(stack - GUARD, GUARD + STACK);
}

void Context::prepare() {
#if SIM_TSAN
  race_fiber = __tsan_create_fiber(0);
#endif
  auto *top = reinterpret_cast<void **>(stack + STACK);
#if defined(__x86_64__)
  top -= 8; // six registers, the address to return to, and none that entry could return to
  memset(top, 0, 64);
  top[6] = reinterpret_cast<void *>(entry);
#else
  top -= 20;
  memset(top, 0, 160);
  top[11] = reinterpret_cast<void *>(entry);
#endif
  stack_pointer = top;
}

void Context::restart() {
#if SIM_TSAN
  // What it did up to here happens before what the caller does from here.
  void *self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(race_fiber, 0);
  __tsan_switch_to_fiber(self, 0);
  __tsan_destroy_fiber(race_fiber);
#endif
#if SIM_ASAN
  __asan_unpoison_memory_region(stack, STACK);
#endif
  fake_stack = nullptr;
  prepare();
}

void Context::switch_to(Context &from, Context &to) {
  came_from = &from;
#if SIM_TSAN
  // Only barriers and exchanges order threads, not the order in which they happen to run here.
  __tsan_switch_to_fiber(to.race_fiber, __tsan_switch_to_fiber_no_sync);
#endif
#if SIM_ASAN
  __sanitizer_start_switch_fiber(&from.fake_stack, to.bottom, to.size);
#endif
  bitnet_sim_switch(&from.stack_pointer, to.stack_pointer);
#if SIM_ASAN
  __sanitizer_finish_switch_fiber(from.fake_stack, &came_from->bottom, &came_from->size);
#endif
}

void Context::entered() {
#if SIM_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &came_from->bottom, &came_from->size);
#endif
}

} // namespace bitnet::sim
