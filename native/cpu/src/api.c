// The exported functions: each leads to the kernel of the instruction set that it is given.
#include "kernels.h"

int32_t bitnet_abi_version(void) {
  return BITNET_ABI_VERSION;
}

int32_t bitnet_isa_supported(int32_t isa) {
  return bitnet_kernels_of(isa) != 0 && bitnet_isa_runs(isa);
}

int32_t bitnet_isa_best(void) {
  int32_t isa = BITNET_ISA_COUNT - 1;
  while (!bitnet_isa_supported(isa) || !bitnet_isa_suits(isa)) {
    isa--;
  }
  return isa;
}

const char *bitnet_isa_name(int32_t isa) {
  switch (isa) {
  case BITNET_ISA_BASELINE:
    return "baseline";
  case BITNET_ISA_AVX2:
    return "avx2";
  case BITNET_ISA_AVX_VNNI:
    return "avx-vnni";
  case BITNET_ISA_AVX512:
    return "avx512";
  case BITNET_ISA_AVX512_WORDS:
    return "avx512-words";
  case BITNET_ISA_AMX:
    return "amx";
  case BITNET_ISA_NEON:
    return "neon";
  case BITNET_ISA_DOTPROD:
    return "dotprod";
  case BITNET_ISA_I8MM:
    return "i8mm";
  default:
    return 0;
  }
}

int64_t bitnet_ternary_bytes(int32_t isa, int64_t rows, int64_t columns) {
  return bitnet_kernels_of(isa)->ternary_bytes(isa, rows, columns);
}

void bitnet_ternary_pack(int32_t isa, const bitnet_ternary *w, int64_t at, int64_t count, const uint8_t *canonical) {
  bitnet_kernels_of(isa)->ternary_pack(isa, w, at, count, canonical);
}

int64_t bitnet_ternary_scratch_bytes(int32_t isa, int64_t columns, int64_t tokens) {
  return bitnet_kernels_of(isa)->ternary_scratch_bytes(isa, columns, tokens);
}

int64_t bitnet_ternary_least_tokens(int32_t isa) {
  return bitnet_kernels_of(isa)->ternary_least_tokens(isa);
}

int64_t bitnet_ternary_least_rows(int32_t isa, int64_t tokens) {
  return bitnet_kernels_of(isa)->ternary_least_rows(isa, tokens);
}

int64_t bitnet_ternary_tile_tokens(int32_t isa) {
  return bitnet_kernels_of(isa)->ternary_tile_tokens(isa);
}

void bitnet_ternary_matmul(int32_t isa, const bitnet_ternary *w, int64_t row_begin, int64_t row_end,
                           const bitnet_codes *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                           int32_t add, void *scratch) {
  bitnet_kernels_of(isa)->ternary_matmul(isa, w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add,
                                         scratch);
}

int64_t bitnet_grouped_bytes(int32_t isa, int64_t rows, int64_t columns, int32_t group) {
  return bitnet_kernels_of(isa)->grouped_bytes(isa, rows, columns, group);
}

int32_t bitnet_grouped_pack(int32_t isa, const bitnet_grouped *w, int64_t at, int64_t count, const uint8_t *canonical,
                            const uint16_t *scales) {
  return bitnet_kernels_of(isa)->grouped_pack(isa, w, at, count, canonical, scales);
}

int64_t bitnet_grouped_scratch_bytes(int32_t isa, int64_t columns, int64_t tokens) {
  return bitnet_kernels_of(isa)->grouped_scratch_bytes(isa, columns, tokens);
}

int64_t bitnet_grouped_least_tokens(int32_t isa) {
  return bitnet_kernels_of(isa)->grouped_least_tokens(isa);
}

int64_t bitnet_grouped_tile_tokens(int32_t isa) {
  return bitnet_kernels_of(isa)->grouped_tile_tokens(isa);
}

int64_t bitnet_grouped_least_rows(int32_t isa, int64_t tokens) {
  return bitnet_kernels_of(isa)->grouped_least_rows(isa, tokens);
}

void bitnet_grouped_matmul(int32_t isa, const bitnet_grouped *w, int64_t row_begin, int64_t row_end,
                           const bitnet_wide *q, int64_t token_begin, int64_t token_end, float *y, int64_t y_stride,
                           int32_t add, void *scratch) {
  bitnet_kernels_of(isa)->grouped_matmul(isa, w, row_begin, row_end, q, token_begin, token_end, y, y_stride, add,
                                         scratch);
}

