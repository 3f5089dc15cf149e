// RoPE, the cache, attention: two sequences side by side, in steps of several rows.
#include "kernels.h"
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

using namespace bitnet;

namespace {

constexpr uint32_t LAYERS = 2, LAYER = 1, SEQUENCES = 2;

struct Shape {
  uint32_t heads, kv_heads, dim;
  uint32_t width() const { return (heads + 2 * kv_heads) * dim; }
};

// The cache, a table of pages that lie apart, and the same as floats in plain order [position][kv head][dim].
struct Sequence {
  Sequence(const Shape &s, uint32_t length, bool f16)
      : table(ceil_div(length, KV_PAGE)), keys(s.kv_heads * length * s.dim), values(s.kv_heads * length * s.dim) {
    for (size_t page = 0; page < table.size(); page++) {
      uint32_t bytes = uint32_t(kv_page_elements(LAYERS, s.kv_heads, s.dim)) * (f16 ? 2 : 4);
      pages.push_back(std::make_unique<Buffer<uint8_t>>(bytes, 0xff));
      table[page] = {reinterpret_cast<uintptr_t>(pages.back()->data())};
    }
  }
  std::vector<std::unique_ptr<Buffer<uint8_t>>> pages;
  Buffer<CachePage> table;
  Buffer<float> keys, values; // [kv head][position][dim]
};

class Run {
public:
  Run(const Shape &shape, uint32_t length, bool f16)
      : s(shape), length(length), f16(f16), rope(length * s.dim), qkv(SEQUENCES * length * s.width()),
        rotated(SEQUENCES * length * s.width()), out(SEQUENCES * length * s.heads * s.dim) {
    for (auto &sequence : sequences) {
      sequence = std::make_unique<Sequence>(s, length, f16);
    }
    for (size_t i = 0; i < rope.size(); i++) {
      rope[i] = random_float();
    }
    for (size_t i = 0; i < qkv.size(); i++) {
      qkv[i] = rotated[i] = random_normal();
    }
    for (uint32_t t = 0; t < SEQUENCES * length; t++) {
      expect_stored(t);
    }
  }

  // Steps of up to `rows` rows of the first sequence, half as many of the second, until both are at their ends.
  void steps(uint32_t rows, bool many) {
    uint32_t done[SEQUENCES] = {};
    while (done[0] < length || done[1] < length) {
      std::vector<Part> parts;
      for (uint32_t q = 0; q < SEQUENCES; q++) {
        uint32_t count = std::min(q == 0 ? rows : ceil_div(rows, 2), length - done[q]);
        if (count > 0) {
          parts.push_back({q, done[q], count});
        }
        done[q] += count;
      }
      step(parts, many);
    }
    expect_floats(qkv.data(), rotated.data(), int64_t(qkv.size()), "rotated");
    Buffer<float> expected(s.dim);
    for (uint32_t t = 0; t < SEQUENCES * length; t++) {
      Sequence &of = *sequences[t / length];
      for (uint32_t h = 0; h < s.heads; h++) {
        uint32_t kv = h / (s.heads / s.kv_heads) * length * s.dim;
        reference_attention(&rotated[t * s.width() + h * s.dim], &of.keys[kv], &of.values[kv], 0, t % length + 1, s.dim,
                            float(1 / std::sqrt(double(s.dim))), expected.data());
        expect_floats(&out[(t * s.heads + h) * s.dim], expected.data(), s.dim, "attention");
      }
    }
  }

private:
  float stored(float f) const { return f16 ? reference_f16(reference_to_f16(f)) : f; }

  // Rotates a row of `rotated`, and keeps its keys and values.
  void expect_stored(uint32_t t) {
    uint32_t position = t % length;
    Sequence &of = *sequences[t / length];
    for (uint32_t h = 0; h < s.heads + s.kv_heads; h++) {
      reference_rope(&rotated[t * s.width() + h * s.dim], s.dim, &rope[position * s.dim],
                     &rope[position * s.dim + s.dim / 2]);
    }
    for (uint32_t h = 0; h < s.kv_heads; h++) {
      for (uint32_t d = 0; d < s.dim; d++) {
        const float *key = &rotated[t * s.width() + (s.heads + h) * s.dim + d];
        of.keys[(h * length + position) * s.dim + d] = stored(key[0]);
        of.values[(h * length + position) * s.dim + d] = stored(key[s.kv_heads * s.dim]);
      }
    }
  }

