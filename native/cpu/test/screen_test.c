// The screened head: its bounds hold, and it finds the same best rows with the same bits as all logits do.
#include "check.h"
#include "reference.h"
#include "tables.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void run(int32_t isa, int32_t type, int64_t rows, int64_t columns, int kind) {
  bitnet_table table = random_table(type, rows, columns);
  void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, columns), 0xEE);
  bitnet_screen screen = {rows, columns, guarded((size_t)bitnet_screen_bytes(isa, rows, columns), 0)};
  int64_t cut = rows / 128 * 64;
  bitnet_screen_pack(isa, &screen, &table, cut, rows, scratch);
  bitnet_screen_pack(isa, &screen, &table, 0, cut, scratch);
  float *y = guarded((size_t)columns * 4, 0), *upper = guarded((size_t)rows * 4, 0);
  float *row = guarded((size_t)columns * 4, 0), *logits = guarded((size_t)rows * 4, 0);
  reference_row(&table, rows / 2, row);
  for (int64_t k = 0; k < columns; k++) {
    y[k] = kind == 0 ? random_normal() : kind == 1 ? 0 : kind == 2 ? row[k] : k == columns / 2 ? 1e9f : random_float();
  }
  for (int64_t r = 0; r < rows; r++) {
    reference_row(&table, r, row);
    logits[r] = reference_sum256(row, y, columns);
  }
  void *input = guarded((size_t)bitnet_screen_input_bytes(isa, columns), 0xEE);
  bitnet_screen_input(isa, y, columns, input);
  int32_t *ids = guarded((size_t)rows * 4, 0), *wanted = guarded((size_t)rows * 4, 0);
  float *values = guarded((size_t)rows * 4, 0), *best = guarded((size_t)rows * 4, 0);
  for (int64_t k = 1; k <= rows; k += 1 + rows / 3) {
    float first[512], second[512], threshold;
    bitnet_screen_bounds(isa, &screen, input, 0, cut, upper, k, first);
    bitnet_screen_bounds(isa, &screen, input, cut, rows, upper, k, second);
    for (int64_t r = 0; r < rows; r++) {
      expect(logits[r] <= upper[r], "upper bound", r);
    }
    int64_t a = 0, b = 0;
    do {
      threshold = first[a] > second[b] ? first[a++] : second[b++];
    } while (a + b < k);
    bitnet_top(isa, logits, 0, rows, k, wanted, best);
    expect(threshold <= best[k - 1], "threshold", k);
    int64_t n = bitnet_screen_rescore(isa, &table, y, upper, threshold, 0, cut, ids, values, scratch);
    n += bitnet_screen_rescore(isa, &table, y, upper, threshold, cut, rows, ids + n, values + n, scratch);
    expect(n >= k, "survivors", n);
    for (int64_t i = 0; i < n; i++) {
      expect(i == 0 || ids[i] > ids[i - 1], "ascending ids", i);
      expect_floats(values + i, logits + ids[i], 1, "survivor's logit");
      for (int64_t j = 0; j < k; j++) {
        wanted[j] = wanted[j] == ids[i] ? -1 : wanted[j];
      }
    }
    for (int64_t j = 0; j < k; j++) {
      expect(wanted[j] == -1, "one of the best is missing", j);
    }
  }
  void *all[] = {scratch, screen.packed, y, upper, row, logits, input, ids, wanted, values, best};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
  release_table(&table);
}

void test_screen(int32_t isa) {
  static const int32_t types[] = {BITNET_F16, BITNET_Q6_K, BITNET_F32};
  static const int64_t shapes[][2] = {{1, 256}, {64, 256}, {200, 512}, {500, 2560}};
  seed(5);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
      for (int kind = 0; kind < 4; kind++) {
        testing("%s: screen of type %d, %lld x %lld, kind %d", bitnet_isa_name(isa), types[t], (long long)shapes[i][0],
                (long long)shapes[i][1], kind);
        run(isa, types[t], shapes[i][0], shapes[i][1], kind);
      }
    }
  }
  testing("%s: screen of odd width", bitnet_isa_name(isa));
  run(isa, BITNET_F16, 130, 37, 0);
  run(isa, BITNET_F16, 70, 1, 0);
}
