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

// Room for the candidates of a range.
static bitnet_candidates candidates_of(int64_t k, int64_t room) {
  return (bitnet_candidates){
      k, room, 0, guarded((size_t)k * 4, 0xEE), guarded((size_t)room * 4, 0xEE), guarded((size_t)room * 4, 0xEE)};
}

// The k-th of two descending lists.
static float kth(const bitnet_candidates *a, const bitnet_candidates *b) {
  int64_t i = 0, j = 0;
  float last;
  do {
    last = a->best[i] > b->best[j] ? a->best[i++] : b->best[j++];
  } while (i + j < a->k);
  return last;
}

// The logits of candidates of both ranges are those of all logits, and the k best are among them.
static void check_choice(int32_t isa, const bitnet_table *table, const float *y, const float *logits,
                         bitnet_candidates *parts, void *scratch) {
  int64_t k = parts[0].k, total = 0;
  int32_t *wanted = guarded((size_t)k * 4, 0);
  float *best = guarded((size_t)k * 4, 0), threshold = kth(&parts[0], &parts[1]);
  bitnet_top(isa, logits, 0, table->rows, k, wanted, best);
  expect(threshold <= best[k - 1], "threshold", k);
  for (int p = 0; p < 2; p++) {
    bitnet_candidates *c = &parts[p];
    expect(c->count <= c->room, "room", c->count);
    for (int64_t i = 0; i < c->count; i++) {
      expect(!(logits[c->ids[i]] > c->values[i]), "upper bound", c->ids[i]);
    }
    bitnet_screen_rescore(isa, table, y, threshold, c, scratch);
    total += c->count;
    for (int64_t i = 0; i < c->count; i++) {
      expect(i == 0 || c->ids[i] > c->ids[i - 1], "ascending ids", i);
      if (isfinite(logits[c->ids[i]])) { // where rows are huge, sums overflow on their way
        expect_floats(c->values + i, logits + c->ids[i], 1, "candidate's logit");
      }
      for (int64_t j = 0; j < k; j++) {
        wanted[j] = wanted[j] == c->ids[i] ? -1 : wanted[j];
      }
    }
  }
  expect(total >= k, "candidates", total);
  for (int64_t j = 0; j < k; j++) {
    expect(wanted[j] == -1, "one of the best is missing", j);
  }
  release(wanted);
  release(best);
}

// The bounds of all outputs (rows of y), each of which wants another number of the best, and the choice from them.
static void check_outputs(int32_t isa, const bitnet_table *table, const bitnet_screen *screen, const float *y,
                          const float *logits, int64_t outputs, void *scratch) {
  int64_t rows = table->rows, columns = table->columns, cut = rows / 128 * 64;
  void *input = guarded((size_t)bitnet_screen_input_bytes(isa, columns, outputs), 0xEE);
  bitnet_candidates *parts[2];
  for (int p = 0; p < 2; p++) {
    parts[p] = guarded((size_t)outputs * sizeof *parts[p], 0);
  }
  for (int64_t i = outputs; i-- > 0;) {
    bitnet_screen_input(isa, y + i * columns, columns, i, outputs, input);
    int64_t k = 1 + i * 37 % rows, room = rows > 256 ? rows : 256;
    parts[0][i] = candidates_of(k, room);
    parts[1][i] = candidates_of(k, room);
  }
  bitnet_screen_bounds(isa, screen, input, outputs, 0, cut, parts[0]);
  bitnet_screen_bounds(isa, screen, input, outputs, cut, rows, parts[1]);
  for (int64_t i = 0; i < outputs; i++) {
    bitnet_candidates both[] = {parts[0][i], parts[1][i]};
    check_choice(isa, table, y + i * columns, logits + i * rows, both, scratch);
    for (int p = 0; p < 2; p++) {
      release(both[p].best);
      release(both[p].ids);
      release(both[p].values);
    }
  }
  release(input);
  release(parts[0]);
  release(parts[1]);
}

