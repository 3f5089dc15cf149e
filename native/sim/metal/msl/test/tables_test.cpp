// Embedding and logits of every type of table.
#include "kernels.h"
#include <string>

using namespace bitnet;

namespace {

const char *const TYPES[] = {"f32", "f16", "bf16", "q8_0", "q6_k", "q5_0", "q4_0"};
constexpr uint32_t MOST_OUTPUTS = 6;

// A random table between guards; random_table's own lies at an odd address, which these kernels do not take.
struct Table {
  explicit Table(int32_t type, uint32_t rows, uint32_t columns)
      : random(random_table(type, rows, columns)), data(bytes(random)) {
    memcpy(data.data(), random.data, data.size());
    table = random;
    table.data = data.data();
  }
  ~Table() { release_table(&random); }

  static size_t bytes(const bitnet_table &t) {
    static const size_t block_bytes[] = {4, 2, 2, 34, 210, 22, 18};
    return size_t(t.rows * t.columns / table_block(t.type)) * block_bytes[t.type];
  }

  bitnet_table random, table;
  Buffer<uint8_t> data;
};

void embedding(Table &t) {
  uint32_t columns = uint32_t(t.table.columns), tokens[] = {uint32_t(t.table.rows) - 1, 0, uint32_t(t.table.rows) / 2};
  Buffer<StepRow> steps(3);
  Buffer<float> x(3 * columns), expected(columns);
  for (uint32_t i = 0; i < 3; i++) {
    steps[i] = {0, tokens[i], 0};
  }
  EmbedArguments arguments = {columns};
  launch((std::string("embed_") + TYPES[t.table.type]).c_str(), {ceil_div(columns, ELEMENT_THREADS), 3, 1},
         ELEMENT_THREADS, {bind(arguments), steps, t.data, x});
  for (uint32_t i = 0; i < 3; i++) {
    reference_row(&t.table, tokens[i], expected.data());
    expect_floats(&x[i * columns], expected.data(), columns, "embedding");
  }
}

void logits(Table &t, uint32_t outputs) {
  uint32_t columns = uint32_t(t.table.columns), rows = uint32_t(t.table.rows);
  Buffer<float> y(outputs * columns), logits(outputs * rows), expected(columns);
  for (size_t i = 0; i < y.size(); i++) {
    y[i] = random_normal();
  }
  LogitsArguments arguments = {rows, columns, outputs};
  launch((std::string("logits_") + TYPES[t.table.type]).c_str(),
         {ceil_div(rows, LOGITS_ROWS), ceil_div(outputs, LOGITS_OUTPUTS), 1}, LOGITS_THREADS,
         {bind(arguments), t.data, y, logits});
  for (uint32_t r = 0; r < rows; r++) {
    reference_row(&t.table, r, expected.data());
    for (uint32_t o = 0; o < outputs; o++) {
      float logit = reference_sum256(expected.data(), &y[o * columns], columns);
      expect_floats(&logits[o * rows + r], &logit, 1, "logit");
    }
  }
}

} // namespace

void test_tables() {
  static const uint32_t widths[] = {1, 33, 130, 255, 256, 320, 2560};
  seed(4);
  uint64_t order = 0;
  for (int32_t type = BITNET_F32; type <= BITNET_Q4_0; type++) {
    for (uint32_t i = 0; i < sizeof widths / sizeof *widths; i++) {
      uint32_t block = uint32_t(table_block(type)), columns = ceil_div(widths[i], block) * block;
      set_order(order++ % 4);
      Table table(type, 1 + i * 7, columns);
      for (uint32_t outputs : {1u, 2u, MOST_OUTPUTS}) {
        testing("table of type %s, %u columns, %u outputs", TYPES[type], columns, outputs);
        logits(table, outputs);
      }
      embedding(table);
    }
  }
}
