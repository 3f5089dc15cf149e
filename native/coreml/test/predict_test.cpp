// What the interface promises when nothing goes wrong.
#include "package.h"
#include "run.h"

#include <string.h>

static void predicts_with_states_of_their_own(const std::string &compiled) {
  bitnet_coreml_failure failure;
  bitnet_coreml_model *step, *steps;
  bitnet_coreml_state *a, *b;
  CHECK(bitnet_coreml_model_load(compiled.c_str(), nullptr, BITNET_COREML_CPU, &step, &failure) == 0);
  CHECK(bitnet_coreml_model_load(compiled.c_str(), "steps", BITNET_COREML_ALL, &steps, &failure) == 0);
  CHECK(bitnet_coreml_state_new(step, &a, &failure) == 0);
  CHECK(bitnet_coreml_state_new(step, &b, &failure) == 0);

  _Float16 x[12], y[12], last[3];
  for (int i = 0; i < 12; i++) {
    x[i] = (_Float16)(i * i);
  }
  int64_t shape[] = {1, 3, 1, 4}, one[] = {1, 3, 1, 1};
  bitnet_coreml_array in = {"x", x, shape, 4, BITNET_COREML_F16}, out = {"y", y, shape, 4, BITNET_COREML_F16};
  bitnet_coreml_array in1 = {"x", x + 6, one, 4, BITNET_COREML_F16}, out1 = {"y", last, one, 4, BITNET_COREML_F16};
  for (int own = 0; own < 2; own++) { // arrays of the model's own must come to the same
    fake_coreml_own_outputs(own);
    memset(y, 0, sizeof y);
    CHECK(bitnet_coreml_predict(steps, a, &in, 1, &out, 1, &failure) == 0);
    for (int i = 0; i < 12; i++) {
      CHECK(y[i] == 2 * x[i] + (_Float16)(2 * own + 1));
    }
    memset(last, 0, sizeof last);
    CHECK(bitnet_coreml_predict(step, a, &in1, 1, &out1, 1, &failure) == 0); // the other function, the same state
    for (int i = 0; i < 3; i++) {
      CHECK(last[i] == 2 * x[6 + i] + (_Float16)(2 * own + 2));
    }
  }
  fake_coreml_own_outputs(0);

  CHECK(bitnet_coreml_predict(step, b, &in1, 1, &out1, 1, &failure) == 0);
  CHECK(last[0] == 2 * x[6] + 1);
  CHECK(bitnet_coreml_state_copy(a, b, "count", &failure) == 0);
  CHECK(bitnet_coreml_predict(step, b, &in1, 1, &out1, 1, &failure) == 0);
  CHECK(last[0] == 2 * x[6] + 5);
  CHECK(bitnet_coreml_predict(step, a, &in1, 1, &out1, 1, &failure) == 0);
  CHECK(last[0] == 2 * x[6] + 5);

  bitnet_coreml_state *padded;
  fake_coreml_pad_states(1);
  CHECK(bitnet_coreml_state_new(step, &padded, &failure) == 0);
  fake_coreml_pad_states(0);
  CHECK(bitnet_coreml_state_copy(a, padded, "count", &failure) == BITNET_COREML_REFUSED);
  CHECK(strstr(failure.text, "do not hold count alike"));
  bitnet_coreml_state_free(padded);

  bitnet_coreml_state_free(b);
  bitnet_coreml_state_free(a);
  bitnet_coreml_model_free(steps);
  bitnet_coreml_model_free(step);
}

static void tells_where_operations_run(const std::string &compiled) {
  bitnet_coreml_failure failure;
  bitnet_coreml_residency plan;
  fake_coreml_keep_on_cpu("add");
  CHECK(bitnet_coreml_plan(compiled.c_str(), "steps", BITNET_COREML_ALL, &plan, &failure) == 0);
  CHECK(plan.neural_engine == 3 && plan.gpu == 0 && plan.cpu == 2 && plan.unknown == 0);
  fake_coreml_keep_on_cpu(nullptr);
  CHECK(bitnet_coreml_plan(compiled.c_str(), "step", BITNET_COREML_CPU_AND_GPU, &plan, &failure) == 0);
  CHECK(plan.neural_engine == 0 && plan.gpu == 5 && plan.cpu == 0);
  CHECK(bitnet_coreml_plan(compiled.c_str(), "leap", BITNET_COREML_ALL, &plan, &failure) == BITNET_COREML_REFUSED);
  CHECK(strstr(failure.text, "leap"));
}

void predict_tests(const std::string &package) {
  CHECK(bitnet_coreml_abi_version() == BITNET_COREML_ABI_VERSION);
  bitnet_coreml_failure failure;
  std::string compiled = scratch("predict.mlmodelc");
  CHECK(bitnet_coreml_compile(package.c_str(), compiled.c_str(), &failure) == 0);
  predicts_with_states_of_their_own(compiled);
  tells_where_operations_run(compiled);
  CHECK(fake_coreml_live(nullptr) == 0);
}
