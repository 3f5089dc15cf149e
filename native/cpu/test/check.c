#include "check.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 256, CANARY = 0xA5 };
static char context[256];

typedef struct {
  size_t bytes;
} header;

void *guarded(size_t bytes, int fill) {
  size_t all = (GUARD + bytes + GUARD + 63) / 64 * 64;
#if defined(_WIN32)
  unsigned char *m = _aligned_malloc(all, 64);
#else
  unsigned char *m = aligned_alloc(64, all);
#endif
  if (m == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(2);
  }
  memset(m, CANARY, all);
  ((header *)m)->bytes = bytes;
  memset(m + GUARD, fill, bytes);
  return m + GUARD;
}

void release(void *memory) {
  unsigned char *p = memory;
  size_t bytes = ((header *)(p - GUARD))->bytes;
  for (int i = (int)sizeof(header) - GUARD; i < 0; i++) {
    expect(p[i] == CANARY, "byte before the buffer changed", i);
  }
  for (int i = 0; i < GUARD; i++) {
    expect(p[bytes + (size_t)i] == CANARY, "byte after the buffer changed", i);
  }
#if defined(_WIN32)
  _aligned_free(p - GUARD);
#else
  free(p - GUARD);
#endif
}

static uint64_t state;
void seed(uint64_t s) {
  state = s;
}

uint64_t random_bits(void) { // splitmix64
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

float random_float(void) {
  return (float)((double)(int64_t)random_bits() * 0x1p-63);
}

float random_normal(void) {
  return (random_float() + random_float() + random_float() + random_float()) * 0.866f;
}

void testing(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context, sizeof context, format, arguments);
  va_end(arguments);
}

void expect(int condition, const char *what, int64_t index) {
  if (!condition) {
    fprintf(stderr, "FAILED: %s: %s at %lld\n", context, what, (long long)index);
    exit(1);
  }
}

void expect_floats(const float *actual, const float *expected, int64_t n, const char *what) {
  for (int64_t i = 0; i < n; i++) {
    if (memcmp(actual + i, expected + i, 4) != 0) {
      fprintf(stderr, "FAILED: %s: %s at %lld: %a instead of %a\n", context, what, (long long)i, (double)actual[i],
              (double)expected[i]);
      exit(1);
    }
  }
}
