// What the machine can do at most, for benchmarks.
#include "vector.h"

uint64_t KERNEL(read)(int32_t isa, const void *memory, int64_t bytes) {
  typedef uint64_t block __attribute__((vector_size(LANES * 4), aligned(1), may_alias));
  typedef uint64_t sum __attribute__((vector_size(LANES * 4)));
  enum { AT_ONCE = 4 * sizeof(sum) };
  const char *p = memory;
  sum a = {0}, b = {0}, c = {0}, d = {0};
  int64_t i = 0;
  for (; i + AT_ONCE <= bytes; i += AT_ONCE) {
    for (int64_t line = 0; line < AT_ONCE; line += 64) {
      prefetch_stream(p + i + line);
    }
    const block *from = (const block *)(const void *)(p + i);
    a ^= from[0];
    b ^= from[1];
    c ^= from[2];
    d ^= from[3];
  }
  a ^= b ^ c ^ d;
  uint64_t all = 0;
  for (unsigned j = 0; j < sizeof(a) / 8; j++) {
    all ^= a[j];
  }
  for (; i < bytes; i++) {
    all ^= (uint8_t)p[i];
  }
  return all;
}

// Independent chains of the widest int8 multiply-and-add. With AVX2, Zen 3 does 1.6 of them a cycle, in whatever order:
// additions take turns on the pipes that multiply. Tables (ternary_tables.h) may be faster. The barriers keep the
// compiler from seeing that they repeat.
int64_t KERNEL(int8_operations)(int32_t isa, int64_t rounds) {
#if defined(__AMX_INT8__)
  static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } tiles __attribute__((aligned(64))) = {
      .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
  _tile_loadconfig(&tiles);
  for (int64_t i = 0; i < rounds; i++) {
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
  _tile_release();
  return rounds * 4 * 16 * 16 * 128;
#elif defined(__AVX512VNNI__) || defined(__AVXVNNI__) || defined(__AVX2__) || defined(__aarch64__)
  enum { CHAINS = 12 };
#if defined(__AVX512VNNI__)
  typedef __m512i vector;
#define STEP(acc) __asm__ volatile("vpdpbusd %1, %1, %0" : "+v"(acc) : "v"(w))
  enum { OPERATIONS = 128 };
#elif defined(__AVXVNNI__)
  typedef __m256i vector;
#define STEP(acc) __asm__ volatile("%{vex%} vpdpbusd %1, %1, %0" : "+x"(acc) : "x"(w))
  enum { OPERATIONS = 64 };
#elif defined(__aarch64__)
  typedef int32x4_t vector;
#if defined(__ARM_FEATURE_MATMUL_INT8)
#define STEP(acc) __asm__ volatile("smmla %0.4s, %1.16b, %1.16b" : "+w"(acc) : "w"(w))
  enum { OPERATIONS = 64 };
#elif defined(__ARM_FEATURE_DOTPROD)
#define STEP(acc) __asm__ volatile("sdot %0.4s, %1.16b, %1.16b" : "+w"(acc) : "w"(w))
  enum { OPERATIONS = 32 };
#else
#define STEP(acc) __asm__ volatile("smlal %0.8h, %1.8b, %1.8b" : "+w"(acc) : "w"(w))
  enum { OPERATIONS = 16 };
#endif
#else
  typedef __m256i vector;
#define STEP(acc) __asm__ volatile("vpmaddubsw %1, %1, %%ymm15\n vpaddw %%ymm15, %0, %0" : "+x"(acc) : "x"(w) : "xmm15")
  enum { OPERATIONS = 64 };
#endif
  vector w = {0}, acc[CHAINS] = {0};
  for (int64_t i = 0; i < rounds; i++) {
#pragma GCC unroll 12
    for (int c = 0; c < CHAINS; c++) {
      STEP(acc[c]);
    }
  }
  return rounds * CHAINS * OPERATIONS;
#undef STEP
#else
  typedef int16_t words __attribute__((vector_size(16)));
  words w = {1}, a = {0}, b = {0}, c = {0}, d = {0};
  for (int64_t i = 0; i < rounds; i++) {
    a += w * w;
    b += w * w;
    c += w * w;
    d += w * w;
    __asm__ volatile("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d), "+x"(w));
  }
  return rounds * 4 * 16;
#endif
}
