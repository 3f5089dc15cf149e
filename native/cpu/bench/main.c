// Runs the kernels in the order and the shapes of a BitNet b1.58 2B-4T forward pass over random weights, and prints
// what each kind of operation takes, beside the limits of the machine measured in the same run.
//
//   bitnet_cpu_bench [isa] [threads] [tokens of a prompt] [positions before a decoded token] [repeats]
#include "team.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { LAYERS = 30, HIDDEN = 2560, WIDE = 6912, HEADS = 20, KV_HEADS = 5, DIM = 128, VOCABULARY = 128256 };
enum { QKV = (HEADS + 2 * KV_HEADS) * DIM, MOST_TOKENS = 512, MOST_POSITIONS = 4096 };
enum { NORM, QKV_PRODUCT, ROPE, ATTENTION, OUT_PRODUCT, GATE_UP_PRODUCT, GATE, DOWN_PRODUCT, HEAD, SCREEN, KINDS };
static const char *const names[KINDS] = {"norm + quantise", "qkv product",     "rope + store", "attention",
                                         "out product",     "gate-up product", "gate",         "down product",
                                         "head F16",        "head screened"};
enum { MATRICES = 4 };
static const int64_t matrix_rows[MATRICES] = {QKV, HIDDEN, 2 * WIDE, HIDDEN};
static const int64_t matrix_columns[MATRICES] = {HIDDEN, HIDDEN, HIDDEN, WIDE};

static int32_t isa;
static bitnet_attention_shape shape = {LAYERS, HEADS, KV_HEADS, DIM, BITNET_KV_F16};
static bitnet_ternary weights[LAYERS][MATRICES];
static bitnet_codes codes[MATRICES];
static float *x, *qkv, *attended, *gate_up, *gated, *gain, *cosines, *sines, *logits, *upper;
static void *pages[MOST_POSITIONS / BITNET_PAGE];
static void *const *page_of[MOST_TOKENS];
static int32_t positions[MOST_TOKENS];
static void *scratch[MOST_THREADS], *screen_in;
static bitnet_table head;
static bitnet_screen screen;
static int64_t tokens;
static double spent[KINDS];

