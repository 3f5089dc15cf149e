// Large memory, random numbers and medians for the benchmarks.
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "bitnet_cpu.h"

// Zeroed, on huge pages, until the process ends.
void *memory(int64_t bytes);
uint64_t next_random(uint64_t *state);
// Sorts the values.
double median(double *values, int n);

#endif
