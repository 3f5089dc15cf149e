// The names of the kernels, as in native/metal/kernels.
#pragma once

#include <cstdint>

// Those of tables are in the order of BITNET_METAL_F32, ..., those of the cache's types and of activations likewise.
#define BITNET_KERNELS(KERNEL)                                                                                         \
  KERNEL(embed_f32)                                                                                                    \
  KERNEL(embed_f16)                                                                                                    \
  KERNEL(embed_bf16)                                                                                                   \
  KERNEL(embed_q8_0)                                                                                                   \
  KERNEL(embed_q6_k)                                                                                                   \
  KERNEL(embed_q5_0)                                                                                                   \
  KERNEL(embed_q4_0)                                                                                                   \
  KERNEL(grouped_embed)                                                                                                \
  KERNEL(quantize)                                                                                                     \
  KERNEL(norm_quantize)                                                                                                \
  KERNEL(wide_quantize)                                                                                                \
  KERNEL(wide_norm_quantize)                                                                                           \
  KERNEL(output_norm)                                                                                                  \
  KERNEL(ternary_pack)                                                                                                 \
  KERNEL(ternary_matmul_one)                                                                                           \
  KERNEL(ternary_matmul_few)                                                                                           \
  KERNEL(ternary_matmul_tiles)                                                                                         \
  KERNEL(grouped_pack)                                                                                                 \
  KERNEL(grouped_matmul_one)                                                                                           \
  KERNEL(grouped_matmul_few)                                                                                           \
  KERNEL(grouped_matmul_tiles)                                                                                         \
  KERNEL(head_norm)                                                                                                    \
  KERNEL(rope_store_f16)                                                                                               \
  KERNEL(rope_store_f32)                                                                                               \
  KERNEL(attention_chunks_few_f16)                                                                                     \
  KERNEL(attention_chunks_few_f32)                                                                                     \
  KERNEL(attention_chunks_many_f16)                                                                                    \
  KERNEL(attention_chunks_many_f32)                                                                                    \
  KERNEL(attention_combine)                                                                                            \
  KERNEL(gate_squared_relu)                                                                                            \
  KERNEL(gate_silu)                                                                                                    \
  KERNEL(logits_f32)                                                                                                   \
  KERNEL(logits_f16)                                                                                                   \
  KERNEL(logits_bf16)                                                                                                  \
  KERNEL(logits_q8_0)                                                                                                  \
  KERNEL(logits_q6_k)                                                                                                  \
  KERNEL(logits_q5_0)                                                                                                  \
  KERNEL(logits_q4_0)

namespace bitnet {

#define BITNET_KERNEL_CONSTANT(name) name,
enum class Kernel : uint32_t { BITNET_KERNELS(BITNET_KERNEL_CONSTANT) count };
#undef BITNET_KERNEL_CONSTANT

constexpr uint32_t KERNELS = static_cast<uint32_t>(Kernel::count);

const char *name(Kernel kernel);

// The kernel `steps` after another one, among variants.
constexpr Kernel operator+(Kernel first, int32_t steps) {
  return static_cast<Kernel>(static_cast<uint32_t>(first) + static_cast<uint32_t>(steps));
}

// All kernels as one library: compiled, or as source text that ends with a zero byte.
extern const unsigned char KERNEL_LIBRARY[];
extern const uint64_t KERNEL_LIBRARY_BYTES;
extern const bool KERNEL_LIBRARY_IS_SOURCE;

} // namespace bitnet
