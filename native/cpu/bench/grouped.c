// Multiplies the matrices of some layers of an 8B model, ternary with scales of groups, by wide codes, and prints how
// much of the machine's own limits, measured between the repeats, that reaches.
//
//   bitnet_cpu_grouped_bench [isa] [threads] [tokens, tokens, ...] [repeats] [columns of a group]
//
// Weights are random. Times are CPU times of the slowest thread, without waiting for others, and include the splitting
// of activations or the building of tables.
#include "clock.h"
#include "memory.h"
#include "team.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 4, MATRICES = 4, MOST_REPEATS = 64, MOST_TOKENS = 512, ROUNDS = 200000, WIDEST = 12288 };
static const int64_t matrix_rows[MATRICES] = {6144, 4096, 24576, 4096};
static const int64_t matrix_columns[MATRICES] = {4096, 4096, 4096, 12288};

static int32_t isa, group;
static bitnet_grouped weights[LAYERS][MATRICES];
static bitnet_wide codes[MATRICES];
static float *y;
static void *scratch[MOST_THREADS];
static int64_t tokens;
static double slowest[MOST_THREADS];

static int64_t bytes(int m) {
  return bitnet_grouped_bytes(isa, matrix_rows[m], matrix_columns[m], group);
}

static void open_weights(int thread, int threads) {
  uint64_t state = 1 + (uint64_t)thread;
  enum { ROWS = 64 };
  uint8_t *canonical = malloc(ROWS * WIDEST / 4);
  uint16_t *scales = malloc(ROWS * WIDEST / 64 * sizeof *scales);
  for (int i = thread; i < LAYERS * MATRICES; i += threads) {
    int m = i % MATRICES;
    bitnet_grouped *w = &weights[i / MATRICES][m];
    *w = (bitnet_grouped){matrix_rows[m], matrix_columns[m], group, 1, memory(bytes(m))};
    for (int64_t r = 0; r < w->rows; r += ROWS) {
      for (int64_t k = 0; k < ROWS * w->columns / 4; k++) {
        canonical[k] = 0;
        for (int shift = 0; shift < 8; shift += 2) {
          canonical[k] |= (uint8_t)(next_random(&state) % 3 << shift);
        }
      }
      for (int64_t k = 0; k < ROWS * w->columns / group; k++) {
        scales[k] = (uint16_t)(0x2000 + next_random(&state) % 0x400);
      }
      bitnet_grouped_pack(isa, w, r, ROWS, canonical, scales);
    }
  }
  free(canonical);
  free(scales);
}

static int64_t share(int64_t n, int64_t unit, int64_t thread, int64_t threads) {
  int64_t units = (n + unit - 1) / unit, at = units * thread / threads * unit;
  return at < n ? at : n;
}

static void multiply(int thread, int threads) {
  double since = cpu_seconds(), spent = 0;
  for (int layer = 0; layer < LAYERS; layer++) {
    for (int m = 0; m < MATRICES; m++) {
      const bitnet_grouped *w = &weights[layer][m];
      int shares = tokens / threads >= bitnet_grouped_least_tokens(isa) ? threads : 1, per = threads / shares;
      int64_t unit = shares > 1 ? bitnet_grouped_tile_tokens(isa) : 1;
      bitnet_grouped_matmul(isa, w, share(w->rows, BITNET_ROW_BLOCK, thread % per, per),
                            share(w->rows, BITNET_ROW_BLOCK, thread % per + 1, per), &codes[m],
                            share(tokens, unit, thread / per, shares), share(tokens, unit, thread / per + 1, shares), y,
                            w->rows, 0, scratch[thread]);
      spent += cpu_seconds() - since;
      team_wait();
      since = cpu_seconds();
    }
  }
  slowest[thread] = spent;
}

static void read_weights(int thread, int threads) {
  double since = cpu_seconds();
  for (int i = thread; i < LAYERS * MATRICES; i += threads) {
    bitnet_read(isa, weights[i / MATRICES][i % MATRICES].packed, bytes(i % MATRICES));
  }
  slowest[thread] = cpu_seconds() - since;
}

