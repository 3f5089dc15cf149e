// The table of kernels that each instruction set fills. Sources of operations are compiled once for each set, with
// BITNET_VARIANT as its name and the compiler flags that allow its instructions.
#ifndef BITNET_KERNELS_H
#define BITNET_KERNELS_H

#include "bitnet_cpu.h"

// Every function of the interface that takes an instruction set and computes.
#define BITNET_OPERATIONS(X)                                                                                           \
  X(ternary_bytes)                                                                                                     \
  X(ternary_pack)                                                                                                      \
  X(ternary_scratch_bytes)                                                                                             \
  X(ternary_least_tokens)                                                                                              \
  X(ternary_tile_tokens)                                                                                               \
  X(ternary_least_rows)                                                                                                \
  X(ternary_matmul)                                                                                                    \
  X(grouped_bytes)                                                                                                     \
  X(grouped_pack)                                                                                                      \
  X(grouped_scratch_bytes)                                                                                             \
  X(grouped_least_tokens)                                                                                              \
  X(grouped_tile_tokens)                                                                                               \
  X(grouped_least_rows)                                                                                                \
  X(grouped_matmul)                                                                                                    \
  X(grouped_embed)                                                                                                     \
  X(quantize)                                                                                                          \
  X(norm_quantize)                                                                                                     \
  X(wide_quantize)                                                                                                     \
  X(wide_norm_quantize)                                                                                                \
  X(norm)                                                                                                              \
  X(norm_add)                                                                                                          \
  X(head_norm)                                                                                                         \
  X(output_norm)                                                                                                       \
  X(gate)                                                                                                              \
  X(attention_gate)                                                                                                    \
  X(delta_net)                                                                                                         \
  X(rotate)                                                                                                            \
  X(rotate_back)                                                                                                       \
  X(embed)                                                                                                             \
  X(logits)                                                                                                            \
  X(int8_head_pack)                                                                                                    \
  X(int8_logits)                                                                                                       \
  X(screen_pack)                                                                                                       \
  X(screen_input_bytes)                                                                                                \
  X(screen_input)                                                                                                      \
  X(screen_bounds)                                                                                                     \
  X(screen_rescore)                                                                                                    \
  X(top)                                                                                                               \
  X(rope_store)                                                                                                        \
  X(attention)                                                                                                         \
  X(attention_scratch_bytes)                                                                                           \
  X(read)                                                                                                              \
  X(int8_operations)

// Kernels have the signatures of the functions that lead to them.
typedef struct {
#define BITNET_FIELD(name) __typeof__(bitnet_##name) *name;
  BITNET_OPERATIONS(BITNET_FIELD)
#undef BITNET_FIELD
} bitnet_kernels;

// The table of an instruction set, or null if this library has none for it.
const bitnet_kernels *bitnet_kernels_of(int32_t isa);
// Whether the CPU and the operating system can run it.
int bitnet_isa_runs(int32_t isa);
// Whether one that runs is faster here than those before it.
int bitnet_isa_suits(int32_t isa);

#ifdef BITNET_VARIANT
#define BITNET_PASTE_(a, b, c) a##b##_##c
#define BITNET_PASTE(a, b, c) BITNET_PASTE_(a, b, c)
// The name of an operation's kernel in the variant being compiled.
#define KERNEL(name) BITNET_PASTE(bitnet_, name, BITNET_VARIANT)
#define BITNET_DECLARE(name) __typeof__(bitnet_##name) KERNEL(name) __attribute__((visibility("hidden")));
BITNET_OPERATIONS(BITNET_DECLARE)
#undef BITNET_DECLARE
#endif

#define INLINE static inline __attribute__((always_inline, unused))

// Asks for a line of a long stream that is read from `p` on: into the second cache early, into the first one late.
// Measured on a core whose memory gives 15 GB/s: 14 GB/s so, 11 GB/s with the early one into the first cache, whose few
// line buffers then wait for memory, and 9 GB/s without.
INLINE void prefetch_stream(const void *p) {
  __builtin_prefetch((const char *)p + 8192, 0, 2);
  __builtin_prefetch((const char *)p + 1024, 0, 3);
}

// The same for codes of a byte, of which a core takes more in the same time. On Zen 4, one thread, screens are read at
// 29 GB/s so and at 22 as above; int8 heads with AVX2 at 28 instead of 22.
INLINE void prefetch_codes(const void *p) {
  __builtin_prefetch((const char *)p + 4096, 0, 2);
  __builtin_prefetch((const char *)p + 2048, 0, 3);
}

INLINE int64_t round_up(int64_t n, int64_t to) {
  return (n + to - 1) / to * to;
}
INLINE int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

#endif
