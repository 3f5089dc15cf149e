// The screened head: its bounds hold, and it finds the same best rows with the same bits as all logits do.
#include "check.h"
#include "reference.h"
#include "tables.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sizes that rows of a table have in turn, and of the inputs.
typedef struct {
  float rows[4], input;
} sizes;
static const sizes ordinary = {{1, 1, 1, 1}, 1};

static void resize(const bitnet_table *table, const float *factors) {
  for (int64_t i = 0; i < table->rows * table->columns; i++) {
    float factor = factors[i / table->columns % 4], f = 0;
    uint8_t *at = (uint8_t *)table->data + i * (table->type == BITNET_F32 ? 4 : 2);
    if (table->type == BITNET_F32) {
      memcpy(&f, at, 4);
      f *= factor;
      memcpy(at, &f, 4);
    } else if (table->type == BITNET_BF16) {
      memcpy((char *)&f + 2, at, 2);
      f *= factor;
      memcpy(at, (char *)&f + 2, 2);
    }
  }
}

// For every k, the bounds and the choice of the k best.
static void check(int32_t isa, const bitnet_table *table, const float *y) {
  int64_t rows = table->rows, columns = table->columns, cut = rows / 128 * 64;
  void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, columns), 0xEE);
  bitnet_screen screen = {rows, columns, guarded((size_t)bitnet_screen_bytes(isa, rows, columns), 0)};
  bitnet_screen_pack(isa, &screen, table, cut, rows, scratch);
  bitnet_screen_pack(isa, &screen, table, 0, cut, scratch);
  float *upper = guarded((size_t)rows * 4, 0);
  float *row = guarded((size_t)columns * 4, 0), *logits = guarded((size_t)rows * 4, 0);
  for (int64_t r = 0; r < rows; r++) {
    reference_row(table, r, row);
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
      expect(!(logits[r] > upper[r]), "upper bound", r);
    }
    int64_t a = 0, b = 0;
    do {
      threshold = first[a] > second[b] ? first[a++] : second[b++];
    } while (a + b < k);
    bitnet_top(isa, logits, 0, rows, k, wanted, best);
    expect(threshold <= best[k - 1], "threshold", k);
    int64_t n = bitnet_screen_rescore(isa, table, y, upper, threshold, 0, cut, ids, values, scratch);
    n += bitnet_screen_rescore(isa, table, y, upper, threshold, cut, rows, ids + n, values + n, scratch);
    expect(n >= k, "survivors", n);
    for (int64_t i = 0; i < n; i++) {
      expect(i == 0 || ids[i] > ids[i - 1], "ascending ids", i);
      if (logits[ids[i]] == logits[ids[i]]) { // infinities of either sign may meet, where rows are huge
        expect_floats(values + i, logits + ids[i], 1, "survivor's logit");
      }
      for (int64_t j = 0; j < k; j++) {
        wanted[j] = wanted[j] == ids[i] ? -1 : wanted[j];
      }
    }
    for (int64_t j = 0; j < k; j++) {
      expect(wanted[j] == -1, "one of the best is missing", j);
    }
  }
  void *all[] = {scratch, screen.packed, upper, row, logits, input, ids, wanted, values, best};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

static void run(int32_t isa, int32_t type, int64_t rows, int64_t columns, int kind, sizes size) {
  bitnet_table table = random_table(type, rows, columns);
  if (memcmp(&size, &ordinary, sizeof size) != 0) {
    resize(&table, size.rows);
  }
  float *y = guarded((size_t)columns * 4, 0), *row = guarded((size_t)columns * 4, 0);
  reference_row(&table, rows / 2, row);
  for (int64_t k = 0; k < columns; k++) {
    y[k] = kind == 0 ? random_normal() : kind == 1 ? 0 : kind == 2 ? row[k] : k == columns / 2 ? 1e9f : random_float();
    y[k] *= size.input;
  }
  check(isa, &table, y);
  release(y);
  release(row);
  release_table(&table);
}

// A sum of finite terms that overflows on its way is NaN: a row that has one bounds nothing, though its codes are
// exact.
static void overflowing(int32_t isa) {
  static const float rows[] = {1e20f, -1e20f, 1e20f, 1, 1, 1}, y[] = {1e19f, 1e19f, 2e15f};
  bitnet_table table = {BITNET_F32, 2, 3, rows};
  check(isa, &table, y);
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
        run(isa, types[t], shapes[i][0], shapes[i][1], kind, ordinary);
      }
    }
  }
  testing("%s: screen of odd width", bitnet_isa_name(isa));
  run(isa, BITNET_F16, 130, 37, 0, ordinary);
  run(isa, BITNET_F16, 70, 1, 0, ordinary);
  // Squares that vanish, and some that overflow, of rows and of inputs; products that overflow.
  static const sizes extremes[] = {
      {{1e-21f, 1e-22f, 1e-23f, 1e-25f}, 1},     {{1e-20f, 1e-30f, 1e-38f, 1e-41f}, 1e3f},
      {{1e-20f, 1e-22f, 1e-24f, 1e-26f}, 1e22f}, {{1, 1, 1, 1}, 1e-22f},
      {{1, 1, 1e-10f, 1e-20f}, 1e-39f},          {{1, 1e-22f, 1e19f, 1e25f}, 1},
      {{1, 1e37f, 1e30f, 1e37f}, 1e-3f},         {{1e18f, 1e18f, 1e19f, 1e20f}, 1e18f},
      {{1, 1e-10f, 1, 1e-20f}, 1e37f},
  };
  static const int32_t wide[] = {BITNET_F32, BITNET_BF16};
  for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
    for (int t = 0; t < 2; t++) {
      for (int kind = 0; kind < 3; kind += 2) {
        testing("%s: screen of type %d, extremes %d, kind %d", bitnet_isa_name(isa), wide[t], (int)i, kind);
        run(isa, wide[t], 200, 512, kind, extremes[i]);
        run(isa, wide[t], 300, 40, kind, extremes[i]);
      }
    }
  }
  testing("%s: screen of a row whose sum overflows", bitnet_isa_name(isa));
  overflowing(isa);
}
