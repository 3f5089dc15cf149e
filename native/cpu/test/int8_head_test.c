// The int8 head: codes, scales and exact sums, for one output and for many.
#include "check.h"
#include "reference.h"
#include "tables.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUTS = 7 };

static void run(int32_t isa, const bitnet_table *table) {
  int64_t rows = table->rows, columns = table->columns, stride = bitnet_codes_stride(columns);
  void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, columns), 0xEE);
  bitnet_int8_head head = {rows, columns, guarded((size_t)bitnet_int8_head_bytes(isa, rows, columns), 0)};
  int64_t cut = rows / 128 * 64;
  bitnet_int8_head_pack(isa, &head, table, cut, rows, scratch);
  bitnet_int8_head_pack(isa, &head, table, 0, cut, scratch);
  bitnet_codes q = {columns, guarded((size_t)(OUTPUTS * stride), 0), guarded(OUTPUTS * 4, 0), guarded(OUTPUTS * 4, 0)};
  for (int t = 0; t < OUTPUTS; t++) {
    q.scales[t] = expf(random_float() * 5);
    q.sums[t] = 12345; // not used
    for (int64_t k = 0; k < columns; k++) {
      q.codes[t * stride + k] = t == 1 ? -128 : t == 2 ? (k & 1) * 255 - 128 : (int8_t)random_bits();
    }
  }
  float *row = guarded((size_t)columns * 4, 0), *expected = guarded((size_t)(OUTPUTS * rows) * 4, 0);
  int8_t *codes = guarded((size_t)columns, 0);
  for (int64_t r = 0; r < rows; r++) {
    reference_row(table, r, row);
    float scale = reference_int8_row(row, columns, codes);
    for (int t = 0; t < OUTPUTS; t++) {
      int64_t sum = 0;
      for (int64_t k = 0; k < columns; k++) {
        sum += (int64_t)codes[k] * q.codes[t * stride + k];
      }
      expected[t * rows + r] = (float)sum * (scale / q.scales[t]);
    }
  }
  float *logits = guarded((size_t)(OUTPUTS * rows) * 4, 0);
  for (int64_t first = 0; first < OUTPUTS; first++) {
    for (int64_t outputs = 1; first + outputs <= OUTPUTS; outputs += 1 + first) {
      memset(logits, 0xEE, (size_t)(outputs * rows) * 4);
      bitnet_int8_logits(isa, &head, cut, rows, &q, first, outputs, logits, rows);
      bitnet_int8_logits(isa, &head, 0, cut, &q, first, outputs, logits, rows);
      expect_floats(logits, expected + first * rows, outputs * rows, "logit");
    }
  }
  void *all[] = {scratch, head.packed, q.codes, q.scales, q.sums, row, expected, codes, logits};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

// Rows of one size each: nothing, below and at the smallest that counts, tiny, huge; the largest sums of either sign.
static void extremes(int32_t isa, int64_t columns) {
  static const float sizes[] = {0, -0.0f, 1e-45f, 5.4210107e-20f, 5.421011e-20f, 1e-18f, 1, 1e20f, 3e38f};
  enum { SIZES = sizeof sizes / sizeof *sizes, ROWS = 3 * SIZES };
  bitnet_table table = random_table(BITNET_F32, ROWS, columns);
  float *w = (float *)table.data;
  for (int64_t i = 0; i < ROWS * columns; i++) {
    float size = sizes[i / columns % SIZES], f;
    int64_t kind = i / columns / SIZES;
    f = kind == 0 ? size : kind == 1 ? -size : size * random_float();
    memcpy((char *)w + 4 * i, &f, 4);
  }
  run(isa, &table);
  release_table(&table);
}

void test_int8_head(int32_t isa) {
  static const int64_t shapes[][2] = {{1, 256}, {63, 256}, {64, 512}, {200, 768}, {515, 2560}};
  seed(6);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (int32_t type = BITNET_F32; type <= BITNET_Q4_0; type++) {
      testing("%s: int8 head of type %d, %lld x %lld", bitnet_isa_name(isa), type, (long long)shapes[i][0],
              (long long)shapes[i][1]);
      bitnet_table table = random_table(type, shapes[i][0], shapes[i][1]);
      run(isa, &table);
      release_table(&table);
    }
  }
  static const int64_t widths[] = {1, 3, 4, 15, 37, 127, 130, 200, 131072};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
    testing("%s: int8 head of %lld columns", bitnet_isa_name(isa), (long long)widths[i]);
    bitnet_table table = random_table(BITNET_F16, widths[i] > 1000 ? 3 : 130, widths[i]);
    run(isa, &table);
    release_table(&table);
    extremes(isa, widths[i]);
  }
}