// Of one thread alone the CPU time, which other processes disturb less.
static double now(void) {
  struct timespec t;
  clock_gettime(team_size() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Zeroed, on huge pages.
static void *memory(int64_t bytes) {
  size_t huge = 2u << 20, n = ((size_t)bytes + huge - 1) / huge * huge;
  char *p = mmap(NULL, n + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    fprintf(stderr, "no memory\n");
    exit(2);
  }
  p += huge - (size_t)p % huge;
  madvise(p, n, MADV_HUGEPAGE);
  memset(p, 0, n);
  return p;
}

static uint64_t state = 1;
static uint64_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

static void clocked(int thread, int kind, double *since) {
  if (thread == 0) {
    double t = now();
    spent[kind] += t - *since;
    *since = t;
  }
}

// The share of a thread of n items in units.
static int64_t share(int64_t n, int64_t unit, int64_t thread, int64_t threads) {
  int64_t units = (n + unit - 1) / unit, at = units * thread / threads * unit;
  return at < n ? at : n;
}

static void product(int layer, int matrix, float *y, int32_t add, int thread, int threads) {
  const bitnet_ternary *w = &weights[layer][matrix];
  int shares = bitnet_ternary_token_shares(isa, tokens, threads), per = threads / shares;
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

static void layers(int thread, int threads) {
  double since = now();
  bitnet_positions at = {positions, page_of};
  int64_t t0 = share(tokens, 1, thread, threads), t1 = share(tokens, 1, thread + 1, threads);
  for (int layer = 0; layer < LAYERS; layer++) {
    norm(x, 0, thread, threads);
    team_wait();
    clocked(thread, NORM, &since);
    product(layer, 0, qkv, 0, thread, threads);
    team_wait();
    clocked(thread, QKV_PRODUCT, &since);
    bitnet_rope_store(isa, &shape, layer, cosines, sines, &at, t0, t1, qkv, QKV);
    team_wait();
    clocked(thread, ROPE, &since);
    if (tokens >= threads * 8) { // by interleaved runs of tokens: later ones see more positions
      int64_t run = 12;
      for (int64_t t = thread * run; t < tokens; t += threads * run) {
        int64_t end = t + run < tokens ? t + run : tokens;
        bitnet_attention(isa, &shape, layer, &at, t, end, 0, HEADS, qkv, QKV, attended, HIDDEN, scratch[thread]);
      }
    } else {
      bitnet_attention(isa, &shape, layer, &at, 0, tokens, share(HEADS, 1, thread, threads),
                       share(HEADS, 1, thread + 1, threads), qkv, QKV, attended, HIDDEN, scratch[thread]);
    }
    team_wait();
    clocked(thread, ATTENTION, &since);
    norm(attended, 1, thread, threads);
    team_wait();
    clocked(thread, NORM, &since);
    product(layer, 1, x, 1, thread, threads);
    team_wait();
    clocked(thread, OUT_PRODUCT, &since);
    norm(x, 2, thread, threads);
    team_wait();
    clocked(thread, NORM, &since);
    product(layer, 2, gate_up, 0, thread, threads);
    team_wait();
    clocked(thread, GATE_UP_PRODUCT, &since);
    int64_t split = tokens >= threads;
    bitnet_gate(isa, BITNET_SQUARED_RELU, gate_up, 2 * WIDE, WIDE, split ? t0 : 0, split ? t1 : tokens,
                split ? 0 : share(WIDE, 16, thread, threads), split ? WIDE : share(WIDE, 16, thread + 1, threads),
                gated, WIDE);
    team_wait();
    clocked(thread, GATE, &since);
    norm(gated, 3, thread, threads);
    team_wait();
    clocked(thread, NORM, &since);
    product(layer, 3, x, 1, thread, threads);
    team_wait();
    clocked(thread, DOWN_PRODUCT, &since);
  }
}

static void plain_head(int thread, int threads) {
  double since = now();
  bitnet_logits(isa, &head, share(VOCABULARY, 1, thread, threads), share(VOCABULARY, 1, thread + 1, threads), x, HIDDEN,
                1, logits, VOCABULARY, scratch[thread]);
  team_wait();
  clocked(thread, HEAD, &since);
}

static float lower[MOST_THREADS];
static int64_t survivors;
static void screened_head(int thread, int threads) {
  double since = now();
  int64_t r0 = share(VOCABULARY, 64, thread, threads), r1 = share(VOCABULARY, 64, thread + 1, threads);
  if (thread == 0) {
    bitnet_screen_input(isa, x, HIDDEN, screen_in);
  }
  team_wait();
  bitnet_screen_bounds(isa, &screen, screen_in, r0, r1, upper, 1, &lower[thread]);
  team_wait();
  float threshold = lower[0];
  for (int i = 1; i < threads; i++) {
    threshold = fmaxf(threshold, lower[i]);
  }
  int32_t *ids = (int32_t *)logits;
  int64_t n = bitnet_screen_rescore(isa, &head, x, upper, threshold, r0, r1, ids + r0, logits + VOCABULARY + r0,
                                    scratch[thread]);
  team_wait();
  if (thread == 0) {
    survivors = n;
  }
  clocked(thread, SCREEN, &since);
}

static void pack_screen(int thread, int threads) {
  bitnet_screen_pack(isa, &screen, &head, share(VOCABULARY, 64, thread, threads),
                     share(VOCABULARY, 64, thread + 1, threads), scratch[thread]);
}

static void read_weights(int thread, int threads) {
  for (int layer = thread; layer < LAYERS; layer += threads) {
    for (int m = 0; m < MATRICES; m++) {
      bitnet_read(isa, weights[layer][m].packed, bitnet_ternary_bytes(isa, matrix_rows[m], matrix_columns[m]));
    }
  }
}

enum { ROUNDS = 200000 };
static void multiply(int thread, int threads) {
  (void)thread, (void)threads;
  bitnet_int8_operations(isa, ROUNDS);
}

static double timed(team_work work) {
  double t = now();
  team_run(work);
  return now() - t;
}

static int ascending(const void *a, const void *b) {
  double p = *(const double *)a, q = *(const double *)b;
  return (p > q) - (p < q);
}

static double median(double *v, int n) {
  qsort(v, (size_t)n, sizeof *v, ascending);
  return v[n / 2];
}

static void setup(int threads) {
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
  logits = memory(VOCABULARY * 8);
  upper = memory(VOCABULARY * 4);
  screen_in = memory(bitnet_screen_input_bytes(isa, HIDDEN));
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
  screen = (bitnet_screen){VOCABULARY, HIDDEN, memory(bitnet_screen_bytes(isa, VOCABULARY, HIDDEN))};
  printf("screen packed in %.2f s\n", timed(pack_screen));
}

// Medians of interleaved repeats, so that each figure stands beside the limits of its own time.
static void measure(int64_t count, int64_t before, int repeats) {
  double total[64], part[KINDS][64], reading[64], rate[64];
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
  repeats = repeats < 64 ? repeats : 64;
  for (int r = -1; r < repeats; r++) {
    int at = r < 0 ? 0 : r;
    memset(spent, 0, sizeof spent);
    total[at] = timed(layers);
    if (count == 1) {
      timed(plain_head);
      timed(screened_head);
    }
    for (int k = 0; k < KINDS; k++) {
      part[k][at] = spent[k];
    }
    reading[at] = timed(read_weights);
    double t = timed(multiply);
    rate[at] = (double)team_size() * (double)bitnet_int8_operations(isa, ROUNDS) / t * 1e-9;
  }
  double bytes = 0, operations = 0;
  for (int m = 0; m < MATRICES; m++) {
    bytes += LAYERS * (double)bitnet_ternary_bytes(isa, matrix_rows[m], matrix_columns[m]);
    operations += LAYERS * 2.0 * (double)matrix_rows[m] * (double)matrix_columns[m] * (double)count;
  }
  double all = median(total, repeats), read = bytes / median(reading, repeats), limit = median(rate, repeats);
  printf("%s, %d threads, %lld tokens after %lld: reads %.1f GB/s, int8 %.0f Gop/s\n", bitnet_isa_name(isa),
         team_size(), (long long)count, (long long)before, read * 1e-9, limit);
  double products = 0;
  for (int k = 0; k < KINDS; k++) {
    double t = median(part[k], repeats);
    if (t > 0) {
      printf("  %-16s %8.3f ms\n", names[k], t * 1e3);
    }
    if (k == QKV_PRODUCT || k == OUT_PRODUCT || k == GATE_UP_PRODUCT || k == DOWN_PRODUCT) {
      products += t;
    }
  }
  printf("  products: %.2f ms, %.1f GB/s (%.2f of reading), %.0f Gop/s (%.2f of int8)\n", products * 1e3,
         bytes / products * 1e-9, bytes / products / read, operations / products * 1e-9,
         operations / products * 1e-9 / limit);
  if (count == 1) {
    double f16 = median(part[HEAD], repeats), screened = median(part[SCREEN], repeats),
           table = VOCABULARY * 2.0 * HIDDEN;
    printf("  heads: F16 %.1f GB/s (%.2f of reading), screened %.1f GB/s (%.2f), survivors %lld\n", table / f16 * 1e-9,
           table / f16 / read, table / 2 / screened * 1e-9, table / 2 / screened / read, (long long)survivors);
    printf("  decode: %.1f tokens/s with the plain head (%.2f of the floor by reading), %.1f screened (%.2f)\n",
           1 / (all + f16), (bytes + table) / read / (all + f16), 1 / (all + screened),
           (bytes + table / 2) / read / (all + screened));
  } else {
    printf("  prefill: %.0f tokens/s\n", (double)count / all);
  }
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
  int threads = argc > 2 ? atoi(argv[2]) : 1;
  int64_t prompt = argc > 3 ? atoll(argv[3]) : 512, before = argc > 4 ? atoll(argv[4]) : 512;
  int repeats = argc > 5 ? atoi(argv[5]) : 5;
  team_start(threads);
  setup(threads);
  measure(1, before, 2 * repeats);
  if (prompt > 1) {
    measure(prompt, 0, repeats);
  }
  team_stop();
  return 0;
}
