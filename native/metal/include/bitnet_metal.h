// What bitnet does with an Apple GPU for every token: record the operations of a step, send them, wait. What each one
// computes, to the bit, is in docs/numerics.md. Devices, buffers and streams are made and freed through JNI
// (bitnet.metal.Shim); the pointers here are those.
//
// Operations are recorded into one command buffer in the order of the calls and run in that order. They start when the
// recorded work is enough to keep the GPU busy for long, or at bitnet_metal_wait, after which results can be read and
// buffers written. Every function checks its arguments, and that every buffer is as large as the operation needs,
// before Metal sees anything. One thread at a time uses a stream.
#ifndef BITNET_METAL_H
#define BITNET_METAL_H

#include <stdint.h>

#define BITNET_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// The version of this interface: callers compiled against another one must not go on.
#define BITNET_ABI_VERSION 2
BITNET_API int32_t bitnet_abi_version(void);

// What functions return; bitnet_metal_failure says more.
enum {
  BITNET_METAL_OK = 0,
  BITNET_METAL_MISUSE = 1, // arguments that do not fit each other: a mistake of the caller
  BITNET_METAL_FAILED = 2  // Metal refused, or the GPU failed
};

typedef struct bitnet_metal_stream bitnet_metal_stream;
typedef struct bitnet_metal_buffer bitnet_metal_buffer;

// ---- Steps ----

// Begins a step. Its operations may reach, beside the buffers they name, these `count`: tables of pages, and pages. The
// array must live until the wait.
BITNET_API int32_t bitnet_metal_begin(bitnet_metal_stream *stream, bitnet_metal_buffer *const *caches, int32_t count);
// Sends what is recorded and waits until all of it is done.
BITNET_API int32_t bitnet_metal_wait(bitnet_metal_stream *stream);
// Drops what is recorded and not sent, and waits for the rest: after a failure or an interruption.
BITNET_API void bitnet_metal_abandon(bitnet_metal_stream *stream);
// What the last call that did not return BITNET_METAL_OK ran into. Valid until the next call.
BITNET_API const char *bitnet_metal_failure(const bitnet_metal_stream *stream);
// Seconds that the GPU worked between the last bitnet_metal_begin and bitnet_metal_wait.
BITNET_API double bitnet_metal_gpu_seconds(const bitnet_metal_stream *stream);
// Command buffers that the last step took.
BITNET_API int32_t bitnet_metal_command_buffers(const bitnet_metal_stream *stream);

// ---- Buffers of a step ----

// A row of a step.
typedef struct {
  uint64_t cache; // the GPU's address of its sequence's table: the addresses of its pages, uint64_t each
  uint32_t token;
  uint32_t position;
} bitnet_metal_row;

// Consecutive rows of one sequence. partial_row is the sum of the counts before it in the same call.
typedef struct {
  uint32_t first;
  uint32_t count;
  uint32_t partial_row;
} bitnet_metal_tile;

// ---- Tables: embedding and head ----

enum {
  BITNET_METAL_F32 = 0,
  BITNET_METAL_F16 = 1,
  BITNET_METAL_BF16 = 2,
  BITNET_METAL_Q8_0 = 3,
  BITNET_METAL_Q6_K = 4,
  BITNET_METAL_Q5_0 = 5,
  BITNET_METAL_Q4_0 = 6
};

// A float matrix as it lies in its file.
typedef struct {
  int32_t type;
  int32_t rows;
  int32_t columns;
  bitnet_metal_buffer *data;
  int64_t offset; // bytes, a multiple of 4
} bitnet_metal_table;

// x[i] = table[rows[i].token]
BITNET_API int32_t bitnet_metal_embed(bitnet_metal_stream *stream, const bitnet_metal_table *table,
                                      const bitnet_metal_buffer *rows, int32_t count, const bitnet_metal_buffer *x);
