#include "model.h"
#include "bitnet_cpu.h"
#include "clock.h"
#include "memory.h"
#include "team.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYERS = 30, HIDDEN = 2560, WIDE = 6912, HEADS = 20, KV_HEADS = 5, DIM = 128, VOCABULARY = 128256 };
enum { QKV = (HEADS + 2 * KV_HEADS) * DIM, MATRICES = 4 };
enum { ROOM = 5120 }; // for candidates
static const int64_t matrix_rows[MATRICES] = {QKV, HIDDEN, 2 * WIDE, HIDDEN};
static const int64_t matrix_columns[MATRICES] = {HIDDEN, HIDDEN, HIDDEN, WIDE};

static int32_t isa;
static bitnet_attention_shape shape = {LAYERS, HEADS, KV_HEADS, DIM, BITNET_KV_F16};
static bitnet_ternary weights[LAYERS][MATRICES];
static bitnet_codes codes[MATRICES];
static float *x, *qkv, *attended, *gate_up, *gated, *gain, *cosines, *sines, *logits;
static void *pages[MOST_POSITIONS / BITNET_PAGE];
static void *const *page_of[MOST_TOKENS];
static int32_t positions[MOST_TOKENS];
static void *scratch[MOST_THREADS], *screen_in;
static bitnet_table head;
static bitnet_screen screen;
static bitnet_int8_head int8_head;
static int64_t tokens;
static struct {
  double seconds[KINDS];
  char other_lines[128];
} spent[MOST_THREADS];
static bitnet_candidates candidates[MOST_THREADS][MOST_OUTPUTS];
static int64_t survivors;

double model_seconds(kind k) {
  double most = 0;
  for (int t = 0; t < team_size(); t++) {
    most = fmax(most, spent[t].seconds[k]);
  }
  return most;
}

void model_reset(void) {
  memset(spent, 0, sizeof spent);
}

int64_t model_survivors(void) {
  return survivors;
}

// Counts the time since `since` as this kind's, waits for the others, and begins anew.
static void finish(int thread, kind k, double *since) {
  spent[thread].seconds[k] += cpu_seconds() - *since;
  team_wait();
  *since = cpu_seconds();
}

static uint64_t state = 1;
static uint64_t random_bits(void) {
  return next_random(&state);
}

// The share of a thread of n items in units.
static int64_t share(int64_t n, int64_t unit, int64_t thread, int64_t threads) {
  int64_t units = (n + unit - 1) / unit, at = units * thread / threads * unit;
  return at < n ? at : n;
}

static void product(int layer, int matrix, float *y, int32_t add, int thread, int threads) {
  const bitnet_ternary *w = &weights[layer][matrix];
  int shares = tokens / threads >= bitnet_ternary_least_tokens(isa) ? threads : 1, per = threads / shares;
  int64_t unit = shares > 1 ? bitnet_ternary_tile_tokens(isa) : 1;
  int64_t t0 = share(tokens, unit, thread / per, shares), t1 = share(tokens, unit, thread / per + 1, shares);
  bitnet_ternary_matmul(isa, w, share(w->rows, BITNET_ROW_BLOCK, thread % per, per),
                        share(w->rows, BITNET_ROW_BLOCK, thread % per + 1, per), &codes[matrix], t0, t1, y, w->rows,
                        add, scratch[thread]);
}

static void norm(const float *from, int matrix, int thread, int threads) {
  bitnet_norm_quantize(isa, from, codes[matrix].columns, gain, 1e-5f, share(tokens, 1, thread, threads),
                       share(tokens, 1, thread + 1, threads), &codes[matrix]);
}

void model_layers(int thread, int threads) {
  double since = cpu_seconds();
  bitnet_positions at = {positions, page_of};
  float scale = (float)(1 / __builtin_sqrt((double)DIM));
  int64_t t0 = share(tokens, 1, thread, threads), t1 = share(tokens, 1, thread + 1, threads);
  for (int layer = 0; layer < LAYERS; layer++) {
    norm(x, 0, thread, threads);
    finish(thread, NORM, &since);
    product(layer, 0, qkv, 0, thread, threads);
    finish(thread, QKV_PRODUCT, &since);
    bitnet_rope_store(isa, &shape, layer, cosines, sines, &at, t0, t1, qkv, QKV);
    finish(thread, ROPE, &since);
    if (tokens >= threads * 8) { // by interleaved runs of tokens: later ones see more positions
      int64_t run = 12;
      for (int64_t t = thread * run; t < tokens; t += threads * run) {
        int64_t end = t + run < tokens ? t + run : tokens;
        bitnet_attention(isa, &shape, layer, INT32_MAX, scale, &at, t, end, 0, HEADS, qkv, QKV, attended, HIDDEN,
                         scratch[thread]);
      }
    } else {
      bitnet_attention(isa, &shape, layer, INT32_MAX, scale, &at, 0, tokens, share(HEADS, 1, thread, threads),
                       share(HEADS, 1, thread + 1, threads), qkv, QKV, attended, HIDDEN, scratch[thread]);
    }
    finish(thread, ATTENTION, &since);
    norm(attended, 1, thread, threads);
    finish(thread, NORM, &since);
    product(layer, 1, x, 1, thread, threads);
    finish(thread, OUT_PRODUCT, &since);
    norm(x, 2, thread, threads);
    finish(thread, NORM, &since);
    product(layer, 2, gate_up, 0, thread, threads);
    finish(thread, GATE_UP_PRODUCT, &since);
    int64_t split = tokens >= threads;
    bitnet_gate(isa, BITNET_SQUARED_RELU, gate_up, 2 * WIDE, WIDE, split ? t0 : 0, split ? t1 : tokens,
                split ? 0 : share(WIDE, 16, thread, threads), split ? WIDE : share(WIDE, 16, thread + 1, threads),
                gated, WIDE);
    finish(thread, GATE, &since);
    norm(gated, 3, thread, threads);
    finish(thread, NORM, &since);
    product(layer, 3, x, 1, thread, threads);
    finish(thread, DOWN_PRODUCT, &since);
  }
}

