// The kernels through the simulated driver, compared with plain code, for sanitizers to watch: allocations are exactly
// as large as a kernel may touch, so that the first byte behind them shows.
#include "device.h"
#include <cmath>

namespace {

struct Matrix {
  int rows, columns, chunks, tiles;
  std::vector<int8_t> weights; // -1, 0, 1
  std::vector<float> scales;
  bitnet_ternary packed;
};

Matrix matrix(Device &device, int rows, int columns, std::mt19937 &random) {
  Matrix m{rows, columns, (columns + 127) / 128, (rows + 15) / 16, {}, {}, {}};
  std::vector<uint8_t> canonical((size_t)rows * m.chunks * 32, 0x55);
  m.weights.resize((size_t)rows * columns);
  for (int r = 0; r < rows; r++) {
    for (int c = 0; c < columns; c++) {
      int code = (int)(random() % 3), shift = 6 - c % 128 / 32 * 2;
      uint8_t &byte = canonical[((size_t)r * m.chunks + c / 128) * 32 + c % 32];
      byte = (uint8_t)((byte & ~(3 << shift)) | code << shift);
      m.weights[(size_t)r * columns + c] = (int8_t)(code - 1);
    }
  }
  std::vector<int32_t> outputs(m.tiles * 16, -1);
  m.scales.assign(m.tiles * 16, 0.0f);
  for (int r = 0; r < rows; r++) {
    outputs[r] = r;
    m.scales[r] = 0.01f + (float)r / 97;
  }
  uint32_t *units = device.room<uint32_t>((size_t)m.tiles * m.chunks * 128);
  check(cuMemsetD8Async((CUdeviceptr)units, 0, (size_t)m.tiles * m.chunks * 512, device.stream), "cuMemsetD8Async");
  m.packed = {units, device.upload(outputs), device.upload(m.scales), m.tiles, m.chunks};
  const auto *words = reinterpret_cast<const uint32_t *>(device.upload(canonical));
  device.launch("ternary_pack", 3, 1, 256, 0, bitnet_ternary_pack{words, m.packed, units, 0, rows});
  return m;
}

// Codes of integers that quantise to themselves; product by product.
void products(Device &device, int rows, int columns, int tokens, std::mt19937 &random) {
  Matrix m = matrix(device, rows, columns, random);
  std::vector<float> x((size_t)tokens * columns);
  for (float &v : x) {
    v = (float)((int)(random() % 255) - 127);
  }
  for (int t = 0; t < tokens; t++) {
    x[(size_t)t * columns] = 127;
  }
  int stride = m.chunks * 128, rows_of_codes = (tokens + 127) / 128 * 128;
  bitnet_norm_quantize input = {device.upload(x),
                                nullptr,
                                device.room<int8_t>((size_t)rows_of_codes * stride),
                                device.room<float>(tokens),
                                device.room<int32_t>(tokens),
                                columns,
                                stride,
                                rows_of_codes,
                                1e-5f};
  device.launch("norm_quantize", tokens, 1, 512, stride * 4, input);
  std::vector<float> expected((size_t)tokens * rows);
  for (int t = 0; t < tokens; t++) {
    for (int r = 0; r < rows; r++) {
      int sum = 0;
      for (int c = 0; c < columns; c++) {
        sum += m.weights[(size_t)r * columns + c] * (int)x[(size_t)t * columns + c];
      }
      expected[(size_t)t * rows + r] = (float)sum * (m.scales[r] / 1.0f);
    }
  }
  // A grid of x by y, clusters of z.
  auto run_grid = [&](const char *kernel, uint32_t x, uint32_t y, uint32_t z, int tiles, uint32_t threads,
                      uint32_t shared, bool one) {
    float *y_to = device.room<float>((size_t)tokens * rows);
    bitnet_ternary_matmul argument = {};
    argument.w = m.packed;
    argument.input = input;
    argument.input.x = one ? input.x : nullptr;
    argument.y = y_to;
    argument.y_stride = rows;
    argument.tokens = tokens;
    argument.tiles_per_block = tiles;
    argument.epilogue = BITNET_STORE;
    device.launch(kernel, x, y, threads, shared, argument, z);
    std::vector<float> found = device.download(y_to, (size_t)tokens * rows);
    expect(memcmp(found.data(), expected.data(), found.size() * sizeof(float)) == 0,
           std::string(kernel) + ", " + std::to_string(rows) + " x " + std::to_string(columns) + ", " +
               std::to_string(tokens) + " tokens, " + std::to_string(x) + " x " + std::to_string(y) + " x " +
               std::to_string(z) + " blocks");
  };
  // Blocks of `tiles` by `block_tokens`.
  auto run = [&](const char *kernel, int tiles, int block_tokens, uint32_t threads, uint32_t shared, bool one = false) {
    run_grid(kernel, (uint32_t)((m.tiles + tiles - 1) / tiles), (uint32_t)((tokens + block_tokens - 1) / block_tokens),
             1, tiles, threads, shared, one);
  };
  if (tokens == 1) {
    run("ternary_matmul_1", 2, 1, 288, 2 * m.chunks * 512 + stride * 9 + 2 * 8 * 64 + 9 * 2 * 16 * 4, true);
  }
  for (int most : {8, 16, 32}) {
    for (int tiles : {2, 4}) {
      if (tokens <= most) {
        std::string name = "ternary_matmul_" + std::to_string(most) + "x" + std::to_string(tiles);
        uint32_t warps = 2;
        run(name.c_str(), tiles, most, 32 * warps, warps * most * 256);
      }
    }
  }
  run("ternary_matmul_many", 8, 64, 256, 0);
  for (int block : {32, 64, 128}) {
    std::string name = "ternary_matmul_warpgroup_" + std::to_string(block);
    int stages = block == 128 ? 4 : 8;
    uint32_t shared = (uint32_t)(1024 + stages * (block * 128 + 16) + block * 4 * (34 * 8 + 32));
    uint32_t all = (uint32_t)((m.tiles + 15) / 16 * ((tokens + block - 1) / block));
    run_grid(name.c_str(), (all + 1) / 2, 1, 1, 16, 640, shared, false);
    run_grid(name.c_str(), all, 1, (uint32_t)std::min(m.chunks, 3), 16, 640, shared, false);
  }
}

// Row by row and by runs: two ways of one order of sums.
void attention(Device &device, int heads, int kv_heads, int head_dim, int positions, int window, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  int padded = (head_dim + 7) / 8 * 8, pages = (positions + 63) / 64, rows = std::min(positions, 35);
  bitnet_heads shape = {heads, kv_heads, head_dim, padded, BITNET_KV_F32};
  std::vector<uint64_t> table;
  for (int i = 0; i < pages; i++) {
    std::vector<float> page((size_t)kv_heads * 2 * 64 * padded);
    for (float &v : page) {
      v = normal(random);
    }
    table.push_back(reinterpret_cast<uint64_t>(device.upload(page)));
  }
  const uint64_t *on_device = device.upload(table);
  std::vector<float> q((size_t)rows * heads * head_dim);
  for (float &v : q) {
    v = normal(random);
  }
  int most = 64 / (heads / kv_heads);
  std::vector<bitnet_entry> entries(rows);
  int runs = 0;
  for (int row = 0; row < rows; row++) {
    entries[row].pages = on_device;
    entries[row].position = positions - rows + row;
    if (row % most == 0) {
      entries[runs].run_first = row;
      entries[runs++].run_rows = std::min(most, rows - row);
    }
  }
  bitnet_attention argument = {};
  argument.entries = device.upload(entries);
  argument.q = device.upload(q);
  argument.heads = shape;
  argument.q_stride = argument.out_stride = heads * head_dim;
  argument.max_chunks = pages;
  argument.scale = (float)(1 / sqrt(head_dim));
  argument.window = window;
  argument.partial = device.room<float>((size_t)rows * heads * pages * (head_dim + 2));
  argument.counters = device.upload(std::vector<uint32_t>((size_t)rows * heads, 0));
  std::vector<float> outs[2];
  argument.out = device.room<float>(q.size());
  for (int row = 0; row < rows; row++) {
    bitnet_attention one = argument;
    one.entries += row;
    one.q += row * argument.q_stride;
    one.out += row * argument.out_stride;
    device.launch("attention_f32", 2, kv_heads, 256, 2 * 64 * padded * 4 + heads / kv_heads * padded * 4 + 4 * 64 * 4,
                  one);
  }
  outs[0] = device.download(argument.out, q.size());
  int tiles = runs * kv_heads;
  bitnet_attention_many many = {argument.entries,
                                argument.q,
                                device.room<float>(q.size()),
                                device.room<float>((size_t)tiles * 64 * pages * padded),
                                device.room<float>((size_t)tiles * 64 * pages * 2),
                                shape,
                                0,
                                argument.q_stride,
                                argument.out_stride,
                                0,
                                pages,
                                argument.scale,
                                argument.window};
  device.launch("attention_many_f32", tiles, pages, 128, (2 * 2048 + 4 * 64 * 24) * 4, many);
  if (pages > 1) { // else the first has brought the result
    device.launch("attention_combine", tiles, 8, 256, 0, many);
  }
  outs[1] = device.download(many.out, q.size());
  bool finite = true;
  for (float v : outs[0]) {
    finite = finite && std::isfinite(v);
  }
  expect(finite && memcmp(outs[0].data(), outs[1].data(), q.size() * sizeof(float)) == 0,
         "attention, " + std::to_string(heads) + " heads by " + std::to_string(kv_heads) + " of " +
             std::to_string(head_dim) + ", " + std::to_string(positions) + " positions, a window of " +
             std::to_string(window));
}

} // namespace