// logits[i][r] = sum256(table[r] * y[i])
BITNET_API int32_t bitnet_metal_logits(bitnet_metal_stream *stream, const bitnet_metal_table *table,
                                       const bitnet_metal_buffer *y, int32_t first, int32_t outputs,
                                       const bitnet_metal_buffer *logits);

// ---- Norms and quantisation ----

// Quantised rows: codes, and 127 / max(1e-5, max |x|) of each row.
typedef struct {
  int32_t columns;
  bitnet_metal_buffer *codes; // bitnet_metal_codes_bytes for each row
  bitnet_metal_buffer *factors;
} bitnet_metal_codes;

// Bytes of a row of codes.
BITNET_API int64_t bitnet_metal_codes_bytes(int32_t columns);
BITNET_API int32_t bitnet_metal_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t count,
                                         const bitnet_metal_codes *q);
BITNET_API int32_t bitnet_metal_norm_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x,
                                              const bitnet_metal_buffer *gain, float epsilon, int32_t count,
                                              const bitnet_metal_codes *q);
// Wide rows: codes of up to 2047, and 1 / (2047 / max(2^-64, max |x|)) of each row.
typedef struct {
  int32_t columns;
  bitnet_metal_buffer *codes; // bitnet_metal_wide_bytes for each row
  bitnet_metal_buffer *steps;
} bitnet_metal_wide;

// Bytes of a row of wide codes.
BITNET_API int64_t bitnet_metal_wide_bytes(int32_t columns);
// Of the rows of x from `first` on.
BITNET_API int32_t bitnet_metal_wide_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t first,
                                              int32_t count, const bitnet_metal_wide *q);
BITNET_API int32_t bitnet_metal_wide_norm_quantize(bitnet_metal_stream *stream, const bitnet_metal_buffer *x,
                                                   const bitnet_metal_buffer *gain, float epsilon, int32_t count,
                                                   const bitnet_metal_wide *q);
// y[i] = rmsNorm(x[rows[i]]) * gain; `rows` are uint32
BITNET_API int32_t bitnet_metal_output_norm(bitnet_metal_stream *stream, const bitnet_metal_buffer *x, int32_t columns,
                                            const bitnet_metal_buffer *gain, float epsilon,
                                            const bitnet_metal_buffer *rows, int32_t outputs,
                                            const bitnet_metal_buffer *y);

// ---- Ternary products ----

// A ternary matrix: several of equal width may be stacked.
typedef struct {
  int32_t rows;
  int32_t columns;
  bitnet_metal_buffer *packed; // bitnet_metal_ternary_bytes; words that no tensor fills are 0
  bitnet_metal_buffer *scales; // of each row
} bitnet_metal_ternary;

BITNET_API int64_t bitnet_metal_ternary_bytes(int32_t rows, int32_t columns);
// Brings `count` rows of the canonical layout, `offset` bytes into a buffer, into rows `row`, `row` + 1, ... of w.
BITNET_API int32_t bitnet_metal_ternary_pack(bitnet_metal_stream *stream, const bitnet_metal_ternary *w, int32_t row,
                                             int32_t count, const bitnet_metal_buffer *canonical, int64_t offset);
// y[t] = w q[t], or y[t] + w q[t] where `add` is 1
BITNET_API int32_t bitnet_metal_ternary_matmul(bitnet_metal_stream *stream, const bitnet_metal_ternary *w,
                                               const bitnet_metal_codes *q, int32_t tokens,
                                               const bitnet_metal_buffer *y, int32_t add);

// ---- Ternary products with scales of groups ----

// A ternary matrix with weights of -1 to 2 and a scale for each group of 64 or 128 columns. It is a table as well.
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t group;
  bitnet_metal_buffer *packed; // bitnet_metal_grouped_bytes; words that no tensor fills are 0
  bitnet_metal_buffer *scales; // bitnet_metal_grouped_scale_bytes; likewise
} bitnet_metal_grouped;

