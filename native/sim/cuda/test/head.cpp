#include "device.h"
#include <algorithm>
#include <cmath>
#include <numeric>

namespace {

// As docs/numerics.md says.
float logit(const float *w, const float *y, int columns) {
  float s[256] = {};
  for (int i = 0; i < columns; i++) {
    s[i % 256] = fmaf(w[i], y[i], s[i % 256]);
  }
  for (int stride = 128; stride > 0; stride /= 2) {
    for (int i = 0; i < stride; i++) {
      s[i] += s[i + stride];
    }
  }
  return s[0];
}

struct Head {
  int rows, columns, outputs;
  std::vector<float> w, y, expected;
  const uint8_t *table;
  const float *y_on_device;
};

// Some rows are equal, zero, huge, tiny, or nearly another one.
Head make(Device &device, int rows, int columns, int outputs, std::mt19937 &random) {
  std::normal_distribution<float> normal;
  Head h{rows, columns, outputs, std::vector<float>((size_t)rows * columns), std::vector<float>(outputs * columns),
         {},   nullptr, nullptr};
  for (int r = 0; r < rows; r++) {
    float scale = r % 29 == 3 ? 1e-24f : r % 29 == 4 ? 1e8f : r % 29 == 5 ? 0.0f : 0.05f;
    for (int i = 0; i < columns; i++) {
      h.w[(size_t)r * columns + i] = scale * normal(random);
    }
    if (r % 29 == 6 || r % 29 == 7) {
      memcpy(&h.w[(size_t)r * columns], &h.w[(size_t)(r / 2) * columns], columns * sizeof(float));
      float &one = h.w[(size_t)r * columns + r % columns];
      one = r % 29 == 6 ? one : nextafterf(one, 1.0f);
    }
  }
  for (float &v : h.y) {
    v = normal(random);
  }
  h.y[0] = 40;
  for (int o = 0; o < outputs; o++) {
    for (int r = 0; r < rows; r++) {
      h.expected.push_back(logit(&h.w[(size_t)r * columns], &h.y[(size_t)o * columns], columns));
    }
  }
  h.table = reinterpret_cast<const uint8_t *>(device.upload(h.w));
  h.y_on_device = device.upload(h.y);
  return h;
}

// Whether a list has all that are at least as good as the k-th best, and nothing wrong.
bool has_best(const Head &h, int output, int k, const int32_t *list, int room) {
  const float *expected = &h.expected[(size_t)output * h.rows];
  std::vector<float> sorted(expected, expected + h.rows);
  std::sort(sorted.begin(), sorted.end(), std::greater<float>());
  int count = list[0], best = 0;
  if (count > room) {
    return false;
  }
  for (int i = 0; i < count; i++) {
    int id = list[1 + i];
    if (id < 0 || id >= h.rows || memcmp(&list[1 + room + i], &expected[id], sizeof(float)) != 0) {
      return false;
    }
    best += expected[id] >= sorted[k - 1] ? 1 : 0;
  }
  return best == std::count_if(sorted.begin(), sorted.end(), [&](float x) { return x >= sorted[k - 1]; });
}

void expect_best(Device &device, const Head &h, const char *how, const int32_t *lists, int room, int k) {
  std::vector<int32_t> found = device.download(lists, (size_t)h.outputs * (1 + 2 * room));
  bool right = true;
  for (int o = 0; o < h.outputs; o++) {
    right = right && has_best(h, o, k, &found[(size_t)o * (1 + 2 * room)], room);
  }
  expect(right, std::string(how) + ", " + std::to_string(h.rows) + " x " + std::to_string(h.columns) + ", " +
                    std::to_string(h.outputs) + " outputs, the best " + std::to_string(k));
}

// Whether a list is the k best in their order: descending, equal ones by ascending id.
bool is_best(const Head &h, int output, int k, const int32_t *list, int room) {
  const float *expected = &h.expected[(size_t)output * h.rows];
  std::vector<int32_t> ids(h.rows);
  std::iota(ids.begin(), ids.end(), 0);
  std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) { return expected[a] > expected[b]; });
  bool right = list[0] == k;
  for (int i = 0; right && i < k; i++) {
    right = list[1 + i] == ids[i] && memcmp(&list[1 + room + i], &expected[ids[i]], sizeof(float)) == 0;
  }
  return right;
}

bitnet_top top(Device &device, int outputs, int groups, int room, int wanted) {
  return {device.room<uint32_t>(outputs * groups),
          outputs > 2 ? device.room<uint32_t>(outputs) : nullptr,
          {device.room<int32_t>((size_t)outputs * (1 + 2 * room)), room},
          groups,
          wanted};
}

void find_threshold(Device &device, const bitnet_top &top, int outputs) {
  if (top.thresholds) {
    device.launch("top_threshold", outputs, 1, 512, 0, top);
  }
}

