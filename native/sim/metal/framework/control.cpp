#include "control.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace framework {

namespace {

constexpr uint64_t WORKING_SET = 8ull << 30;
constexpr int32_t FAMILY = 7; // that of the first Macs with Apple silicon

struct Call {
  const char *name;
  int64_t calls = 0;
  int64_t failAt = -1; // the call, counted from the first one, that fails
};

// Everything of Metal and of Foundation that may answer nil, in the order in which a program meets it.
Call fallible[] = {{"MTLCreateSystemDefaultDevice"},
                   {"newLibraryWithSource:options:error:"},
                   {"newLibraryWithData:error:"},
                   {"newFunctionWithName:"},
                   {"newComputePipelineStateWithFunction:error:"},
                   {"newCommandQueue"},
                   {"newBufferWithLength:options:"},
                   {"newBufferWithBytesNoCopy:length:options:deallocator:"},
                   {"commandBuffer"},
                   {"computeCommandEncoder"},
                   {"execute"}};

std::mutex mutex;
int64_t violations = 0;
char firstViolation[1024] = "";

Call *find(const char *name) {
  for (Call &call : fallible) {
    if (strcmp(call.name, name) == 0) {
      return &call;
    }
  }
  return nullptr;
}

void setDefaults(Control &control) {
  control.seed = 0;
  control.idle = false;
  control.hideUnused = false;
  control.workingSet = WORKING_SET;
  control.family = FAMILY;
  control.metal3 = true;
}

} // namespace

Control &control() {
  static Control control;
  static const bool defaults = (setDefaults(control), true);
  (void)defaults;
  return control;
}

void violation(const char *format, ...) {
  const std::lock_guard lock(mutex);
  if (violations++ > 0) {
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(firstViolation, sizeof firstViolation, format, arguments);
  va_end(arguments);
}

bool fails(const char *name) {
  const std::lock_guard lock(mutex);
  Call *call = find(name);
  return call->calls++ == call->failAt;
}

} // namespace framework

using namespace framework;

void metal_double_reset() {
  const std::lock_guard lock(mutex);
  violations = 0;
  firstViolation[0] = 0;
  for (Call &call : fallible) {
    call.calls = 0;
    call.failAt = -1;
  }
  setDefaults(control());
}

int64_t metal_double_violations() {
  const std::lock_guard lock(mutex);
  return violations;
}

const char *metal_double_first_violation() {
  const std::lock_guard lock(mutex);
  return violations == 0 ? nullptr : firstViolation;
}

const char *metal_double_fallible(int32_t index) {
  return index >= 0 && static_cast<size_t>(index) < sizeof fallible / sizeof *fallible ? fallible[index].name : nullptr;
}

int64_t metal_double_calls(const char *name) {
  const std::lock_guard lock(mutex);
  const Call *call = find(name);
  return call == nullptr ? -1 : call->calls;
}

void metal_double_fail(const char *name, int64_t more) {
  const std::lock_guard lock(mutex);
  if (Call *call = find(name)) {
    call->failAt = call->calls + more;
  }
}

void metal_double_shuffle(uint64_t seed) {
  control().seed = seed;
}

void metal_double_idle(int32_t idle) {
  control().idle = idle != 0;
}

void metal_double_hide_unused(int32_t hide) {
  control().hideUnused = hide != 0;
}

void metal_double_working_set(uint64_t bytes) {
  control().workingSet = bytes;
}

void metal_double_family(int32_t family, int32_t metal3) {
  control().family = family;
  control().metal3 = metal3 != 0;
}
