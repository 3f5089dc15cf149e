#include "classes.h"
#include "control.h"
#include "data.h"

#include <cstring>

namespace framework {

namespace {

constexpr intptr_t APPLE1 = 1001;
constexpr intptr_t METAL3 = 5001;
constexpr uint64_t MOST_BUFFER_BYTES = 4ull << 30;

Class &devices() {
  static Class &type = define("MTLDevice");
  return type;
}

} // namespace

struct Device : Object {
  Device() : Object(devices()) {}
};

void defineMetal() {
  defineDevice();
  defineBuffer();
  defineLibrary();
  defineCommandBuffer();
  defineEncoder();
}

void defineDevice() {
  Class &type = devices();
  type.method("name", [](Device *, SEL) { return autoreleased(new String("Metal test double")); });
  type.method("hasUnifiedMemory", [](Device *, SEL) { return true; });
  type.method("supportsFamily:", [](Device *, SEL, intptr_t family) {
    return (family == METAL3 && control().metal3) || (family >= APPLE1 && family < APPLE1 + control().family);
  });
  type.method("recommendedMaxWorkingSetSize", [](Device *, SEL) { return control().workingSet.load(); });
  type.method("maxBufferLength", [](Device *, SEL) { return MOST_BUFFER_BYTES; });
  type.method("newCommandQueue",
              [](Device *, SEL) -> Object * { return fails("newCommandQueue") ? nullptr : newQueue(); });
  type.method("newBufferWithLength:options:", [](Device *, SEL, uint64_t bytes, uintptr_t) -> Object * {
    return fails("newBufferWithLength:options:") ? nullptr : Buffer::allocate(bytes);
  });
  type.method("newBufferWithBytesNoCopy:length:options:deallocator:",
              [](Device *, SEL, void *memory, uint64_t bytes, uintptr_t, void *) -> Object * {
                return fails("newBufferWithBytesNoCopy:length:options:deallocator:") ? nullptr
                                                                                     : Buffer::wrap(memory, bytes);
              });
  type.method("newLibraryWithSource:options:error:",
              [](Device *, SEL, String *source, Object *options, Error **error) -> Object * {
                if (fails("newLibraryWithSource:options:error:")) {
                  return fail(error, "MTLLibraryErrorDomain", 3, "program_source:1:1: error: told to fail");
                }
                return newLibraryFromSource(source, options, error);
              });
  type.method("newLibraryWithData:error:", [](Device *, SEL, Data *data, Error **error) -> Object * {
    if (fails("newLibraryWithData:error:")) {
      return fail(error, "MTLLibraryErrorDomain", 1, "told to fail");
    }
    return newLibraryFromData(data, error);
  });
  type.method(
      "newComputePipelineStateWithFunction:error:", [](Device *, SEL, Object *function, Error **error) -> Object * {
        if (fails("newComputePipelineStateWithFunction:error:")) {
          return fail(error, "AGXMetalDriver", 3, "Compiler encountered an internal error (told to fail)");
        }
        return newPipeline(function, error);
      });
}

} // namespace framework

// One GPU: the same object for everyone who has it, a new one when the last has let it go.
extern "C" framework::Object *MTLCreateSystemDefaultDevice() {
  if (framework::fails("MTLCreateSystemDefaultDevice")) {
    return nullptr;
  }
  objc_lookUpClass("MTLDevice"); // defines all classes
  return new framework::Device;
}