void plain(Device &device, const Head &h, int wanted) {
  const uint32_t blocks = 3, warps = 16;
  int count = h.outputs == 1 ? 1 : 4;
  float *logits = device.room<float>((size_t)h.outputs * h.rows);
  bitnet_logits argument = {h.table, h.y_on_device, logits, h.columns * 4LL, {}, h.columns, h.rows, h.outputs, h.rows};
  argument.top = top(device, h.outputs, blocks * warps, BITNET_TOP_ROOM, wanted);
  uint32_t shared = (h.columns + 255) / 256 * 256 * 4 * count;
  device.launch(count == 1 ? "logits_f32_1" : "logits_f32_4", blocks, (h.outputs + count - 1) / count, 32 * warps,
                shared, argument);
  std::vector<float> found = device.download(logits, h.expected.size());
  expect(memcmp(found.data(), h.expected.data(), found.size() * sizeof(float)) == 0,
         "logits, " + std::to_string(h.rows) + " x " + std::to_string(h.columns) + ", " + std::to_string(h.outputs) +
             " outputs");
  find_threshold(device, argument.top, h.outputs);
  device.launch("top_collect", 2, h.outputs, 512, 0, argument);
  expect_best(device, h, "top", argument.top.candidates.lists, BITNET_TOP_ROOM, wanted);
}

void screened(Device &device, const Head &h, int wanted) {
  const uint32_t blocks = 2, warps = 16;
  int tiles = (h.rows + 15) / 16, steps = (h.columns + 255) / 256 * 8, pieces = h.outputs <= 4 ? 1 : 2;
  size_t words = (size_t)tiles * steps * 128;
  bitnet_screen screen = {device.room<uint32_t>(words), device.room<bitnet_screen_row>(tiles * 16), tiles, steps};
  check(cuMemsetD8Async((CUdeviceptr)screen.units, 0, words * 4, device.stream), "cuMemsetD8Async");
  check(cuMemsetD8Async((CUdeviceptr)screen.rows, 0, tiles * 16 * sizeof(bitnet_screen_row), device.stream),
        "cuMemsetD8Async");
  device.launch("screen_pack_f32", tiles, 1, 512, 0,
                bitnet_screen_pack{h.table, screen, h.columns * 4LL, h.columns, h.rows});
  size_t planes = (size_t)pieces * steps * 64;
  bitnet_screen_input input = {device.room<uint32_t>(planes), device.room<float>(pieces * 16), steps, h.columns, 0};
  device.launch("screen_quantize", h.outputs, 1, 256, (h.columns + 3) / 4 * 16,
                bitnet_screen_quantize{h.y_on_device, input});
  float *upper = device.room<float>((size_t)h.outputs * h.rows);
  bitnet_top chosen = top(device, h.outputs, blocks * warps, BITNET_TOP_LONGER_ROOM, wanted);
  device.launch(pieces == 1 ? "screen_bounds_4" : "screen_bounds_8", blocks, 1, 32 * warps, pieces * (steps * 256 + 64),
                bitnet_screen_bounds{screen, input, upper, chosen, h.rows, h.outputs});
  std::vector<float> bounds = device.download(upper, h.expected.size());
  bool above = true;
  for (size_t i = 0; i < bounds.size(); i++) {
    above = above && bounds[i] >= h.expected[i];
  }
  expect(above, "upper bounds");
  find_threshold(device, chosen, h.outputs);
  device.launch(
      "screen_rescore_f32", 2, h.outputs, 512, (h.columns + 255) / 256 * 1024,
      bitnet_logits{h.table, h.y_on_device, upper, h.columns * 4LL, chosen, h.columns, h.rows, h.outputs, h.rows});
  expect_best(device, h, "screened", chosen.candidates.lists, BITNET_TOP_LONGER_ROOM, wanted);
  bitnet_candidates few = {device.room<int32_t>((size_t)h.outputs * (1 + 2 * BITNET_TOP_ROOM)), BITNET_TOP_ROOM};
  device.launch("top_choose", h.outputs, 1, 512, 0, bitnet_top_choose{chosen.candidates, few, wanted});
  std::vector<int32_t> found = device.download(few.lists, (size_t)h.outputs * (1 + 2 * BITNET_TOP_ROOM));
  for (int o = 0; o < h.outputs; o++) {
    expect(is_best(h, o, wanted, &found[(size_t)o * (1 + 2 * BITNET_TOP_ROOM)], BITNET_TOP_ROOM),
           "the best " + std::to_string(wanted) + " of those, in order, " + std::to_string(h.rows) + " x " +
               std::to_string(h.columns) + ", output " + std::to_string(o));
  }
}

} // namespace

void head(Device &device, int rows, int columns, int outputs, std::mt19937 &random) {
  Head h = make(device, rows, columns, outputs, random);
  for (int wanted : {1, 40}) {
    plain(device, h, wanted);
    screened(device, h, wanted);
  }
}