static void int8_operations(int thread, int threads) {
  (void)threads;
  double since = cpu_seconds();
  bitnet_int8_operations(isa, ROUNDS);
  slowest[thread] = cpu_seconds() - since;
}

static double run(team_work work) {
  team_run(work);
  double most = 0;
  for (int t = 0; t < team_size(); t++) {
    most = fmax(most, slowest[t]);
  }
  return most;
}

static void measure(int repeats) {
  double products[MOST_REPEATS], reading[MOST_REPEATS], rates[MOST_REPEATS], all = 0, operations = 0;
  for (int m = 0; m < MATRICES; m++) {
    all += LAYERS * (double)bytes(m);
    operations += LAYERS * 2.0 * (double)matrix_rows[m] * (double)matrix_columns[m] * (double)tokens;
  }
  for (int r = -1; r < repeats; r++) { // once more than counts
    int at = r < 0 ? 0 : r;
    products[at] = run(multiply);
    reading[at] = run(read_weights);
    rates[at] = (double)team_size() * (double)bitnet_int8_operations(isa, ROUNDS) / run(int8_operations);
  }
  double seconds = median(products, repeats), read = all / median(reading, repeats);
  double rate = median(rates, repeats);
  printf("%s, %d threads, groups of %d, %lld tokens: %.3f ms a layer, %.1f GB/s, %.2f of reading at %.1f; %.0f Gop/s, "
         "%.2f of int8 at %.0f\n",
         bitnet_isa_name(isa), team_size(), group, (long long)tokens, seconds / LAYERS * 1e3, all / seconds * 1e-9,
         all / seconds / read, read * 1e-9, operations / seconds * 1e-9, operations / seconds / rate, rate * 1e-9);
  fflush(stdout);
}

int main(int argc, char **argv) {
  isa = bitnet_isa_best();
  for (int32_t i = 0; argc > 1 && i < BITNET_ISA_COUNT; i++) {
    const char *name = bitnet_isa_name(i);
    isa = name != NULL && strcmp(name, argv[1]) == 0 ? i : isa;
  }
  if (!bitnet_isa_supported(isa)) {
    fprintf(stderr, "%s does not run here\n", bitnet_isa_name(isa));
    return 1;
  }
  team_start(argc > 2 ? atoi(argv[2]) : 1);
  const char *steps = argc > 3 ? argv[3] : "1,512";
  int repeats = argc > 4 ? atoi(argv[4]) : 5;
  repeats = repeats < 1 ? 1 : repeats > MOST_REPEATS ? MOST_REPEATS : repeats;
  group = argc > 5 && atoi(argv[5]) == 64 ? 64 : 128;
  team_run(open_weights);
  uint64_t state = 7;
  for (int m = 0; m < MATRICES; m++) {
    codes[m] = (bitnet_wide){matrix_columns[m], memory(MOST_TOKENS * matrix_columns[m] * 2), memory(MOST_TOKENS * 4)};
    for (int64_t i = 0; i < MOST_TOKENS * matrix_columns[m]; i++) {
      codes[m].codes[i] = (int16_t)((int)(next_random(&state) % (2 * BITNET_WIDE_MOST + 1)) - BITNET_WIDE_MOST);
    }
    for (int t = 0; t < MOST_TOKENS; t++) {
      codes[m].steps[t] = 0.01f;
    }
  }
  y = memory(MOST_TOKENS * matrix_rows[2] * 4);
  for (int t = 0; t < team_size(); t++) {
    scratch[t] = memory(bitnet_grouped_scratch_bytes(isa, WIDEST, MOST_TOKENS));
  }
  for (const char *at = steps; *at != 0; at += *at == ',') {
    char *end;
    tokens = strtol(at, &end, 10);
    if (end == at || tokens < 1 || tokens > MOST_TOKENS) {
      fprintf(stderr, "steps of 1 to %d tokens, separated by commas\n", MOST_TOKENS);
      return 1;
    }
    measure(repeats);
    at = end;
  }
  team_stop();
  return 0;
}
