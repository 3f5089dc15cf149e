// What the tests share: buffers between canaries, random data, comparison of bits.
#ifndef CHECK_H
#define CHECK_H

#include "bitnet_cpu.h"
#include <stddef.h>

// Memory of exactly so many bytes, aligned to 64, filled with `fill`. A write outside of it ends the test when it is
// released.
void *guarded(size_t bytes, int fill);
void release(void *memory);

// Pseudo-random numbers, the same on every machine.
void seed(uint64_t s);
uint64_t random_bits(void);
// From -1 to 1, evenly.
float random_float(void);
// Nearly normal, deviation 1.
float random_normal(void);

// Names what is being tested, for messages.
void testing(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect(int condition, const char *what, int64_t index);
// Ends the test at the first float whose bits differ.
void expect_floats(const float *actual, const float *expected, int64_t n, const char *what);

void test_scalar(void);
void test_ternary(int32_t isa);
void test_grouped(int32_t isa);
void test_rows(int32_t isa);
void test_tables(int32_t isa);
void test_int8_head(int32_t isa);
void test_screen(int32_t isa);
void test_attention(int32_t isa);

#endif