// With several numbers of outputs, up to `most`; `ys` are so many inputs, of which outputs have one after another.
enum { MOST_CHECKED = 64 };
static void check(int32_t isa, const bitnet_table *table, const float *ys, int64_t inputs, int64_t most) {
  static const int64_t counts[] = {1, 3, 2, 4, 6, 8, 13, MOST_CHECKED};
  int64_t rows = table->rows, columns = table->columns, cut = rows / 128 * 64;
  void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, columns), 0xEE);
  bitnet_screen screen = {rows, columns, guarded((size_t)bitnet_screen_bytes(isa, rows, columns), 0)};
  bitnet_screen_pack(isa, &screen, table, cut, rows, scratch);
  bitnet_screen_pack(isa, &screen, table, 0, cut, scratch);
  float *row = guarded((size_t)columns * 4, 0), *logits = guarded((size_t)(rows * most) * 4, 0);
  float *y = guarded((size_t)(columns * most) * 4, 0);
  for (int64_t i = 0; i < most; i++) {
    memcpy(y + i * columns, ys + i % inputs * columns, (size_t)columns * 4);
  }
  for (int64_t r = 0; r < rows; r++) {
    reference_row(table, r, row);
    for (int64_t i = 0; i < most; i++) {
      logits[i * rows + r] =
          i < inputs ? reference_sum256(row, y + i * columns, columns) : logits[i % inputs * rows + r];
    }
  }
  for (size_t i = 0; i < sizeof counts / sizeof *counts && counts[i] <= most; i++) {
    check_outputs(isa, table, &screen, y, logits, counts[i], scratch);
  }
  void *all[] = {scratch, screen.packed, row, logits, y};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

static void run(int32_t isa, int32_t type, int64_t rows, int64_t columns, int kind, sizes size, int64_t most) {
  enum { INPUTS = 3 };
  bitnet_table table = random_table(type, rows, columns);
  if (memcmp(&size, &ordinary, sizeof size) != 0) {
    resize(&table, size.rows);
  }
  float *y = guarded((size_t)(INPUTS * columns) * 4, 0), *row = guarded((size_t)columns * 4, 0);
  for (int64_t i = 0; i < INPUTS; i++) {
    reference_row(&table, rows * (i + 1) / (INPUTS + 1), row);
    for (int64_t k = 0; k < columns; k++) {
      float *to = y + i * columns + k;
      *to = kind == 0          ? random_normal()
            : kind == 1        ? (float)i
            : kind == 2        ? row[k]
            : k == columns / 2 ? 1e9f
                               : random_float();
      *to *= size.input;
    }
  }
  check(isa, &table, y, INPUTS, most);
  release(y);
  release(row);
  release_table(&table);
}

// A sum of finite terms that overflows on its way is NaN: a row that has one bounds nothing, though its codes are
// exact.
static void overflowing(int32_t isa) {
  static const float rows[] = {1e20f, -1e20f, 1e20f, 1, 1, 1}, y[] = {1e19f, 1e19f, 2e15f};
  bitnet_table table = {BITNET_F32, 2, 3, rows};
  check(isa, &table, y, 1, 3);
}