void bitnet_grouped_embed(int32_t isa, const bitnet_grouped *w, const int32_t *tokens, int64_t begin, int64_t end,
                          float *x, int64_t x_stride) {
  bitnet_kernels_of(isa)->grouped_embed(isa, w, tokens, begin, end, x, x_stride);
}

void bitnet_quantize(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end, const bitnet_codes *q) {
  bitnet_kernels_of(isa)->quantize(isa, x, x_stride, begin, end, q);
}

void bitnet_norm_quantize(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                          int64_t begin, int64_t end, const bitnet_codes *q) {
  bitnet_kernels_of(isa)->norm_quantize(isa, x, x_stride, gain, epsilon, begin, end, q);
}

void bitnet_wide_quantize(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                          const bitnet_wide *q) {
  bitnet_kernels_of(isa)->wide_quantize(isa, x, x_stride, begin, end, q);
}

void bitnet_wide_norm_quantize(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                               int64_t begin, int64_t end, const bitnet_wide *q) {
  bitnet_kernels_of(isa)->wide_norm_quantize(isa, x, x_stride, gain, epsilon, begin, end, q);
}

void bitnet_norm(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon, int64_t columns,
                 int64_t begin, int64_t end, float *y, int64_t y_stride) {
  bitnet_kernels_of(isa)->norm(isa, x, x_stride, gain, epsilon, columns, begin, end, y, y_stride);
}

void bitnet_attention_gate(int32_t isa, const float *gate, int64_t gate_stride, int64_t columns, int64_t begin,
                           int64_t end, float *out, int64_t out_stride) {
  bitnet_kernels_of(isa)->attention_gate(isa, gate, gate_stride, columns, begin, end, out, out_stride);
}

void bitnet_delta_net(int32_t isa, const bitnet_delta_shape *shape, const bitnet_delta *w, int64_t layer,
                      float *const *states, int64_t begin, int64_t end, int64_t head_begin, int64_t head_end,
                      float *mixed, int64_t mixed_stride, float *out, int64_t out_stride) {
  bitnet_kernels_of(isa)->delta_net(isa, shape, w, layer, states, begin, end, head_begin, head_end, mixed, mixed_stride,
                                    out, out_stride);
}

void bitnet_rotate(int32_t isa, const bitnet_rotation *r, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                   float *y, int64_t y_stride) {
  bitnet_kernels_of(isa)->rotate(isa, r, x, x_stride, begin, end, y, y_stride);
}

void bitnet_rotate_back(int32_t isa, const bitnet_rotation *r, int64_t begin, int64_t end, float *x, int64_t x_stride) {
  bitnet_kernels_of(isa)->rotate_back(isa, r, begin, end, x, x_stride);
}

void bitnet_norm_add(int32_t isa, const float *y, int64_t y_stride, const float *gain, float epsilon, int64_t columns,
                     int64_t begin, int64_t end, float *x, int64_t x_stride) {
  bitnet_kernels_of(isa)->norm_add(isa, y, y_stride, gain, epsilon, columns, begin, end, x, x_stride);
}

void bitnet_head_norm(int32_t isa, const float *gain, float epsilon, int64_t heads, int64_t head_dim, int64_t begin,
                      int64_t end, float *x, int64_t x_stride) {
  bitnet_kernels_of(isa)->head_norm(isa, gain, epsilon, heads, head_dim, begin, end, x, x_stride);
}

void bitnet_output_norm(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                        int64_t columns, const int32_t *rows, int64_t begin, int64_t end, float *y, int64_t y_stride) {
  bitnet_kernels_of(isa)->output_norm(isa, x, x_stride, gain, epsilon, columns, rows, begin, end, y, y_stride);
}

void bitnet_gate(int32_t isa, int32_t activation, const float *gate_up, int64_t gate_up_stride, int64_t width,
                 int64_t begin, int64_t end, int64_t column_begin, int64_t column_end, float *h, int64_t h_stride) {
  bitnet_kernels_of(isa)->gate(isa, activation, gate_up, gate_up_stride, width, begin, end, column_begin, column_end, h,
                               h_stride);
}

