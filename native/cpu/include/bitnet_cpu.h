// Kernels of bitnet for CPUs. What each one computes, to the bit, is in docs/numerics.md.
//
// The library has no threads, allocates nothing, keeps no state and calls nothing outside itself, except that
// bitnet_isa_supported and bitnet_isa_best ask Linux for the process's permission to use AMX tiles. Every function that
// computes takes the instruction set as its first argument, which bitnet_isa_supported must have confirmed; all of them
// give the same bits. Every function works on a range, [begin, end), of rows, tokens or heads, so that callers split an
// operation over threads: calls whose ranges do not overlap may run at the same time.
//
// Pointers to buffers that only this library lays out (packed matrices, codes, int8 heads, screens, pages, scratch) are
// aligned to 64 bytes, pointers to float arrays to 4, tables of model files not at all. Strides count elements.
// Arguments are not checked.
#ifndef BITNET_CPU_H
#define BITNET_CPU_H

#include <stdint.h>

#if defined(_WIN32)
#define BITNET_API __declspec(dllexport)
#else
#define BITNET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface: callers compiled against another one must not go on.
#define BITNET_ABI_VERSION 7
BITNET_API int32_t bitnet_abi_version(void);

// ---- Instruction sets ----

// In ascending order of preference within an architecture.
enum {
  BITNET_ISA_BASELINE = 0,     // portable C, on every CPU of the architecture
  BITNET_ISA_AVX2 = 1,         // AVX2, FMA, F16C
  BITNET_ISA_AVX_VNNI = 2,     // AVX2 and the 256-bit int8 dot product
  BITNET_ISA_AVX512 = 3,       // AVX-512 F, BW, DQ, VL, VNNI
  BITNET_ISA_AVX512_WORDS = 4, // the same, for CPUs that look up fast: ten weights in a word
  BITNET_ISA_AMX = 5,          // AVX512 and int8 tiles
  BITNET_ISA_NEON = 16,        // AArch64 without extensions
  BITNET_ISA_DOTPROD = 17,     // sdot
  BITNET_ISA_I8MM = 18,        // smmla
  BITNET_ISA_COUNT = 19
};

// The fastest instruction set that this library, this CPU and its operating system support.
BITNET_API int32_t bitnet_isa_best(void);
// Whether they support this one (1) or not (0); any number may be asked for.
BITNET_API int32_t bitnet_isa_supported(int32_t isa);
// Its name, such as "avx512", for every number below BITNET_ISA_COUNT that is one; otherwise null.
BITNET_API const char *bitnet_isa_name(int32_t isa);

// ---- Ternary products ----

// Rows are packed and multiplied in blocks of this many; a range of rows begins at a multiple of it and ends at one or
// at the matrix's last row.
#define BITNET_ROW_BLOCK 64
// Rows of codes are padded with zeros to a multiple of this many.
#define BITNET_COLUMN_BLOCK 128

// A ternary matrix: several of equal width may be stacked.
typedef struct {
  int64_t rows;
  int64_t columns;
  const float *scales; // [rows rounded up to BITNET_ROW_BLOCK] the weight scale of each row
  void *packed;        // bitnet_ternary_bytes(rows, columns) bytes, laid out by the instruction set that packed them
} bitnet_ternary;

// Quantised tokens: codes, row t at t * bitnet_codes_stride(columns), and two numbers a row.
typedef struct {
  int64_t columns;
  int8_t *codes;
  float *scales; // s = 127 / max(1e-5, max |x|)
  int32_t *sums; // the sum of the row's codes
} bitnet_codes;

// Elements from one row of codes to the next.
BITNET_API int64_t bitnet_codes_stride(int64_t columns);
// Bytes of a packed matrix.
BITNET_API int64_t bitnet_ternary_bytes(int32_t isa, int64_t rows, int64_t columns);
// Packs `count` rows in the canonical layout (`canonical` is the first; rows of 32 bytes for 128 weights begun) as rows
// `at`, `at + 1`, ... of `w`. Rows that nobody packs must hold zero bytes: their products are never stored. Calls for
// different rows may run at the same time.
BITNET_API void bitnet_ternary_pack(int32_t isa, const bitnet_ternary *w, int64_t at, int64_t count,
                                    const uint8_t *canonical);