static int64_t outputs(void) {
  return tokens < MOST_OUTPUTS ? tokens : MOST_OUTPUTS;
}

void model_plain_head(int thread, int threads) {
  double since = cpu_seconds();
  bitnet_logits(isa, &head, share(VOCABULARY, 1, thread, threads), share(VOCABULARY, 1, thread + 1, threads), x, HIDDEN,
                outputs(), logits, VOCABULARY, scratch[thread]);
  finish(thread, PLAIN_HEAD, &since);
}

void model_screened_head(int thread, int threads) {
  double since = cpu_seconds();
  bitnet_candidates *own = candidates[thread];
  for (int64_t i = thread; i < outputs(); i += threads) {
    bitnet_screen_input(isa, x + i * HIDDEN, HIDDEN, i, outputs(), screen_in);
  }
  finish(thread, SCREENED_HEAD, &since);
  bitnet_screen_bounds(isa, &screen, screen_in, outputs(), share(VOCABULARY, BITNET_ROW_BLOCK, thread, threads),
                       share(VOCABULARY, BITNET_ROW_BLOCK, thread + 1, threads), own);
  finish(thread, SCREENED_HEAD, &since);
  int64_t all = 0;
  for (int64_t i = 0; i < outputs(); i++) {
    float threshold = own[i].best[0];
    for (int t = 0; t < threads; t++) {
      threshold = fmaxf(threshold, candidates[t][i].best[0]);
    }
    bitnet_screen_rescore(isa, &head, x + i * HIDDEN, threshold, &own[i], scratch[thread]);
    all += own[i].count;
  }
  if (thread == 0) {
    survivors = all;
  }
  finish(thread, SCREENED_HEAD, &since);
}

void model_int8_head(int thread, int threads) {
  double since = cpu_seconds();
  bitnet_quantize(isa, x, HIDDEN, share(outputs(), 1, thread, threads), share(outputs(), 1, thread + 1, threads),
                  &codes[0]);
  finish(thread, INT8_HEAD, &since);
  bitnet_int8_logits(isa, &int8_head, share(VOCABULARY, BITNET_ROW_BLOCK, thread, threads),
                     share(VOCABULARY, BITNET_ROW_BLOCK, thread + 1, threads), &codes[0], 0, outputs(), logits,
                     VOCABULARY);
  finish(thread, INT8_HEAD, &since);
}

void model_pack_int8_head(int thread, int threads) {
  bitnet_int8_head_pack(isa, &int8_head, &head, share(VOCABULARY, BITNET_ROW_BLOCK, thread, threads),
                        share(VOCABULARY, BITNET_ROW_BLOCK, thread + 1, threads), scratch[thread]);
}

void model_pack_screen(int thread, int threads) {
  bitnet_screen_pack(isa, &screen, &head, share(VOCABULARY, 64, thread, threads),
                     share(VOCABULARY, 64, thread + 1, threads), scratch[thread]);
}

void model_read_weights(int thread, int threads) {
  for (int layer = thread; layer < LAYERS; layer += threads) {
    for (int m = 0; m < MATRICES; m++) {
      bitnet_read(isa, weights[layer][m].packed, bitnet_ternary_bytes(isa, matrix_rows[m], matrix_columns[m]));
    }
  }
}

static kind_work product_work(const char *name, int m) {
  return (kind_work){name, LAYERS * (double)bitnet_ternary_bytes(isa, matrix_rows[m], matrix_columns[m]),
                     LAYERS * 2.0 * (double)matrix_rows[m] * (double)matrix_columns[m] * (double)tokens};
}

