// Gated DeltaNet by both kernels of its steps, and rotations there and back.
#include "device.h"
#include <algorithm>
#include <cmath>

namespace {

std::vector<float> normals(size_t count, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return normal(random); });
  return values;
}

} // namespace

// Rows of two sequences in turn: columns of matrices in registers give the bits of columns in memory.
void delta_net(Device &device, int rows, int kernel, std::mt19937 &random) {
  constexpr int DIM = 128, KEY_HEADS = 2, VALUE_HEADS = 4, CHANNELS = (2 * KEY_HEADS + VALUE_HEADS) * DIM;
  constexpr int WIDTH = CHANNELS + VALUE_HEADS * DIM + 2 * VALUE_HEADS, LAYERS = 2;
  size_t layer = (size_t)VALUE_HEADS * DIM * DIM + (size_t)(kernel - 1) * CHANNELS, floats = LAYERS * layer;
  std::vector<float> mixed = normals((size_t)rows * WIDTH, random), state = normals(2 * floats, random);
  std::vector<float> decay = normals(VALUE_HEADS, random);
  std::transform(decay.begin(), decay.end(), decay.begin(), [](float x) { return -std::fabs(x); });
  bitnet_delta argument = {};
  argument.convolution = device.upload(normals((size_t)CHANNELS * kernel, random));
  argument.time_bias = device.upload(normals(VALUE_HEADS, random));
  argument.decay = device.upload(decay);
  argument.norm = device.upload(normals(DIM, random));
  argument.layer_floats = (int64_t)layer;
  argument.key_heads = KEY_HEADS;
  argument.value_heads = VALUE_HEADS;
  argument.head_dim = DIM;
  argument.kernel = kernel;
  argument.mixed_stride = WIDTH;
  argument.out_stride = VALUE_HEADS * DIM;
  argument.grouped = 1;
  argument.length = 1.0f / std::sqrt((float)DIM);
  argument.epsilon = 1e-6f;
  std::vector<float> results[2];
  for (const char *step : {"delta_step_128", "delta_step"}) {
    float *states = device.upload(state);
    std::vector<bitnet_entry> entries((size_t)rows);
    for (int row = 0; row < rows; row++) {
      entries[row].state = states + row % 2 * floats;
      entries[row].next = row + 2 < rows ? row + 2 : -1;
      entries[row].sequence_first = row;
    }
    argument.entries = device.upload(entries);
    argument.mixed = device.upload(mixed);
    argument.out = device.room<float>((size_t)rows * VALUE_HEADS * DIM);
    uint32_t blocks = (uint32_t)rows, sequences = (uint32_t)std::min(rows, 2), heads = 4 * DIM * 4;
    device.launch("delta_convolve", CHANNELS / 128, sequences, 128, 0, argument);
    device.launch("delta_prepare", (2 * KEY_HEADS + 1 + 3) / 4, blocks, 128, heads, argument);
    device.launch(step, VALUE_HEADS, sequences, 128, 0, argument);
    device.launch("delta_finish", (VALUE_HEADS + 3) / 4, blocks, 128, heads, argument);
    std::vector<float> &found = results[step == std::string("delta_step")];
    found = device.download(argument.out, (size_t)rows * VALUE_HEADS * DIM);
    std::vector<float> after = device.download(states, 2 * floats);
    found.insert(found.end(), after.begin(), after.end());
  }
  bool finite = std::all_of(results[0].begin(), results[0].end(), [](float x) { return std::isfinite(x); });
  bool changed = memcmp(results[0].data() + results[0].size() - floats, state.data() + floats, 4 * floats) != 0;
  expect(finite && (changed || rows < 2) && results[0].size() == results[1].size() &&
             memcmp(results[0].data(), results[1].data(), 4 * results[0].size()) == 0,
         "gated DeltaNet, " + std::to_string(rows) + " rows, a convolution of " + std::to_string(kernel));
}

void rotations(Device &device, int block, int blocks, std::mt19937 &random) {
  int columns = block * blocks, rows = 3, span = std::min(std::max(block, 64), columns);
  std::vector<float> x = normals((size_t)rows * columns, random), signs = normals((size_t)columns, random);
  std::transform(signs.begin(), signs.end(), signs.begin(), [](float s) { return s < 0 ? -1.0f : 1.0f; });
  bitnet_hadamard argument = {
      device.upload(x),           device.room<float>(x.size()), device.upload(signs), columns, block, span, 0,
      1 / std::sqrt((float)block)};
  uint32_t spans = (uint32_t)((columns + span - 1) / span);
  device.launch("hadamard", spans, (uint32_t)rows, 256, (uint32_t)span * 4, argument);
  argument.x = argument.y;
  argument.back = 1;
  device.launch("hadamard", spans, (uint32_t)rows, 256, (uint32_t)span * 4, argument);
  std::vector<float> found = device.download(argument.y, x.size());
  bool equal = true;
  for (size_t i = 0; i < x.size(); i++) {
    equal = equal && std::fabs(found[i] - x[i]) < 1e-5f;
  }
  expect(equal, "rotated there and back by blocks of " + std::to_string(block));
}