// Bytes of scratch memory that each thread needs for bitnet_ternary_matmul with up to so many columns and tokens a
// call.
BITNET_API int64_t bitnet_ternary_scratch_bytes(int32_t isa, int64_t columns, int64_t tokens);
// What a call of bitnet_ternary_matmul should have at least, if there are as many, to pay for what it prepares: so many
// tokens with all rows, best a multiple of bitnet_ternary_tile_tokens, or so many rows with `tokens` tokens.
BITNET_API int64_t bitnet_ternary_least_tokens(int32_t isa);
BITNET_API int64_t bitnet_ternary_tile_tokens(int32_t isa);
BITNET_API int64_t bitnet_ternary_least_rows(int32_t isa, int64_t tokens);
// y[t][r] = float(sum over k of w[r][k] * q[t][k]) * (w.scales[r] / q.scales[t]), or with `add` that added to y[t][r],
// for the rows and tokens of the two ranges. Row t of y is at y + t * y_stride.
BITNET_API void bitnet_ternary_matmul(int32_t isa, const bitnet_ternary *w, int64_t row_begin, int64_t row_end,
                                      const bitnet_codes *q, int64_t token_begin, int64_t token_end, float *y,
                                      int64_t y_stride, int32_t add, void *scratch);

// ---- Ternary products with scales of groups and wide codes ----

// The largest wide code: 16 of them fit an int16.
#define BITNET_WIDE_MOST 2047

// A ternary matrix with a binary16 scale for each group of columns of a row; the last group may be short.
typedef struct {
  int64_t rows;
  int64_t columns;
  int32_t group;   // columns of a scale: 128 or 64
  int32_t largest; // what packing returned, the largest of all rows
  void *packed;    // bitnet_grouped_bytes bytes, laid out by the instruction set that packed them
} bitnet_grouped;

// Tokens that are quantised to 12 bits: codes, row t at t * bitnet_codes_stride(columns), and a number a row.
typedef struct {
  int64_t columns;
  int16_t *codes;
  float *steps; // 1 / s, s = 2047 / max(2^-64, max |x|)
} bitnet_wide;

// Bytes of a packed matrix.
BITNET_API int64_t bitnet_grouped_bytes(int32_t isa, int64_t rows, int64_t columns, int32_t group);
// Packs `count` rows as rows `at`, `at + 1`, ... of `w`, from codes in the canonical layout and scales [row][group].
// Returns 2 if some weight is 2 (a code of 3), otherwise 1. Unused memory must hold zero bytes. Calls for different
// rows may run at the same time.
BITNET_API int32_t bitnet_grouped_pack(int32_t isa, const bitnet_grouped *w, int64_t at, int64_t count,
                                       const uint8_t *canonical, const uint16_t *scales);
// As for bitnet_ternary_matmul.
BITNET_API int64_t bitnet_grouped_scratch_bytes(int32_t isa, int64_t columns, int64_t tokens);
BITNET_API int64_t bitnet_grouped_least_tokens(int32_t isa);
BITNET_API int64_t bitnet_grouped_tile_tokens(int32_t isa);
BITNET_API int64_t bitnet_grouped_least_rows(int32_t isa, int64_t tokens);
// y[t][r] = (p[0] + .. + p[7]) * q.steps[t], or with `add` that added to y[t][r], where p[g mod 8] is a chain of
// fma(sum over the group's k of w[r][k] * q[t][k], scale[r][g], p[g mod 8]), for the rows and tokens of the two ranges.
BITNET_API void bitnet_grouped_matmul(int32_t isa, const bitnet_grouped *w, int64_t row_begin, int64_t row_end,
                                      const bitnet_wide *q, int64_t token_begin, int64_t token_end, float *y,
                                      int64_t y_stride, int32_t add, void *scratch);
// x[t] = row tokens[t] of w for begin <= t < end: weights times scales.
BITNET_API void bitnet_grouped_embed(int32_t isa, const bitnet_grouped *w, const int32_t *tokens, int64_t begin,
                                     int64_t end, float *x, int64_t x_stride);

// ---- Rows of floats: x, gain and y have `columns` floats a row; ranges are of tokens ----

