// RoPE, the cache, attention: two sequences side by side, in steps of several rows.
#include "kernels.h"
#include <algorithm>
#include <memory>
#include <string>

using namespace bitnet;

namespace {

constexpr uint32_t LAYERS = 2, LAYER = 1, SEQUENCES = 2;

struct Shape {
  uint32_t heads, kv_heads, dim;
  uint32_t width() const { return (heads + 2 * kv_heads) * dim; }
};

// The caches, and the same as floats in plain order [position][kv head][dim].
struct Sequence {
  Sequence(const Shape &s, uint32_t length, bool f16)
      : cache(ceil_div(length, KV_PAGE) * kv_page_elements(LAYERS, s.kv_heads, s.dim) * (f16 ? 2 : 4), 0xff),
        keys(s.kv_heads * length * s.dim), values(s.kv_heads * length * s.dim) {}
  Buffer<uint8_t> cache;
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

  // Steps of up to `rows` rows of each sequence; the second sequence runs ahead.
  void steps(uint32_t rows, bool many) {
    for (uint32_t from = 0; from < length; from += rows) {
      step(from, std::min(rows, length - from), many);
    }
    expect_floats(qkv.data(), rotated.data(), int64_t(qkv.size()), "rotated");
    Buffer<float> expected(s.dim);
    for (uint32_t t = 0; t < SEQUENCES * length; t++) {
      Sequence &of = *sequences[t / length];
      for (uint32_t h = 0; h < s.heads; h++) {
        uint32_t kv = h / (s.heads / s.kv_heads) * length * s.dim;
        reference_attention(&rotated[t * s.width() + h * s.dim], &of.keys[kv], &of.values[kv], t % length + 1, s.dim,
                            expected.data());
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

  void step(uint32_t from, uint32_t rows, bool many) {
    const char *type = f16 ? "_f16" : "_f32";
    // A sequence's rows of the step are copied together, as the host's buffer has them.
    Buffer<StepRow> steps(SEQUENCES * rows);
    Buffer<AttentionTile> tiles(SEQUENCES);
    Buffer<float> step_qkv(SEQUENCES * rows * s.width()), step_out(SEQUENCES * rows * s.heads * s.dim);
    for (uint32_t q = 0; q < SEQUENCES; q++) {
      tiles[q] = {q * rows, rows, q * rows};
      for (uint32_t r = 0; r < rows; r++) {
        steps[q * rows + r] = {reinterpret_cast<uintptr_t>(sequences[q]->cache.data()), 0, from + r};
      }
      memcpy(&step_qkv[q * rows * s.width()], &qkv[(q * length + from) * s.width()], rows * s.width() * sizeof(float));
    }
    RopeArguments rope_arguments = {LAYER, LAYERS, s.heads, s.kv_heads, s.dim};
    launch((std::string("rope_store") + type).c_str(), {ceil_div(s.width() / 2, ELEMENT_THREADS), SEQUENCES * rows, 1},
           ELEMENT_THREADS, {bind(rope_arguments), steps, rope, step_qkv});
    uint32_t chunks = (from + rows - 1) / KV_PAGE + 1;
    uint32_t parts = ceil_div(rows * (s.heads / s.kv_heads), many ? ATTENTION_MANY : ATTENTION_FEW);
    AttentionArguments arguments = {LAYER, LAYERS, s.heads, s.kv_heads,
                                    s.dim, chunks, parts,   float(1 / __builtin_sqrt(double(s.dim)))};
    Buffer<float> partial(SEQUENCES * rows * attention_partial_floats(s.heads, s.dim, chunks));
    launch((std::string(many ? "attention_chunks_many" : "attention_chunks_few") + type).c_str(),
           {chunks, s.kv_heads * parts, SEQUENCES}, ATTENTION_THREADS,
           {bind(arguments), steps, tiles, step_qkv, partial});
    launch("attention_combine", {s.heads, rows, SEQUENCES}, SIMD, {bind(arguments), steps, tiles, partial, step_out});
    for (uint32_t q = 0; q < SEQUENCES; q++) {
      memcpy(&qkv[(q * length + from) * s.width()], &step_qkv[q * rows * s.width()], rows * s.width() * sizeof(float));
      memcpy(&out[(q * length + from) * s.heads * s.dim], &step_out[q * rows * s.heads * s.dim],
             rows * s.heads * s.dim * sizeof(float));
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
  static const Shape shapes[] = {{20, 5, 128}, {4, 4, 64}, {6, 2, 80}, {3, 1, 34}, {2, 1, 2}, {8, 1, 32}};
  // Of a sequence, and of its steps.
  static const uint32_t lengths[][2] = {{1, 1}, {5, 2}, {64, 37}, {65, 65}, {150, 40}};
  seed(6);
  uint64_t order = 0;
  for (const Shape &shape : shapes) {
    for (const auto &length : lengths) {
      for (bool f16 : {false, true}) {
        for (bool many : {false, true}) {
          testing("attention of %u heads, %u kv heads, %u wide, %u positions by %u, f16 %d, many %d", shape.heads,
                  shape.kv_heads, shape.dim, length[0], length[1], f16, many);
          set_order(order++ % 4);
          Run(shape, length[0], f16).steps(length[1], many);
        }
      }
    }
  }
}