void bitnet_embed(int32_t isa, const bitnet_table *table, const int32_t *tokens, int64_t begin, int64_t end, float *x,
                  int64_t x_stride) {
  bitnet_kernels_of(isa)->embed(isa, table, tokens, begin, end, x, x_stride);
}

void bitnet_logits(int32_t isa, const bitnet_table *table, int64_t row_begin, int64_t row_end, const float *y,
                   int64_t y_stride, int64_t outputs, float *logits, int64_t logits_stride, void *scratch) {
  bitnet_kernels_of(isa)->logits(isa, table, row_begin, row_end, y, y_stride, outputs, logits, logits_stride, scratch);
}

void bitnet_int8_head_pack(int32_t isa, const bitnet_int8_head *head, const bitnet_table *table, int64_t begin,
                           int64_t end, void *scratch) {
  bitnet_kernels_of(isa)->int8_head_pack(isa, head, table, begin, end, scratch);
}

void bitnet_int8_logits(int32_t isa, const bitnet_int8_head *head, int64_t row_begin, int64_t row_end,
                        const bitnet_codes *q, int64_t first, int64_t outputs, float *logits, int64_t logits_stride) {
  bitnet_kernels_of(isa)->int8_logits(isa, head, row_begin, row_end, q, first, outputs, logits, logits_stride);
}

void bitnet_screen_pack(int32_t isa, const bitnet_screen *screen, const bitnet_table *table, int64_t begin, int64_t end,
                        void *scratch) {
  bitnet_kernels_of(isa)->screen_pack(isa, screen, table, begin, end, scratch);
}

int64_t bitnet_screen_input_bytes(int32_t isa, int64_t columns, int64_t outputs) {
  return bitnet_kernels_of(isa)->screen_input_bytes(isa, columns, outputs);
}

void bitnet_screen_input(int32_t isa, const float *y, int64_t columns, int64_t output, int64_t outputs, void *input) {
  bitnet_kernels_of(isa)->screen_input(isa, y, columns, output, outputs, input);
}

void bitnet_screen_bounds(int32_t isa, const bitnet_screen *screen, const void *input, int64_t outputs, int64_t begin,
                          int64_t end, bitnet_candidates *candidates) {
  bitnet_kernels_of(isa)->screen_bounds(isa, screen, input, outputs, begin, end, candidates);
}

void bitnet_screen_rescore(int32_t isa, const bitnet_table *table, const float *y, float threshold,
                           bitnet_candidates *candidates, void *scratch) {
  bitnet_kernels_of(isa)->screen_rescore(isa, table, y, threshold, candidates, scratch);
}

void bitnet_top(int32_t isa, const float *scores, int64_t begin, int64_t end, int64_t k, int32_t *ids, float *values) {
  bitnet_kernels_of(isa)->top(isa, scores, begin, end, k, ids, values);
}

void bitnet_rope_store(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, const float *cosines,
                       const float *sines, const bitnet_positions *at, int64_t begin, int64_t end, float *qkv,
                       int64_t qkv_stride) {
  bitnet_kernels_of(isa)->rope_store(isa, shape, layer, cosines, sines, at, begin, end, qkv, qkv_stride);
}

void bitnet_attention(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, int64_t window, float scale,
                      const bitnet_positions *at, int64_t begin, int64_t end, int64_t head_begin, int64_t head_end,
                      const float *qkv, int64_t qkv_stride, float *out, int64_t out_stride, void *scratch) {
  bitnet_kernels_of(isa)->attention(isa, shape, layer, window, scale, at, begin, end, head_begin, head_end, qkv,
                                    qkv_stride, out, out_stride, scratch);
}

int64_t bitnet_attention_scratch_bytes(int32_t isa, const bitnet_attention_shape *shape, int64_t positions) {
  return bitnet_kernels_of(isa)->attention_scratch_bytes(isa, shape, positions);
}

uint64_t bitnet_read(int32_t isa, const void *memory, int64_t bytes) {
  return bitnet_kernels_of(isa)->read(isa, memory, bytes);
}

int64_t bitnet_int8_operations(int32_t isa, int64_t rounds) {
  return bitnet_kernels_of(isa)->int8_operations(isa, rounds);
}
