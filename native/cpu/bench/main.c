// Runs a BitNet b1.58 2B-4T forward pass over random weights, and prints for each kind of operation the time and how
// much of the machine's own limits, measured between the repeats, it reaches.
//
//   bitnet_cpu_bench [isa] [threads] [tokens, tokens, ...] [positions before a decoded token] [repeats]
//
// Steps of up to 64 tokens have a head, with an output for each. Times are CPU times of the slowest thread, without
// waiting for others; what a caller sees, where nothing else runs, is the wall time at the end.
#include "clock.h"
#include "memory.h"
#include "model.h"
#include "team.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPEATS = 64, ROUNDS = 200000 };
static int32_t isa;

static double slowest[MOST_THREADS];
static team_work measured;
static void measure_work(int thread, int threads) {
  double since = cpu_seconds();
  measured(thread, threads);
  slowest[thread] = cpu_seconds() - since;
}

// CPU time of the slowest thread.
static double cpu_time(team_work work) {
  measured = work;
  team_run(measure_work);
  double most = 0;
  for (int t = 0; t < team_size(); t++) {
    most = fmax(most, slowest[t]);
  }
  return most;
}

static void multiply(int thread, int threads) {
  (void)thread, (void)threads;
  bitnet_int8_operations(isa, ROUNDS);
}

static int is_product(int k) {
  return model_work((kind)k).operations > 0;
}

// One line of the table: GB/s and their share of reading, or operations and their share of the int8 rate.
static void print_kind(const char *name, double seconds, double bytes, double operations, int64_t tokens, double read,
                       double rate) {
  printf("  %-16s %9.3f ms", name, seconds * 1e3);
  if (tokens <= 8 && bytes > 0) {
    printf("  %6.1f GB/s, %.2f of reading", bytes / seconds * 1e-9, bytes / seconds / read);
  }
  if (tokens > 1 && operations > 0) {
    printf("  %6.0f Gop/s, %.2f of int8", operations / seconds * 1e-9, operations / seconds / rate);
  }
  printf("\n");
}

// Medians of repeats.
static void measure(int64_t tokens, int64_t before, int repeats) {
  double total[MOST_REPEATS], part[KINDS][MOST_REPEATS], reading[MOST_REPEATS], rates[MOST_REPEATS], wall[MOST_REPEATS];
  model_step(tokens, before);
  for (int r = -1; r < repeats; r++) { // once more than counts
    int at = r < 0 ? 0 : r;
    model_reset();
    double since = wall_seconds();
    team_run(model_layers);
    wall[at] = wall_seconds() - since;
    total[at] = 0;
    for (int k = 0; k < KINDS; k++) {
      total[at] += model_seconds((kind)k);
    }
    if (tokens <= MOST_OUTPUTS) {
      team_run(model_plain_head);
      team_run(model_screened_head);
      team_run(model_int8_head);
    }
    for (int k = 0; k < KINDS; k++) {
      part[k][at] = model_seconds((kind)k);
    }
    reading[at] = cpu_time(model_read_weights);
    rates[at] = (double)team_size() * (double)bitnet_int8_operations(isa, ROUNDS) / cpu_time(multiply);
  }
  kind_work all = {"all products", 0, 0};
  double products = 0;
  for (int k = 0; k < KINDS; k++) {
    if (is_product(k)) {
      all.bytes += model_work((kind)k).bytes;
      all.operations += model_work((kind)k).operations;
    }
  }
  double read = all.bytes / median(reading, repeats), rate = median(rates, repeats), layers = median(total, repeats);
  printf("%s, %d threads, %lld tokens after %lld: reads %.1f GB/s, int8 %.0f Gop/s\n", bitnet_isa_name(isa),
         team_size(), (long long)tokens, (long long)before, read * 1e-9, rate * 1e-9);
  for (int k = 0; k < KINDS; k++) {
    double seconds = median(part[k], repeats);
    kind_work work = model_work((kind)k);
    if (seconds > 0) {
      print_kind(work.name, seconds, work.bytes, work.operations, tokens, read, rate);
      products += is_product(k) ? seconds : 0;
    }
  }
  print_kind(all.name, products, all.bytes, all.operations, tokens, read, rate);
  if (tokens == 1) {
    kind_work attention = model_work(ATTENTION),
              heads[] = {model_work(PLAIN_HEAD), model_work(SCREENED_HEAD), model_work(INT8_HEAD)};
    for (int h = 0; h < 3; h++) {
      double step = layers + median(part[PLAIN_HEAD + h], repeats);
      double floor = (all.bytes + attention.bytes + heads[h].bytes) / read;
      printf("  decode with %s: %.1f tokens/s, %.2f of what reading allows\n", heads[h].name, 1 / step, floor / step);
    }
    printf("  rows left over by the screen: %lld\n", (long long)model_survivors());
  } else {
    if (tokens <= MOST_OUTPUTS) {
      printf("  rows left over by the screen: %lld\n", (long long)model_survivors());
    }
    printf("  %.0f tokens/s, %.2f of what int8 allows; wall %.0f tokens/s\n", (double)tokens / layers,
           all.operations / rate / layers, (double)tokens / median(wall, repeats));
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
  const char *steps = argc > 3 ? argv[3] : "1,512";
  int64_t before = argc > 4 ? atoll(argv[4]) : 512;
  int repeats = argc > 5 ? atoi(argv[5]) : 5;
  repeats = repeats < 1 ? 1 : repeats > MOST_REPEATS ? MOST_REPEATS : repeats;
  team_start(threads);
  model_open(isa, team_size());
  printf("screen packed in %.2f s", cpu_time(model_pack_screen));
  printf(", int8 head in %.2f s\n", cpu_time(model_pack_int8_head));
  for (const char *at = steps; *at != 0; at += *at == ',') {
    char *end;
    long count = strtol(at, &end, 10);
    if (end == at || count < 1 || count > MOST_TOKENS) {
      fprintf(stderr, "steps of 1 to %d tokens, separated by commas\n", MOST_TOKENS);
      return 1;
    }
    measure(count, count == 1 ? before : 0, repeats);
    at = end;
  }
  team_stop();
  return 0;
}
