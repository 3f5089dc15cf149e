// A step on the GPU: the same bits however it is cut into command buffers and whatever order threads run in, everything
// freed, nothing forbidden.
#include "shim.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <thread>

namespace {

const std::vector<int32_t> ROWS = {1, 2, 5, 40};
// The bits of the logits of one row, as they were when the conformance tests of the JVM had confirmed every operation.
// They are the same on every machine.
constexpr uint64_t ONE_ROW = 0x40dfb711d848819d;

uint64_t hash(const std::vector<float> &values) {
  uint64_t state = 0xcbf29ce484222325;
  for (float value : values) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    state = (state ^ bits) * 0x100000001b3;
  }
  return state;
}

// What went wrong first.
const char *why(const Model &model) {
  const char *violation = metal_double_first_violation();
  return violation == nullptr ? model.failure.text : violation;
}

void run(Model &model, int32_t rows) {
  expect(model.isReady(), why(model), 0);
  expect(model.step(rows) == BITNET_METAL_OK, why(model), rows);
  const std::vector<float> &expected = expectedLogits(rows);
  expect_floats(model.logits(rows).data(), expected.data(), static_cast<int64_t>(expected.size()), "logits");
}

} // namespace

const std::vector<float> &expectedLogits(int32_t rows) {
  static std::vector<float> all[64];
  if (all[rows].empty()) {
    Model model(UINT64_MAX);
    expect(model.isReady(), why(model), 0);
    expect(model.step(rows) == BITNET_METAL_OK, why(model), rows);
    all[rows] = model.logits(rows);
    for (size_t i = 0; i < all[rows].size(); i++) {
      expect(std::isfinite(all[rows][i]), "a logit is not finite", static_cast<int64_t>(i));
    }
  }
  return all[rows];
}

void expectClean() {
  const char *violation = metal_double_first_violation();
  expect(violation == nullptr, violation == nullptr ? "" : violation, metal_double_violations());
  expect(metal_double_live() == 0, "objects are left", metal_double_live());
}

void test_step() {
  testing("step");
  metal_double_reset();
  const uint64_t oneRow = hash(expectedLogits(1));
  if (oneRow != ONE_ROW) {
    fprintf(stderr, "%#llx\n", static_cast<unsigned long long>(oneRow));
  }
  expect(oneRow == ONE_ROW, "other bits than those confirmed", 0);
  for (int32_t rows : ROWS) {
    Model model(UINT64_MAX);
    run(model, rows);
    expect(bitnet_metal_command_buffers(model.stream) == 1, "one command buffer a step",
           bitnet_metal_command_buffers(model.stream));
    expect(bitnet_metal_gpu_seconds(model.stream) > 0, "the GPU takes time", 0);
    run(model, rows); // reuses everything
  }
  expectClean();
  testing("step: sent in pieces");
  for (uint64_t sendWork : {1, 20000, 1000000}) {
    Model model(sendWork);
    for (int32_t rows : ROWS) {
      run(model, rows);
    }
    expect(sendWork > 1 || bitnet_metal_command_buffers(model.stream) == 15, "a command buffer for each dispatch",
           bitnet_metal_command_buffers(model.stream));
  }
  expectClean();
  testing("step: shuffled threads");
  for (uint64_t order : {1, 2, 3}) {
    metal_double_shuffle(order);
    Model model(UINT64_MAX);
    run(model, 5);
  }
  metal_double_reset();
  testing("step: two streams at once");
  {
    Model first(20000);
    Model second(UINT64_MAX);
    const auto repeat = [](Model &model) {
      for (int i = 0; i < 3; i++) {
        run(model, 5);
      }
    };
    std::thread other([&] { repeat(second); });
    repeat(first);
    other.join();
  }
  expectClean();
  testing("step: only caches of the step in reach");
  {
    Model model(UINT64_MAX);
    metal_double_hide_unused(1);
    run(model, 5);
  }
  expectClean();
}