kind_work model_work(kind k) {
  double seen = positions[tokens - 1] + 1;
  switch (k) {
  case NORM:
    return (kind_work){"norm + quantise", 0, 0};
  case QKV_PRODUCT:
    return product_work("qkv product", 0);
  case ROPE:
    return (kind_work){"rope + store", 0, 0};
  case ATTENTION:
    return (kind_work){"attention", LAYERS * seen * 2 * KV_HEADS * DIM * 2, 0};
  case OUT_PRODUCT:
    return product_work("out product", 1);
  case GATE_UP_PRODUCT:
    return product_work("gate-up product", 2);
  case GATE:
    return (kind_work){"gate", 0, 0};
  case DOWN_PRODUCT:
    return product_work("down product", 3);
  case PLAIN_HEAD:
    return (kind_work){"head, F16", 2.0 * VOCABULARY * HIDDEN, 0};
  case INT8_HEAD:
    return (kind_work){"head, int8", (double)bitnet_int8_head_bytes(isa, VOCABULARY, HIDDEN), 0};
  default:
    return (kind_work){"head, screened", (double)bitnet_screen_bytes(isa, VOCABULARY, HIDDEN), 0};
  }
}

void model_step(int64_t count, int64_t before) {
  tokens = count;
  for (int64_t t = 0; t < count; t++) {
    positions[t] = (int32_t)(before + t);
    page_of[t] = pages;
  }
  for (int64_t p = 0; p <= (before + count - 1) / BITNET_PAGE; p++) {
    if (pages[p] == NULL) {
      pages[p] = memory(bitnet_page_bytes(&shape));
    }
  }
}

void model_open(int32_t set, int threads) {
  isa = set;
  for (int layer = 0; layer < LAYERS; layer++) {
    for (int m = 0; m < MATRICES; m++) {
      int64_t bytes = bitnet_ternary_bytes(isa, matrix_rows[m], matrix_columns[m]);
      float *scales = memory(matrix_rows[m] * 4);
      for (int64_t r = 0; r < matrix_rows[m]; r++) {
        scales[r] = 0.02f;
      }
      weights[layer][m] = (bitnet_ternary){matrix_rows[m], matrix_columns[m], scales, memory(bytes)};
      uint64_t *to = weights[layer][m].packed; // codes 0, 1, 2 in any order are as good as packed ones
      for (int64_t i = 0; i < bytes / 8; i++) {
        uint64_t r = random_bits();
        to[i] = r & ~(r >> 1 & 0x5555555555555555u) & (r | 0xAAAAAAAAAAAAAAAAu);
      }
    }
  }
  for (int m = 0; m < MATRICES; m++) {
    codes[m] = (bitnet_codes){matrix_columns[m], memory(MOST_TOKENS * matrix_columns[m]), memory(MOST_TOKENS * 4),
                              memory(MOST_TOKENS * 4)};
  }
  x = memory(MOST_TOKENS * HIDDEN * 4);
  qkv = memory(MOST_TOKENS * QKV * 4);
  attended = memory(MOST_TOKENS * HIDDEN * 4);
  gate_up = memory(MOST_TOKENS * 2 * WIDE * 4);
  gated = memory(MOST_TOKENS * WIDE * 4);
  gain = memory(WIDE * 4);
  cosines = memory(MOST_POSITIONS * DIM / 2 * 4);
  sines = memory(MOST_POSITIONS * DIM / 2 * 4);
  logits = memory((int64_t)MOST_OUTPUTS * VOCABULARY * 4);
  screen_in = memory(bitnet_screen_input_bytes(isa, HIDDEN, MOST_OUTPUTS));
  for (int t = 0; t < threads; t++) {
    float *room = memory((int64_t)MOST_OUTPUTS * (16 + 2 * ROOM) * 4);
    for (int i = 0; i < MOST_OUTPUTS; i++, room += 16 + 2 * ROOM) {
      candidates[t][i] = (bitnet_candidates){1, ROOM, 0, room, (int32_t *)room + 16, room + 16 + ROOM};
    }
  }
  for (int i = 0; i < MOST_TOKENS * HIDDEN; i++) {
    x[i] = (float)(int32_t)random_bits() * 0x1p-31f;
  }
  for (int i = 0; i < WIDE; i++) {
    gain[i] = 1;
  }
  for (int i = 0; i < MOST_POSITIONS * DIM / 2; i++) {
    cosines[i] = cosf((float)i);
    sines[i] = sinf((float)i);
  }
  for (int t = 0; t < threads; t++) {
    int64_t most = bitnet_ternary_scratch_bytes(isa, WIDE, MOST_TOKENS);
    int64_t other = bitnet_attention_scratch_bytes(isa, &shape, MOST_POSITIONS);
    scratch[t] = memory(most > other ? most : other);
  }
  uint16_t *table = memory((int64_t)VOCABULARY * HIDDEN * 2);
  for (int64_t i = 0; i < (int64_t)VOCABULARY * HIDDEN; i++) {
    table[i] = (uint16_t)(0x3000 + random_bits() % 0x0800) | (uint16_t)(random_bits() & 0x8000);
  }
  head = (bitnet_table){BITNET_F16, VOCABULARY, HIDDEN, table};
  int8_head = (bitnet_int8_head){VOCABULARY, HIDDEN, memory(bitnet_int8_head_bytes(isa, VOCABULARY, HIDDEN))};
  screen = (bitnet_screen){VOCABULARY, HIDDEN, memory(bitnet_screen_bytes(isa, VOCABULARY, HIDDEN))};
}