extern "C" int64_t bitnet_sim_cuda_live(void);
extern "C" const char *bitnet_sim_cuda_what_failed(void);
extern "C" void bitnet_sim_cuda_set(const char *setting, int64_t value);

int main() {
  for (int64_t seed : {0, 7}) {
    std::mt19937 random((uint32_t)seed + 1);
    bitnet_sim_cuda_set("seed", seed);
    Device device;
    for (int tokens : {1, 7, 16, 32, 70}) {
      products(device, 48, 192, tokens, random);
      products(device, 77, 328, tokens, random);
      products(device, 40, 1500, tokens, random);
    }
    for (int tokens : {1, 3, 16, 33, 70}) {
      grouped_products(device, 48, 192, 64, tokens, random);
      grouped_products(device, 77, 320, 128, tokens, random);
      grouped_products(device, 300, 1216, 128, tokens, random);
      grouped_products(device, 40, 1216, 64, tokens, random);
    }
    constexpr int ALL = 1 << 20;
    attention(device, 3, 1, 40, 5, ALL, random);
    attention(device, 4, 2, 64, 64, ALL, random);
    attention(device, 4, 1, 128, 200, ALL, random);
    attention(device, 4, 2, 64, 200, 70, random);
    attention(device, 3, 1, 40, 300, 1, random);
    delta_net(device, 1, 4, random);
    delta_net(device, 7, 4, random);
    delta_net(device, 5, 1, random);
    rotations(device, 1, 40, random);
    rotations(device, 16, 5, random);
    rotations(device, 512, 2, random);
    head(device, 700, 328, 1, random);
    head(device, 333, 72, 5, random);
    head(device, 100, 43, 2, random);
  }
  expect(bitnet_sim_cuda_live() == 0, "nothing is left");
  if (*bitnet_sim_cuda_what_failed()) {
    fprintf(stderr, "%s\n", bitnet_sim_cuda_what_failed());
  }
  return failures == 0 ? 0 : 1;
}
