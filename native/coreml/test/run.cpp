#include "run.h"

#include <filesystem>
#include <stdio.h>
#include <unistd.h>

int failed_checks = 0;

void check(bool condition, const char *text, const char *file, int line) {
  if (!condition) {
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    failed_checks++;
  }
}

namespace {
struct Scratch {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("bitnet-coreml-" + std::to_string(getpid()));
  pid_t owner = getpid(); // and not a fork of it
  Scratch() { std::filesystem::create_directories(path); }
  ~Scratch() {
    if (getpid() == owner) {
      std::filesystem::remove_all(path);
    }
  }
};
} // namespace

std::string scratch(const std::string &name) {
  static Scratch directory;
  return directory.path / name;
}

int32_t run(const std::string &package, bitnet_coreml_failure *failure) {
  std::string compiled = scratch("run.mlmodelc");
  std::filesystem::remove_all(compiled);
  bitnet_coreml_model *model = nullptr;
  bitnet_coreml_state *first = nullptr, *second = nullptr;
  bitnet_coreml_residency residency;
  _Float16 x[3] = {1, 2, 3}, y[3];
  int64_t shape[] = {1, 3, 1, 1};
  bitnet_coreml_array in = {"x", x, shape, 4, BITNET_COREML_F16}, out = {"y", y, shape, 4, BITNET_COREML_F16};

  int32_t status = bitnet_coreml_compile(package.c_str(), compiled.c_str(), failure);
  if (status == 0) {
    status = bitnet_coreml_model_load(compiled.c_str(), "step", BITNET_COREML_ALL, &model, failure);
  }
  if (status == 0) {
    status = bitnet_coreml_state_new(model, &first, failure);
  }
  if (status == 0) {
    status = bitnet_coreml_state_new(model, &second, failure);
  }
  for (int i = 0; i < 2 && status == 0; i++) {
    status = bitnet_coreml_predict(model, first, &in, 1, &out, 1, failure);
  }
  if (status == 0) {
    status = bitnet_coreml_state_copy(first, second, "count", failure);
  }
  if (status == 0) {
    status = bitnet_coreml_predict(model, second, &in, 1, &out, 1, failure);
  }
  if (status == 0) {
    CHECK(y[0] == 5 && y[1] == 7 && y[2] == 9);
    status = bitnet_coreml_plan(compiled.c_str(), "step", BITNET_COREML_ALL, &residency, failure);
  }
  if (second) {
    bitnet_coreml_state_free(second);
  }
  if (first) {
    bitnet_coreml_state_free(first);
  }
  if (model) {
    bitnet_coreml_model_free(model);
  }
  return status;
}