BITNET_API int64_t bitnet_metal_grouped_bytes(int32_t rows, int32_t columns);
BITNET_API int64_t bitnet_metal_grouped_scale_bytes(int32_t rows, int32_t columns, int32_t group);
// Brings `count` rows of the canonical layout and their scales, halves in rows, into rows `row`, `row` + 1, ... of w.
BITNET_API int32_t bitnet_metal_grouped_pack(bitnet_metal_stream *stream, const bitnet_metal_grouped *w, int32_t row,
                                             int32_t count, const bitnet_metal_buffer *canonical,
                                             const bitnet_metal_buffer *scales);
// y[t] = w q[t], or y[t] + w q[t] where `add` is 1
BITNET_API int32_t bitnet_metal_grouped_matmul(bitnet_metal_stream *stream, const bitnet_metal_grouped *w,
                                               const bitnet_metal_wide *q, int32_t tokens, const bitnet_metal_buffer *y,
                                               int32_t add);
// x[i] = table[rows[i].token]
BITNET_API int32_t bitnet_metal_grouped_embed(bitnet_metal_stream *stream, const bitnet_metal_grouped *table,
                                              const bitnet_metal_buffer *rows, int32_t count,
                                              const bitnet_metal_buffer *x);

// ---- Attention ----

enum { BITNET_METAL_KV_F16 = 0, BITNET_METAL_KV_F32 = 1 };
// Positions of a page of a cache.
#define BITNET_METAL_KV_PAGE 64

typedef struct {
  int32_t layers;
  int32_t heads;
  int32_t kv_heads;
  int32_t head_dim;
  int32_t kv_type;
} bitnet_metal_shape;

BITNET_API int64_t bitnet_metal_page_bytes(const bitnet_metal_shape *shape);
// rmsNorm(head) * gain of each query head and each key head of qkv, in place.
BITNET_API int32_t bitnet_metal_head_norm(bitnet_metal_stream *stream, const bitnet_metal_shape *shape,
                                          const bitnet_metal_buffer *query, const bitnet_metal_buffer *key,
                                          float epsilon, int32_t count, const bitnet_metal_buffer *qkv);
// Rotates the queries and keys of qkv in place and stores keys and values. `rope` has [position][head_dim] cosines,
// then sines, for all `positions`; no row's position is beyond.
BITNET_API int32_t bitnet_metal_rope_store(bitnet_metal_stream *stream, const bitnet_metal_shape *shape, int32_t layer,
                                           const bitnet_metal_buffer *rows, int32_t count,
                                           const bitnet_metal_buffer *rope, int32_t positions,
                                           const bitnet_metal_buffer *qkv);
// Bytes of partial results for tiles of `rows` rows in all and up to `positions` positions.
BITNET_API int64_t bitnet_metal_partial_bytes(const bitnet_metal_shape *shape, int32_t rows, int32_t positions);
// out = softmax(q k) v for the rows of tiles [first_tile, first_tile + tile_count): `tile_rows` rows in all, up to
// `most` in one tile, none of them at or beyond `positions`.
BITNET_API int32_t bitnet_metal_attention(bitnet_metal_stream *stream, const bitnet_metal_shape *shape, int32_t layer,
                                          const bitnet_metal_buffer *rows, int32_t count,
                                          const bitnet_metal_buffer *tiles, int32_t first_tile, int32_t tile_count,
                                          int32_t tile_rows, int32_t most, int32_t positions,
                                          const bitnet_metal_buffer *qkv, const bitnet_metal_buffer *partial,
                                          const bitnet_metal_buffer *out);

// ---- Gate ----

enum { BITNET_METAL_SQUARED_RELU = 0, BITNET_METAL_SILU = 1 };

// h = activation(gate) * up; a row of gate_up is the gate, then up
BITNET_API int32_t bitnet_metal_gate(bitnet_metal_stream *stream, int32_t activation,
                                     const bitnet_metal_buffer *gate_up, int32_t columns, int32_t count,
                                     const bitnet_metal_buffer *h);

#ifdef __cplusplus
}
#endif

#endif
