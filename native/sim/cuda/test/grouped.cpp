// Products of wide activations with matrices that have scales of groups, compared with plain code (docs/numerics.md).
#include "device.h"
#include <algorithm>
#include <cmath>

namespace {

struct Grouped {
  int rows, columns, group, groups, chunks, tiles;
  std::vector<int8_t> weights; // -1 to 2
  std::vector<_Float16> scales;
  bitnet_grouped packed;
  std::string kernel(const std::string &name) const { return name + "_" + std::to_string(group); }
  int unit_bytes() const { return group == 128 ? 544 : 576; }
};

Grouped grouped(Device &device, int rows, int columns, int group, std::mt19937 &random) {
  Grouped m{rows, columns, group, (columns + group - 1) / group, (columns + 127) / 128, (rows + 15) / 16, {}, {}, {}};
  std::vector<uint8_t> canonical((size_t)rows * m.chunks * 32, 0x55);
  m.weights.resize((size_t)rows * columns);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      int code = (int)(random() % 4), shift = 6 - c % 128 / 32 * 2;
      uint8_t &byte = canonical[((size_t)r * m.chunks + c / 128) * 32 + c % 32];
      byte = (uint8_t)((byte & ~(3 << shift)) | code << shift);
      m.weights[(size_t)r * columns + c] = (int8_t)(code - 1);
    }
  }
  std::vector<uint16_t> bits((size_t)rows * m.groups);
  for (uint16_t &half : bits) {
    m.scales.push_back((_Float16)((float)((int)(random() % 200) - 100) / 977));
    memcpy(&half, &m.scales.back(), 2);
  }
  std::vector<int32_t> outputs(m.tiles * 16, -1);
  for (int r = 0; r < rows; r++) {
    outputs[r] = r;
  }
  size_t bytes = (size_t)m.tiles * m.chunks * m.unit_bytes();
  uint8_t *units = device.room<uint8_t>(bytes);
  check(cuMemsetD8Async((CUdeviceptr)units, 0, bytes, device.stream), "cuMemsetD8Async");
  m.packed = {units, device.upload(outputs), m.tiles, m.chunks, group == 128 ? 1 : 2, 0};
  const auto *words = reinterpret_cast<const uint32_t *>(device.upload(canonical));
  device.launch(m.kernel("grouped_pack").c_str(), 3, 1, 256, 0,
                bitnet_grouped_pack{words, device.upload(bits), m.packed, units, 0, rows, m.groups, 0});
  return m;
}

// Codes of a row, and what one stands for.
float quantize(const float *x, int columns, std::vector<int> &codes) {
  float most = 0x1p-64f;
  for (int c = 0; c < columns; c++) {
    most = std::max(most, std::fabs(x[c]));
  }
  float factor = 2047.0f / most;
  codes.resize(columns);
  for (int c = 0; c < columns; c++) {
    codes[c] = (int)std::rint(x[c] * factor);
  }
  return 1.0f / factor;
}

float product(const Grouped &m, int row, const std::vector<int> &codes) {
  float chains[8] = {};
  for (int g = 0; g < m.groups; g++) {
    int sum = 0;
    for (int c = g * m.group; c < std::min((g + 1) * m.group, m.columns); c++) {
      sum += m.weights[(size_t)row * m.columns + c] * codes[c];
    }
    chains[g % 8] = std::fma((float)sum, (float)m.scales[(size_t)row * m.groups + g], chains[g % 8]);
  }
  float sum = chains[0];
  for (int i = 1; i < 8; i++) {
    sum += chains[i];
  }
  return sum;
}

} // namespace

void grouped_products(Device &device, int rows, int columns, int group, int tokens, std::mt19937 &random) {
  Grouped m = grouped(device, rows, columns, group, random);
  std::normal_distribution<float> normal;
  std::vector<float> x((size_t)tokens * columns), before((size_t)tokens * rows);
  std::generate(x.begin(), x.end(), [&] { return normal(random); });
  std::generate(before.begin(), before.end(), [&] { return normal(random); });
  std::vector<float> expected(before);
  for (int t = 0; t < tokens; t++) {
    std::vector<int> codes;
    float step = quantize(x.data() + (size_t)t * columns, columns, codes);
    for (int r = 0; r < rows; r++) {
      float &to = expected[(size_t)t * rows + r];
      to = to + product(m, r, codes) * step;
    }
  }
  int stride = m.chunks * 128, code_rows = (tokens + 127) / 128 * 256;
  bitnet_norm_quantize input = {device.upload(x),
                                nullptr,
                                device.room<int8_t>((size_t)code_rows * stride),
                                device.room<float>(tokens),
                                nullptr,
                                columns,
                                stride,
                                code_rows,
                                1e-5f};
  device.launch("wide_quantize", (uint32_t)tokens, 1, 512, (uint32_t)stride * 4, input);
  auto run = [&](const std::string &kernel, int blocks, int block_tokens, int tiles, uint32_t threads, int shared,
                 bool one) {
    bitnet_grouped_matmul argument = {};
    argument.w = m.packed;
    argument.input = input;
    argument.input.x = one ? input.x : nullptr;
    float *y = device.upload(before);
    argument.y = y;
    argument.y_stride = rows;
    argument.tokens = tokens;
    argument.tiles_per_block = tiles;
    argument.epilogue = BITNET_ADD;
    argument.slots = 2;
    device.launch(kernel.c_str(), (uint32_t)blocks, (uint32_t)((tokens + block_tokens - 1) / block_tokens), threads,
                  (uint32_t)shared, argument);
    std::vector<float> found = device.download(y, (size_t)tokens * rows);
    expect(memcmp(found.data(), expected.data(), found.size() * sizeof(float)) == 0,
           kernel + ", " + std::to_string(rows) + " x " + std::to_string(columns) + ", " + std::to_string(tokens) +
               " tokens");
  };
  if (tokens == 1) {
    run(m.kernel("grouped_matmul_1"), (m.tiles + 1) / 2, 1, 2, 512,
        16 * 2 * 4 * m.unit_bytes() + 2 * 8 * 256 * 4 + 2 * stride, true);
  }
  const int few[][3] = {{4, 2, 6}, {8, 2, 4}, {16, 2, 2}, {32, 2, 2}, {32, 4, 2}}; // tokens, tiles, slots
  for (auto &[most, tiles, slots] : few) {
    int shared = 8 * std::max(slots * (tiles * m.unit_bytes() + most * 256), most * (tiles * 16 + 8) * 4);
    run(m.kernel("grouped_matmul_" + std::to_string(most) + "x" + std::to_string(tiles)), (m.tiles + tiles - 1) / tiles,
        most, tiles, 256, shared, false);
  }
  if (group == 128) {
    for (int n : {64, 128}) {
      int groups = n == 64 ? 3 : 2, stages = n == 64 ? 6 : 3;
      int shared = 1024 + stages * (2 * n * 128 + 16) + 2 * (groups * 4 * 4 * 544 + 16) + n / 2 * groups * 128 * 4 +
                   groups * 4 * (n + 16) * 4;
      int all = (m.tiles + groups * 4 - 1) / (groups * 4) * ((tokens + n - 1) / n);
      run("grouped_matmul_warpgroup_" + std::to_string(n), (all + 1) / 2, tokens, 0, (uint32_t)(groups + 1) * 128,
          shared, false);
    }
  }
}
