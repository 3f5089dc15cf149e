// Times in seconds.
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

static inline double seconds_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Of this thread alone.
static inline double cpu_seconds(void) {
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

static inline double wall_seconds(void) {
  return seconds_of(CLOCK_MONOTONIC);
}

#endif
