#include "shim.h"

#include <cstring>

using namespace bitnet;

namespace {

constexpr int32_t HIDDEN = 96;
constexpr int32_t HEADS = 4;
constexpr int32_t KV_HEADS = 2;
constexpr int32_t HEAD_DIM = 16;
constexpr int32_t QUERY = HEADS * HEAD_DIM;
constexpr int32_t QKV = (HEADS + 2 * KV_HEADS) * HEAD_DIM;
constexpr int32_t FEED_FORWARD = 160;
constexpr int32_t VOCABULARY = 70;
constexpr int32_t POSITIONS = 70; // of the second sequence: more than a page
constexpr int32_t MOST_ROWS = 40;
constexpr uint64_t FLOAT = sizeof(float);

void fillFloats(Buffer *buffer, float scale) {
  auto *values = static_cast<float *>(buffer->metal->contents());
  for (uint64_t i = 0; i < buffer->bytes / FLOAT; i++) {
    values[i] = random_float() * scale;
  }
}

} // namespace

Model::Model(uint64_t sendWork) {
  seed(7);
  device = openDevice(failure);
  if (device == nullptr || !compileKernels(*device, failure)) {
    return;
  }
  stream = openStream(*device, sendWork, failure);
  if (stream == nullptr) {
    return;
  }
  shape = {1, HEADS, KV_HEADS, HEAD_DIM, BITNET_METAL_KV_F16};
  rows = buffer(MOST_ROWS * sizeof(bitnet_metal_row));
  outputs = buffer(MOST_ROWS * sizeof(uint32_t));
  tiles = buffer(2 * sizeof(bitnet_metal_tile));
  rope = floats(POSITIONS * HEAD_DIM);
  gain = floats(FEED_FORWARD);
  x = floats(MOST_ROWS * HIDDEN);
  qkv = floats(MOST_ROWS * QKV);
  attention = floats(MOST_ROWS * QUERY);
  gateUp = floats(MOST_ROWS * 2 * FEED_FORWARD);
  h = floats(MOST_ROWS * FEED_FORWARD);
  y = floats(MOST_ROWS * HIDDEN);
  out = floats(MOST_ROWS * VOCABULARY);
  partial = buffer(static_cast<uint64_t>(bitnet_metal_partial_bytes(&shape, MOST_ROWS, POSITIONS)));
  table = {BITNET_METAL_F32, VOCABULARY, HIDDEN, floats(VOCABULARY * HIDDEN), 0};
  for (Buffer *&page : pages) {
    page = buffer(static_cast<uint64_t>(bitnet_metal_page_bytes(&shape)));
  }
  for (Buffer *&cache : caches) {
    cache = buffer(2 * sizeof(uint64_t));
  }
  const struct {
    bitnet_metal_codes *codes;
    int32_t columns;
  } quantized[] = {{&hidden, HIDDEN}, {&attended, QUERY}, {&gated, FEED_FORWARD}};
  for (const auto &q : quantized) {
    *q.codes = {q.columns, buffer(MOST_ROWS * static_cast<uint64_t>(bitnet_metal_codes_bytes(q.columns))),
                floats(MOST_ROWS)};
  }
  for (const Buffer *made : buffers) {
    if (made == nullptr) {
      return;
    }
  }
  fillFloats(table.data, 1);
  fillFloats(rope, 1);
  fillFloats(gain, 2);
  ready = pack(qkvWeights, QKV, HIDDEN) && pack(outputWeights, HIDDEN, QUERY) &&
          pack(gateWeights, 2 * FEED_FORWARD, HIDDEN) && pack(downWeights, HIDDEN, FEED_FORWARD);
}

Model::~Model() {
  if (stream != nullptr) {
    close(stream);
  }
  for (Buffer *made : buffers) {
    if (made != nullptr) {
      release(made);
    }
  }
  closeDevice(device);
}

Buffer *Model::buffer(uint64_t bytes) {
  buffers.push_back(allocate(*device, bytes, failure));
  return buffers.back();
}

Buffer *Model::floats(uint64_t count) {
  return buffer(count * FLOAT);
}