// More candidates than room: of equal logits nobody can be ruled out. Where logits ascend, what room there is suffices,
// since those that have been ruled out meanwhile make room.
static void too_many(int32_t isa) {
  enum { ROWS = 3000, COLUMNS = 8, ROOM = 256 };
  static float rows[ROWS][COLUMNS];
  float y[] = {1, 1, 1, 1, 1, 1, 1, 1};
  for (int ascending = 0; ascending < 2; ascending++) {
    for (int r = 0; r < ROWS; r++) {
      for (int k = 0; k < COLUMNS; k++) {
        rows[r][k] = ascending ? (float)(r + 1) : 1;
      }
    }
    bitnet_table table = {BITNET_F32, ROWS, COLUMNS, rows};
    void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, COLUMNS), 0xEE);
    bitnet_screen screen = {ROWS, COLUMNS, guarded((size_t)bitnet_screen_bytes(isa, ROWS, COLUMNS), 0)};
    bitnet_screen_pack(isa, &screen, &table, 0, ROWS, scratch);
    void *input = guarded((size_t)bitnet_screen_input_bytes(isa, COLUMNS, 1), 0xEE);
    bitnet_screen_input(isa, y, COLUMNS, 0, 1, input);
    bitnet_candidates c = candidates_of(5, ROOM);
    bitnet_screen_bounds(isa, &screen, input, 1, 0, ROWS, &c);
    if (ascending) {
      expect(c.count >= 5 && c.count <= ROOM, "ascending candidates", c.count);
      bitnet_screen_rescore(isa, &table, y, c.best[4], &c, scratch);
      expect(c.count >= 5 && c.ids[c.count - 1] == ROWS - 1, "the best of ascending ones", c.ids[c.count - 1]);
    } else {
      expect(c.count > ROOM, "equal candidates", c.count);
    }
    void *all[] = {scratch, screen.packed, input, c.best, c.ids, c.values};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
      release(all[i]);
    }
  }
}

void test_screen(int32_t isa) {
  static const int32_t types[] = {BITNET_F16, BITNET_Q6_K, BITNET_F32};
  static const int64_t shapes[][2] = {{1, 256}, {64, 256}, {200, 512}, {500, 2560}};
  // Squares that vanish, and some that overflow, of rows and of inputs; products that overflow.
  static const sizes extremes[] = {
      {{1e-21f, 1e-22f, 1e-23f, 1e-25f}, 1},     {{1e-20f, 1e-30f, 1e-38f, 1e-41f}, 1e3f},
      {{1e-20f, 1e-22f, 1e-24f, 1e-26f}, 1e22f}, {{1, 1, 1, 1}, 1e-22f},
      {{1, 1, 1e-10f, 1e-20f}, 1e-39f},          {{1, 1e-22f, 1e19f, 1e25f}, 1},
      {{1, 1e37f, 1e30f, 1e37f}, 1e-3f},         {{1e18f, 1e18f, 1e19f, 1e20f}, 1e18f},
      {{1, 1e-10f, 1, 1e-20f}, 1e37f},
  };
  seed(5);
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
      for (int kind = 0; kind < 4; kind++) {
        testing("%s: screen of type %d, %lld x %lld, kind %d", bitnet_isa_name(isa), types[t], (long long)shapes[i][0],
                (long long)shapes[i][1], kind);
        run(isa, types[t], shapes[i][0], shapes[i][1], kind, ordinary, 3);
      }
    }
  }
  testing("%s: screen of odd width", bitnet_isa_name(isa));
  run(isa, BITNET_F16, 130, 37, 0, ordinary, MOST_CHECKED);
  run(isa, BITNET_F16, 70, 1, 0, ordinary, 3);
  testing("%s: screen for many outputs", bitnet_isa_name(isa));
  run(isa, BITNET_F16, 300, 512, 0, ordinary, MOST_CHECKED);
  run(isa, BITNET_BF16, 200, 256, 0, extremes[4], MOST_CHECKED);
  static const int32_t wide[] = {BITNET_F32, BITNET_BF16};
  for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
    for (int t = 0; t < 2; t++) {
      for (int kind = 0; kind < 3; kind += 2) {
        testing("%s: screen of type %d, extremes %d, kind %d", bitnet_isa_name(isa), wide[t], (int)i, kind);
        run(isa, wide[t], 200, 512, kind, extremes[i], 3);
        run(isa, wide[t], 300, 40, kind, extremes[i], 3);
      }
    }
  }
  testing("%s: screen of a row whose sum overflows", bitnet_isa_name(isa));
  overflowing(isa);
  testing("%s: screen with more candidates than room", bitnet_isa_name(isa));
  too_many(isa);
}
