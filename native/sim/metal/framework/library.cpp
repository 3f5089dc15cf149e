#include "classes.h"
#include "control.h"
#include "data.h"

#include <set>
#include <sstream>

namespace framework {

namespace {

constexpr char DOMAIN[] = "MTLLibraryErrorDomain";
constexpr int64_t UNSUPPORTED = 1;
constexpr int64_t COMPILE_FAILURE = 3;
constexpr uintptr_t SIMD_WIDTH = 32;
constexpr uintptr_t MOST_THREADS = 1024;

Class &libraries() {
  static Class &type = define("MTLLibrary");
  return type;
}

Class &functions() {
  static Class &type = define("MTLFunction");
  return type;
}

Class &options() {
  static Class &type = define("MTLCompileOptions");
  return type;
}

Class &pipelines() {
  static Class &type = define("MTLComputePipelineState");
  return type;
}

struct Options : Object {
  Options() : Object(options()) {}
  bool fastMath = true; // as Metal's
};

struct Library : Object {
  explicit Library(std::set<std::string> names) : Object(libraries()), names(std::move(names)) {}
  const std::set<std::string> names;
};

struct Function : Object {
  explicit Function(const msl_kernel &kernel) : Object(functions()), kernel(kernel) {}
  const msl_kernel &kernel;
};

} // namespace

Pipeline::Pipeline(const msl_kernel &kernel) : Object(pipelines()), kernel(kernel) {}

// The kernels were compiled from this very text when the double was built.
Object *newLibraryFromSource(const String *source, const Object *compileOptions, Error **error) {
  if (compileOptions == nullptr || static_cast<const Options *>(compileOptions)->fastMath) {
    violation("newLibraryWithSource: with fast math, which the numerics do not allow");
  }
  if (source->text.find("kernel void") == std::string::npos) {
    return fail(error, DOMAIN, COMPILE_FAILURE, "program_source:1:1: error: no kernel in this text");
  }
  std::set<std::string> names;
  uint32_t count = 0;
  const msl_kernel *kernels = msl_kernels(&count);
  for (uint32_t i = 0; i < count; i++) {
    names.insert(kernels[i].name);
  }
  return new Library(std::move(names));
}

// Stands for a metallib: "MTLB", then a line for each kernel.
Object *newLibraryFromData(const Data *data, Error **error) {
  if (data->bytes.compare(0, 5, "MTLB\n") != 0) {
    return fail(error, DOMAIN, UNSUPPORTED, "Invalid library file");
  }
  std::istringstream lines(data->bytes.substr(5));
  std::set<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    names.insert(line);
  }
  return new Library(std::move(names));
}

Object *newPipeline(const Object *function, Error **error) {
  if (function == nullptr) {
    violation("newComputePipelineState without a function");
    return fail(error, DOMAIN, UNSUPPORTED, "no function");
  }
  return new Pipeline(static_cast<const Function *>(function)->kernel);
}

void defineLibrary() {
  options().classMethod("alloc", [](Class *, SEL) { return new Options; });
  options().method("init", [](Options *self, SEL) { return self; });
  options().method("setFastMathEnabled:", [](Options *self, SEL, bool enabled) { self->fastMath = enabled; });
  libraries().method("newFunctionWithName:", [](Library *self, SEL, String *name) -> Object * {
    if (fails("newFunctionWithName:") || self->names.count(name->text) == 0) {
      return nullptr;
    }
    return new Function(*msl_find_kernel(name->text.c_str()));
  });
  functions(); // have no methods of their own
  pipelines().method("threadExecutionWidth", [](Pipeline *, SEL) { return SIMD_WIDTH; });
  pipelines().method("maxTotalThreadsPerThreadgroup", [](Pipeline *, SEL) { return MOST_THREADS; });
}

} // namespace framework
