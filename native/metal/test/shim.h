// What the tests of the shim share. check.h is that of the CPU kernels' tests.
#pragma once

#include "stream.h"

#include "metal_double.h"

extern "C" {
#include "check.h"
}

#include <vector>

// The whole of a small model on one device, from rows to logits. Frees everything at its end.
class Model {
public:
  // `sendWork` as of openStream.
  explicit Model(uint64_t sendWork);
  ~Model();
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  // Whether everything could be had; if not, the failure says why.
  bool isReady() const { return ready; }
  // Runs a step of so many rows of two sequences. The status of the first operation that did not go well.
  int32_t step(int32_t rows);
  // What the step computed.
  std::vector<float> logits(int32_t rows) const;

  bitnet::Device *device = nullptr;
  bitnet::Stream *stream = nullptr;
  bitnet::Failure failure;

private:
  bitnet::Buffer *buffer(uint64_t bytes);
  bitnet::Buffer *floats(uint64_t count);
  bool pack(bitnet_metal_ternary &w, int32_t rows, int32_t columns);
  int32_t record(int32_t rows);

  bool ready = false;
  std::vector<bitnet::Buffer *> buffers;
  bitnet_metal_shape shape{};
  bitnet_metal_table table{};
  bitnet_metal_ternary qkvWeights{}, outputWeights{}, gateWeights{}, downWeights{};
  bitnet_metal_codes hidden{}, attended{}, gated{};
  bitnet::Buffer *caches[2] = {}; // the tables of two pages each
  bitnet::Buffer *pages[4] = {};
  bitnet::Buffer *rows = nullptr, *outputs = nullptr, *tiles = nullptr, *rope = nullptr, *gain = nullptr;
  bitnet::Buffer *x = nullptr, *qkv = nullptr, *attention = nullptr, *partial = nullptr;
  bitnet::Buffer *gateUp = nullptr, *h = nullptr, *y = nullptr, *out = nullptr;
};

// The step's logits where nothing stands in the way.
const std::vector<float> &expectedLogits(int32_t rows);
// Nothing that Metal forbids was done since the last reset, and no object is left.
void expectClean();

void test_step();
void test_misuse();
void test_failures();
void test_double();