  // `count` positions of a sequence from `from` on.
  struct Part {
    uint32_t sequence, from, count;
  };

  void step(const std::vector<Part> &parts, bool many) {
    const std::string type = f16 ? "_f16" : "_f32";
    uint32_t rows = 0, most = 0, positions = 0, group = s.heads / s.kv_heads, tile_count = uint32_t(parts.size());
    for (const Part &part : parts) {
      rows += part.count;
      most = std::max(most, part.count);
      positions = std::max(positions, part.from + part.count);
    }
    Buffer<StepRow> steps(rows);
    Buffer<AttentionTile> tiles(parts.size());
    Buffer<float> step_qkv(rows * s.width()), step_out(rows * s.heads * s.dim);
    uint32_t row = 0;
    for (size_t p = 0; p < parts.size(); p++) {
      const Part &part = parts[p];
      tiles[p] = {row, part.count, row};
      memcpy(&step_qkv[row * s.width()], &qkv[(part.sequence * length + part.from) * s.width()],
             part.count * s.width() * sizeof(float));
      for (uint32_t i = 0; i < part.count; i++) {
        steps[row++] = {reinterpret_cast<uintptr_t>(sequences[part.sequence]->table.data()), 0, part.from + i};
      }
    }
    RopeArguments rope_arguments = {LAYER, LAYERS, s.heads, s.kv_heads, s.dim};
    launch(("rope_store" + type).c_str(), {ceil_div(s.width() / 2, ELEMENT_THREADS), rows, 1}, ELEMENT_THREADS,
           {bind(rope_arguments), steps, rope, step_qkv});
    uint32_t chunks = ceil_div(positions, KV_PAGE);
    uint32_t shares = ceil_div(most * group, many ? ATTENTION_MANY : ATTENTION_FEW);
    AttentionArguments arguments = {LAYER, LAYERS, s.heads, s.kv_heads,
                                    s.dim, chunks, shares,  float(1 / __builtin_sqrt(double(s.dim)))};
    Buffer<float> partial(rows * attention_partial_floats(s.heads, s.dim, chunks));
    launch(((many ? "attention_chunks_many" : "attention_chunks_few") + type).c_str(),
           {chunks, s.kv_heads * shares, tile_count}, ATTENTION_THREADS,
           {bind(arguments), steps, tiles, step_qkv, partial});
    launch("attention_combine", {s.heads, most, tile_count}, SIMD, {bind(arguments), steps, tiles, partial, step_out});
    for (size_t p = 0; p < parts.size(); p++) {
      size_t to = parts[p].sequence * length + parts[p].from, from = tiles[p].first, count = parts[p].count;
      memcpy(&qkv[to * s.width()], &step_qkv[from * s.width()], count * s.width() * sizeof(float));
      memcpy(&out[to * s.heads * s.dim], &step_out[from * s.heads * s.dim], count * s.heads * s.dim * sizeof(float));
    }
  }

  Shape s;
  uint32_t length;
  bool f16;
  std::unique_ptr<Sequence> sequences[SEQUENCES];
  Buffer<float> rope, qkv, rotated, out;
};

} // namespace

void test_attention() {
  static const Shape shapes[] = {{4, 2, 128}, {2, 2, 64}, {3, 1, 80}, {4, 2, 34}, {2, 1, 2}, {20, 1, 8}};
  // Of a sequence, and of its steps.
  static const uint32_t lengths[][2] = {{1, 1}, {5, 2}, {64, 37}, {65, 65}, {130, 70}};
  seed(6);
  uint64_t order = 0;
  for (const Shape &shape : shapes) {
    for (const auto &length : lengths) {
      for (bool many : {false, true}) {
        bool f16 = (order + order / 2) % 2 == 0;
        testing("attention of %u heads, %u kv heads, %u wide, %u positions by %u, f16 %d, many %d", shape.heads,
                shape.kv_heads, shape.dim, length[0], length[1], f16, many);
        set_order(order++ % 4);
        Run(shape, length[0], f16).steps(length[1], many);
      }
    }
  }
}
