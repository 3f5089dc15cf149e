// The fake is strict: that it notices what the tests above it rely on.
#include "package.h"
#include "run.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {
struct Loaded {
  bitnet_coreml_model *model;
  bitnet_coreml_state *state;
};

// Whether a prediction with these arrays fails, and says so with this word.
bool refuses(Loaded loaded, bitnet_coreml_array in, bitnet_coreml_array out, const char *word) {
  bitnet_coreml_failure failure = {};
  int32_t status = bitnet_coreml_predict(loaded.model, loaded.state, &in, 1, &out, 1, &failure);
  bool found = strstr(failure.text, word);
  if (!found) {
    fprintf(stderr, "not about %s: %s\n", word, failure.text);
  }
  return status != 0 && found;
}

// An executor during which the model is used once more, as by another thread.
Loaded busy;
int32_t busy_status = 0;
bitnet_coreml_failure busy_failure;
int32_t use_again(const char *, const char *, const bitnet_coreml_array *inputs, int32_t input_count,
                  const bitnet_coreml_array *outputs, int32_t output_count, const bitnet_coreml_array *, int32_t,
                  char *, int32_t) {
  busy_status =
      bitnet_coreml_predict(busy.model, busy.state, inputs, input_count, outputs, output_count, &busy_failure);
  return 0;
}

// Whether a process of its own ends by a signal in this.
template <typename Action> bool dies(Action action) {
  pid_t child = fork();
  if (child == 0) {
    fclose(stderr);
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}
} // namespace

void misuse_tests(const std::string &package) {
  bitnet_coreml_failure failure;
  std::string compiled = scratch("misuse.mlmodelc"), other = scratch("other.mlmodelc");
  CHECK(bitnet_coreml_compile(package.c_str(), compiled.c_str(), &failure) == 0);
  CHECK(bitnet_coreml_compile(package.c_str(), other.c_str(), &failure) == 0);
  Loaded step, elsewhere;
  CHECK(bitnet_coreml_model_load(compiled.c_str(), "step", 3, &step.model, &failure) == 0);
  CHECK(bitnet_coreml_state_new(step.model, &step.state, &failure) == 0);
  CHECK(bitnet_coreml_model_load(other.c_str(), "step", 3, &elsewhere.model, &failure) == 0);
  CHECK(bitnet_coreml_state_new(elsewhere.model, &elsewhere.state, &failure) == 0);

  alignas(16) _Float16 x[16] = {}, y[16] = {};
  int64_t one[] = {1, 3, 1, 1}, two[] = {1, 3, 1, 2}, flat[] = {3}, none[] = {1, 0, 1, 1};
  bitnet_coreml_array in = {"x", x, one, 4, BITNET_COREML_F16}, out = {"y", y, one, 4, BITNET_COREML_F16};
  auto with = [](bitnet_coreml_array array, auto change) {
    change(array);
    return array;
  };
  CHECK(refuses(step, with(in, [](auto &a) { a.name = "z"; }), out, "no input z"));
  CHECK(refuses(step, with(in, [&](auto &a) { a.shape = two; }), out, "shape"));
  CHECK(refuses(step, with(in, [&](auto &a) { a.shape = flat, a.rank = 1; }), out, "shape"));
  CHECK(refuses(step, with(in, [&](auto &a) { a.shape = none; }), out, "dimension"));
  CHECK(refuses(step, with(in, [](auto &a) { a.type = BITNET_COREML_F32; }), out, "type"));
  CHECK(refuses(step, with(in, [](auto &a) { a.data = nullptr; }), out, "null"));
  CHECK(refuses(step, with(in, [](auto &a) { a.data = (char *)a.data + 1; }), out, "aligned"));
  CHECK(refuses(step, in, with(out, [](auto &a) { a.name = "z"; }), "no output z"));
  CHECK(refuses(step, in, with(out, [&](auto &a) { a.shape = two; }), "output backing y"));
  CHECK(refuses(step, in, with(out, [](auto &a) { a.type = BITNET_COREML_I32; }), "output backing y"));
  CHECK(refuses({step.model, nullptr}, in, out, "needs a state"));
  CHECK(refuses({step.model, elsewhere.state}, in, out, "the state is one of"));
  CHECK(bitnet_coreml_predict(step.model, step.state, nullptr, 0, &out, 1, &failure) == BITNET_COREML_ERROR);
  CHECK(strstr(failure.text, "not passed in: x"));
  CHECK(bitnet_coreml_state_copy(step.state, elsewhere.state, "kount", &failure) == BITNET_COREML_EXCEPTION);

  busy = step;
  fake_coreml_execute_by(use_again);
  CHECK(bitnet_coreml_predict(step.model, step.state, &in, 1, &out, 1, &failure) == 0);
  CHECK(busy_status == BITNET_COREML_EXCEPTION && strstr(busy_failure.text, "two threads"));
  fake_coreml_execute_by(nullptr);
  CHECK(refuses(step, in, out, "nobody computes"));
  fake_coreml_execute_by(compute);
  CHECK(bitnet_coreml_predict(step.model, step.state, &in, 1, &out, 1, &failure) == 0);

  bitnet_coreml_model *nothing;
  CHECK(bitnet_coreml_model_load(compiled.c_str(), "leap", 3, &nothing, &failure) == BITNET_COREML_ERROR);
  CHECK(strstr(failure.text, "no function leap"));
  CHECK(bitnet_coreml_model_load(compiled.c_str(), "step", 7, &nothing, &failure) == BITNET_COREML_EXCEPTION);
  CHECK(bitnet_coreml_model_load(package.c_str(), "step", 3, &nothing, &failure) == BITNET_COREML_ERROR);

  CHECK(fake_coreml_live("MLModel") == 2 && fake_coreml_live("MLState") == 2);
  bitnet_coreml_state_free(elsewhere.state);
  bitnet_coreml_model_free(elsewhere.model);
  CHECK(dies([&] { bitnet_coreml_state_free(elsewhere.state); }));
  CHECK(dies([&] { bitnet_coreml_model_free(elsewhere.model); }));
  CHECK(dies([&] { bitnet_coreml_predict(elsewhere.model, step.state, &in, 1, &out, 1, &failure); }));
  CHECK(dies([&] { bitnet_coreml_predict(step.model, elsewhere.state, &in, 1, &out, 1, &failure); }));
  CHECK(!dies([&] { bitnet_coreml_predict(step.model, step.state, &in, 1, &out, 1, &failure); }));
  bitnet_coreml_state_free(step.state);
  bitnet_coreml_model_free(step.model);
  CHECK(fake_coreml_live(nullptr) == 0);
}