// q = quantise(x).
BITNET_API void bitnet_quantize(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                                const bitnet_codes *q);
// q = quantise(rmsNorm(x) * gain), over q.columns columns. Row t of x becomes row t of q.
BITNET_API void bitnet_norm_quantize(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                                     int64_t begin, int64_t end, const bitnet_codes *q);
// The same with wide codes.
BITNET_API void bitnet_wide_quantize(int32_t isa, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                                     const bitnet_wide *q);
BITNET_API void bitnet_wide_norm_quantize(int32_t isa, const float *x, int64_t x_stride, const float *gain,
                                          float epsilon, int64_t begin, int64_t end, const bitnet_wide *q);
// y = rmsNorm(x) * gain.
BITNET_API void bitnet_norm(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                            int64_t columns, int64_t begin, int64_t end, float *y, int64_t y_stride);
// x = x + rmsNorm(y) * gain.
BITNET_API void bitnet_norm_add(int32_t isa, const float *y, int64_t y_stride, const float *gain, float epsilon,
                                int64_t columns, int64_t begin, int64_t end, float *x, int64_t x_stride);
// Each of the first heads of rows [begin, end) becomes rmsNorm(head) * gain, which has head_dim floats.
BITNET_API void bitnet_head_norm(int32_t isa, const float *gain, float epsilon, int64_t heads, int64_t head_dim,
                                 int64_t begin, int64_t end, float *x, int64_t x_stride);
// y[i] = rmsNorm(x[rows[i]]) * gain for begin <= i < end.
BITNET_API void bitnet_output_norm(int32_t isa, const float *x, int64_t x_stride, const float *gain, float epsilon,
                                   int64_t columns, const int32_t *rows, int64_t begin, int64_t end, float *y,
                                   int64_t y_stride);

enum { BITNET_SQUARED_RELU = 0, BITNET_SILU = 1, BITNET_GELU_TANH = 2 };
// h[t][i] = activation(gate_up[t][i]) * gate_up[t][width + i], for tokens [begin, end) and i in [column_begin,
// column_end).
BITNET_API void bitnet_gate(int32_t isa, int32_t activation, const float *gate_up, int64_t gate_up_stride,
                            int64_t width, int64_t begin, int64_t end, int64_t column_begin, int64_t column_end,
                            float *h, int64_t h_stride);

// ---- Float tables: embeddings and heads ----

// As in bitnet.tensor.ElementType, in the same order.
enum {
  BITNET_F32 = 0,
  BITNET_F16 = 1,
  BITNET_BF16 = 2,
  BITNET_Q8_0 = 3,
  BITNET_Q6_K = 4,
  BITNET_Q5_0 = 5,
  BITNET_Q4_0 = 6
};

// A table as it lies in a model file: rows one after another, without padding, of any alignment.
typedef struct {
  int32_t type;
  int64_t rows;
  int64_t columns; // a multiple of the type's block
  const void *data;
} bitnet_table;

// x[t] = table[tokens[t]] for begin <= t < end. Every token is a row of the table.
BITNET_API void bitnet_embed(int32_t isa, const bitnet_table *table, const int32_t *tokens, int64_t begin, int64_t end,
                             float *x, int64_t x_stride);
// logits[i][r] = sum256(table[r] * y[i]) for 0 <= i < outputs and r in [row_begin, row_end). `scratch` has
// bitnet_logits_scratch_bytes.
BITNET_API void bitnet_logits(int32_t isa, const bitnet_table *table, int64_t row_begin, int64_t row_end,
                              const float *y, int64_t y_stride, int64_t outputs, float *logits, int64_t logits_stride,
                              void *scratch);
BITNET_API int64_t bitnet_logits_scratch_bytes(int32_t isa, int64_t columns);
// The k best of scores[begin..end): ids and values from best to worst, equal ones by ascending id, NaN last; a shorter
// range is filled up with id -1 and -infinity. Ids count from `scores`.
BITNET_API void bitnet_top(int32_t isa, const float *scores, int64_t begin, int64_t end, int64_t k, int32_t *ids,
                           float *values);

// ---- The int8 head: logits from int8 codes of a table's rows, with one scale a row ----

typedef struct {
  int64_t rows;
  int64_t columns;
  void *packed; // bitnet_int8_head_bytes
} bitnet_int8_head;

BITNET_API int64_t bitnet_int8_head_bytes(int32_t isa, int64_t rows, int64_t columns);
// Fills rows [begin, end) from the table; a range begins and ends as for products. Unused memory must hold zero bytes.
// `scratch` has bitnet_logits_scratch_bytes.
BITNET_API void bitnet_int8_head_pack(int32_t isa, const bitnet_int8_head *head, const bitnet_table *table,
                                      int64_t begin, int64_t end, void *scratch);