bool Model::pack(bitnet_metal_ternary &w, int32_t rowCount, int32_t columns) {
  w = {rowCount, columns, buffer(static_cast<uint64_t>(bitnet_metal_ternary_bytes(rowCount, columns))),
       floats(static_cast<uint64_t>(rowCount))};
  const uint64_t rowBytes = (static_cast<uint64_t>(columns) + 127) / 128 * 32;
  Buffer *canonical = buffer(static_cast<uint64_t>(rowCount) * rowBytes);
  if (w.packed == nullptr || w.scales == nullptr || canonical == nullptr) {
    return false;
  }
  memset(w.packed->metal->contents(), 0, w.packed->bytes);
  fillFloats(w.scales, 0.1f);
  auto *bytes = static_cast<uint8_t *>(canonical->metal->contents());
  for (uint64_t i = 0; i < canonical->bytes; i++) {
    bytes[i] = 0;
    for (int shift = 0; shift < 8; shift += 2) {
      bytes[i] = static_cast<uint8_t>(bytes[i] | random_bits() % 3 << shift);
    }
  }
  if (bitnet_metal_begin(stream, nullptr, 0) != BITNET_METAL_OK ||
      bitnet_metal_ternary_pack(stream, &w, 0, rowCount, canonical, 0) != BITNET_METAL_OK ||
      bitnet_metal_wait(stream) != BITNET_METAL_OK) {
    failure = stream->failure;
    bitnet_metal_abandon(stream);
    return false;
  }
  return true;
}

int32_t Model::step(int32_t count) {
  // The first rows continue one sequence, the last one is a token of another, far behind.
  auto *step = static_cast<bitnet_metal_row *>(rows->metal->contents());
  auto *wanted = static_cast<uint32_t *>(outputs->metal->contents());
  for (int32_t i = 0; i < count; i++) {
    const bool last = i == count - 1;
    step[i] = {caches[last]->metal->gpuAddress(), static_cast<uint32_t>(i * 7 % VOCABULARY),
               static_cast<uint32_t>(last ? POSITIONS - 1 : i)};
    wanted[i] = static_cast<uint32_t>(count - 1 - i);
  }
  // What attention reads of the second sequence has to be there.
  for (int sequence = 0; sequence < 2; sequence++) {
    auto *table = static_cast<uint64_t *>(caches[sequence]->metal->contents());
    for (int page = 0; page < 2; page++) {
      // The second page of the table lies before the first.
      Buffer *own = pages[2 * sequence + 1 - page];
      table[page] = own->metal->gpuAddress();
      memset(own->metal->contents(), 0, own->bytes);
    }
  }
  auto *tile = static_cast<bitnet_metal_tile *>(tiles->metal->contents());
  tile[0] = {0, static_cast<uint32_t>(count - 1), 0};
  tile[1] = {static_cast<uint32_t>(count - 1), 1, static_cast<uint32_t>(count - 1)};
  Buffer *const reached[] = {caches[0], caches[1], pages[0], pages[1], pages[2], pages[3]};
  int32_t status = bitnet_metal_begin(stream, reached, 6);
  if (status == BITNET_METAL_OK) {
    status = record(count);
  }
  if (status == BITNET_METAL_OK) {
    status = bitnet_metal_wait(stream);
  }
  if (status != BITNET_METAL_OK) {
    failure = stream->failure;
    bitnet_metal_abandon(stream);
  }
  return status;
}

int32_t Model::record(int32_t n) {
  constexpr float EPSILON = 1e-5f;
  const int32_t tilesBefore = n > 1 ? 0 : 1; // of one row there is only the other sequence's
  int32_t status = 0;
  (status = bitnet_metal_embed(stream, &table, rows, n, x)) ||
      (status = bitnet_metal_norm_quantize(stream, x, gain, EPSILON, n, &hidden)) ||
      (status = bitnet_metal_ternary_matmul(stream, &qkvWeights, &hidden, n, qkv, 0)) ||
      (status = bitnet_metal_rope_store(stream, &shape, 0, rows, n, rope, POSITIONS, qkv)) ||
      (status = bitnet_metal_attention(stream, &shape, 0, rows, n, tiles, tilesBefore, 2 - tilesBefore, n,
                                       n > 1 ? n - 1 : 1, POSITIONS, qkv, partial, attention)) ||
      (status = bitnet_metal_quantize(stream, attention, n, &attended)) ||
      (status = bitnet_metal_ternary_matmul(stream, &outputWeights, &attended, n, x, 1)) ||
      (status = bitnet_metal_norm_quantize(stream, x, gain, EPSILON, n, &hidden)) ||
      (status = bitnet_metal_ternary_matmul(stream, &gateWeights, &hidden, n, gateUp, 0)) ||
      (status = bitnet_metal_gate(stream, BITNET_METAL_SQUARED_RELU, gateUp, FEED_FORWARD, n, h)) ||
      (status = bitnet_metal_norm_quantize(stream, h, gain, EPSILON, n, &gated)) ||
      (status = bitnet_metal_ternary_matmul(stream, &downWeights, &gated, n, x, 1)) ||
      (status = bitnet_metal_output_norm(stream, x, HIDDEN, gain, EPSILON, outputs, n, y)) ||
      (status = bitnet_metal_logits(stream, &table, y, 0, n, out));
  return status;
}

std::vector<float> Model::logits(int32_t count) const {
  const auto *values = static_cast<const float *>(out->metal->contents());
  return {values, values + static_cast<size_t>(count) * VOCABULARY};
}
