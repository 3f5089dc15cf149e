// Embedding, logits, the best scores.
#include "check.h"
#include "reference.h"
#include "tables.h"
#include <math.h>
#include <stdlib.h>

static void embedding_and_logits(int32_t isa, int32_t type, int64_t rows, int64_t columns) {
  bitnet_table table = random_table(type, rows, columns);
  float *expected = guarded((size_t)columns * 4, 0), *x = guarded((size_t)(3 * columns) * 4, 0);
  int32_t tokens[] = {(int32_t)rows - 1, 0, (int32_t)rows / 2};
  bitnet_embed(isa, &table, tokens, 0, 1, x, columns);
  bitnet_embed(isa, &table, tokens, 1, 3, x, columns);
  for (int t = 0; t < 3; t++) {
    reference_row(&table, tokens[t], expected);
    expect_floats(x + t * columns, expected, columns, "embedding");
  }
  enum { OUTPUTS = 2 };
  float *y = guarded((size_t)(OUTPUTS * columns) * 4, 0), *logits = guarded((size_t)(OUTPUTS * rows) * 4, 0);
  for (int64_t i = 0; i < OUTPUTS * columns; i++) {
    y[i] = random_normal();
  }
  void *scratch = guarded((size_t)bitnet_logits_scratch_bytes(isa, columns), 0xEE);
  bitnet_logits(isa, &table, 0, rows / 3, y, columns, OUTPUTS, logits, rows, scratch);
  bitnet_logits(isa, &table, rows / 3, rows, y, columns, OUTPUTS, logits, rows, scratch);
  for (int64_t r = 0; r < rows; r++) {
    reference_row(&table, r, expected);
    for (int o = 0; o < OUTPUTS; o++) {
      float logit = reference_sum256(expected, y + o * columns, columns);
      expect_floats(logits + o * rows + r, &logit, 1, "logit");
    }
  }
  void *all[] = {expected, x, y, logits, scratch};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
  release_table(&table);
}

// The k best by looking for each in turn.
static void best(int32_t isa, int64_t n, int64_t k, int kind) {
  float *scores = guarded((size_t)n * 4, 0), *values = guarded((size_t)k * 4, 0);
  int32_t *ids = guarded((size_t)k * 4, 0);
  char *taken = guarded((size_t)n, 0);
  for (int64_t i = 0; i < n; i++) {
    scores[i] = kind == 0   ? random_normal()
                : kind == 1 ? (float)(random_bits() % 4)
                : kind == 2 ? (i % 3 == 0 ? NAN : -INFINITY)
                            : (float)i;
  }
  int64_t begin = n / 5;
  bitnet_top(isa, scores, begin, n, k, ids, values);
  for (int64_t j = 0; j < k; j++) {
    int64_t at = -1;
    for (int64_t i = begin; i < n; i++) {
      if (!taken[i] && !isnan(scores[i]) && (at < 0 || scores[i] > scores[at])) {
        at = i;
      }
    }
    float value = at < 0 ? -INFINITY : scores[at];
    expect(ids[j] == at, "id of a best score", j);
    expect_floats(values + j, &value, 1, "best score");
    if (at >= 0) {
      taken[at] = 1;
    }
  }
  void *all[] = {scores, values, ids, taken};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    release(all[i]);
  }
}

void test_tables(int32_t isa) {
  static const int64_t widths[] = {1, 33, 255, 256, 320, 1024, 2560};
  seed(4);
  for (int32_t type = BITNET_F32; type <= BITNET_Q4_0; type++) {
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
      int64_t block = table_block(type), columns = (widths[i] + block - 1) / block * block;
      testing("%s: table of type %d, %lld columns", bitnet_isa_name(isa), type, (long long)columns);
      embedding_and_logits(isa, type, 1 + (int64_t)i * 7, columns);
    }
  }
  static const int64_t sizes[] = {1, 5, 16, 100, 1000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int64_t k = 1; k < 50; k += 13) {
      for (int kind = 0; kind < 4; kind++) {
        testing("%s: %lld best of %lld, kind %d", bitnet_isa_name(isa), (long long)k, (long long)sizes[i], kind);
        best(isa, sizes[i], k, kind);
      }
    }
  }
}