// logits[i][r] = float(sum over k of code[r][k] * q[first + i][k]) * (scale[r] / q.scales[first + i]) for 0 <= i <
// outputs and r in [row_begin, row_end), a range as for products.
BITNET_API void bitnet_int8_logits(int32_t isa, const bitnet_int8_head *head, int64_t row_begin, int64_t row_end,
                                   const bitnet_codes *q, int64_t first, int64_t outputs, float *logits,
                                   int64_t logits_stride);

// ---- The screened head: the k best logits, with the bits of bitnet_logits, from an int8 copy of the table ----
//
// A copy with one scale a row gives each logit with a rigorous bound of its error. Rows whose upper bound reaches the
// k-th best lower bound are computed exactly. One pass over the copy serves many outputs: 1. bitnet_screen_input for
// each;
// 2. bitnet_screen_bounds on ranges of rows, each with its own candidates; 3. for each output, merge the `best` of all
// ranges: the k-th is the threshold; 4. bitnet_screen_rescore for each output and range; 5. merge the (id, value)
// pairs: the k best are among them. Where a range had no room for the candidates of an output, all its logits must be
// computed.

typedef struct {
  int64_t rows;
  int64_t columns;
  void *packed; // bitnet_screen_bytes
} bitnet_screen;

BITNET_API int64_t bitnet_screen_bytes(int32_t isa, int64_t rows, int64_t columns);
// Fills rows [begin, end) from the table; a range begins and ends as for products. Unused memory must hold zero bytes.
BITNET_API void bitnet_screen_pack(int32_t isa, const bitnet_screen *screen, const bitnet_table *table, int64_t begin,
                                   int64_t end, void *scratch);
// Prepares the input of one of `outputs` outputs: `input` has bitnet_screen_input_bytes. Calls for different outputs
// may run at the same time.
BITNET_API int64_t bitnet_screen_input_bytes(int32_t isa, int64_t columns, int64_t outputs);
BITNET_API void bitnet_screen_input(int32_t isa, const float *y, int64_t columns, int64_t output, int64_t outputs,
                                    void *input);

// The rows of a range that can be among the k best of an output.
typedef struct {
  int64_t k;     // at least 1
  int64_t room;  // for so many candidates, at least 4 * BITNET_ROW_BLOCK
  int64_t count; // of candidates; more than `room` if there was not room for all
  float *best;   // [k] the largest lower bounds of logits, in descending order, filled up with -infinity
  int32_t *ids;  // [room] the rows, ascending
  float *values; // [room] upper bounds of their logits, or the logits
} bitnet_candidates;

// Fills in count, best, ids and values, with upper bounds, of the candidates of each output, for rows [begin, end), a
// range as for products.
BITNET_API void bitnet_screen_bounds(int32_t isa, const bitnet_screen *screen, const void *input, int64_t outputs,
                                     int64_t begin, int64_t end, bitnet_candidates *candidates);
// Drops the candidates whose upper bound is below the threshold, and computes the logits of the others. There was room
// for all of them. `scratch` has bitnet_logits_scratch_bytes.
BITNET_API void bitnet_screen_rescore(int32_t isa, const bitnet_table *table, const float *y, float threshold,
                                      bitnet_candidates *candidates, void *scratch);

// ---- Keys, values, attention ----

enum { BITNET_KV_F16 = 0, BITNET_KV_F32 = 1 };
// Positions of a page.
#define BITNET_PAGE 64

// A sequence's keys and values lie in pages: page p has positions 64 p .. 64 p + 63 of all layers. A new page holds
// zero bytes. Copying whole pages copies a sequence; truncating needs nothing.
typedef struct {
  int64_t layers;
  int64_t heads;
  int64_t kv_heads; // divides heads
  int64_t head_dim; // even
  int32_t kv_type;
} bitnet_attention_shape;

// The tokens of a step: token t stands at positions[t] of the sequence whose pages are pages[t][0], pages[t][1], ...
typedef struct {
  const int32_t *positions;
  void *const *const *pages;
} bitnet_positions;

BITNET_API int64_t bitnet_page_bytes(const bitnet_attention_shape *shape);
// Rotates the queries and keys of tokens [begin, end) of qkv (rows of heads + 2 * kv_heads heads: queries, keys,
// values) and stores keys and values in their pages. Tables: cos and sin [position][head_dim / 2]. Calls for tokens of
// one page may run at the same time.
BITNET_API void bitnet_rope_store(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, const float *cosines,
                                  const float *sines, const bitnet_positions *at, int64_t begin, int64_t end,
                                  float *qkv, int64_t qkv_stride);
// out[t][h] = softmax(q[t][h] k * scale) v over the last `window` positions up to positions[t], for tokens [begin, end)
// and query heads [head_begin, head_end). Runs of tokens with one pages pointer and ascending positions share the
// reading of keys and values, and so do the query heads of a kv head. `scratch` has bitnet_attention_scratch_bytes for
// sequences of up to so many positions.
BITNET_API void bitnet_attention(int32_t isa, const bitnet_attention_shape *shape, int64_t layer, int64_t window,
                                 float scale, const bitnet_positions *at, int64_t begin, int64_t end,
                                 int64_t head_begin, int64_t head_end, const float *qkv, int64_t qkv_stride, float *out,
                                 int64_t out_stride, void *scratch);
BITNET_API int64_t bitnet_attention_scratch_bytes(int32_t isa, const bitnet_attention_shape *shape, int64_t positions);

// out[t][i] = out[t][i] * sigmoid(gate[t][i]).
BITNET_API void bitnet_attention_gate(int32_t isa, const float *gate, int64_t gate_stride, int64_t columns,
                                      int64_t begin, int64_t end, float *out, int64_t out_stride);

// ---- Gated DeltaNet ----

typedef struct {
  int64_t key_heads;
  int64_t value_heads; // a multiple of key_heads; value head h goes with key head h % key_heads
  int64_t head_dim;
  int64_t kernel; // rows that the convolution sees
} bitnet_delta_shape;

// What a layer has between its projections.
typedef struct {
  const float *convolution; // [kernel][channels], the own row's weights last; channels are queries, keys, values
  const float *time_bias;   // [value_heads]
  const float *decay;       // [value_heads], not positive
  const float *norm;        // [head_dim]
  float epsilon;            // of the norm
  float query_length;       // that queries are brought to
  int32_t grouped;          // whether heads of one key head are neighbours in the result
} bitnet_delta;

// Bytes of a layer of a sequence's state, which begins as zero bytes. Copying it copies the state.
BITNET_API int64_t bitnet_delta_layer_bytes(const bitnet_delta_shape *shape);
// Tokens [begin, end), one after another, of key heads [head_begin, head_end) and the value heads that go with them. A
// row of `mixed` has queries, keys and values as they were projected, the gate, and what alpha and beta gave; what is
// in it afterwards is anything. Token t changes states[t], of which it is the next token.
BITNET_API void bitnet_delta_net(int32_t isa, const bitnet_delta_shape *shape, const bitnet_delta *w, int64_t layer,
                                 float *const *states, int64_t begin, int64_t end, int64_t head_begin, int64_t head_end,
                                 float *mixed, int64_t mixed_stride, float *out, int64_t out_stride);

// ---- Rotations ----

typedef struct {
  const float *signs; // [columns] 1 or -1
  int64_t columns;    // a multiple of the block
  int64_t block;      // a power of two
  float factor;       // 1 / sqrt(block)
} bitnet_rotation;

// y = H(s * x) for rows [begin, end): in each block of neighbours sums and differences of pairs 1, 2, 4, ... apart,
// then times the factor. y may be x.
BITNET_API void bitnet_rotate(int32_t isa, const bitnet_rotation *r, const float *x, int64_t x_stride, int64_t begin,
                              int64_t end, float *y, int64_t y_stride);
// x = s * H(x): the inverse.
BITNET_API void bitnet_rotate_back(int32_t isa, const bitnet_rotation *r, int64_t begin, int64_t end, float *x,
                                   int64_t x_stride);

// ---- Limits of the machine, for benchmarks ----

// Reads memory at full speed; returns a value that depends on all of it.
BITNET_API uint64_t bitnet_read(int32_t isa, const void *memory, int64_t bytes);
// Runs `rounds` rounds of the int8 multiply-and-add that products use, on registers, and returns how many operations
// (two a multiply-and-add) that were.
BITNET_API int64_t bitnet_int8_operations(int32_t isa, int64_t rounds);

#ifdef __cplusplus
}
#endif

#endif
