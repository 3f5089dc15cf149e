// What the host and the kernels agree on: the one argument of each kernel, and how memory on the device lies. Plain C,
// read by nvcc, by the simulator and by jextract.
#ifndef BITNET_CUDA_H
#define BITNET_CUDA_H

#include <stdint.h>

// ---- Ternary matrices ----
//
// A unit is 16 rows by 128 columns in 512 bytes: lane (g = lane / 4, t = lane % 4) of a warp owns four words, and bits
// 2c..2c+1 of byte b of word j are the code (0, 1, 2 for -1, 0, +1) of row g + 8 (j & 1), column 32 (3 - c) + 16 (j >>
// 1)
// + 4 t + b. So word j, shifted right by 2c and masked with 0x03030303, is register j of the A operand of
// mma.m16n8k32, and is also one word of the canonical layout, unchanged. The units of a tile of 16 rows follow one
// another, then those of the next tile.
enum { BITNET_TILE_ROWS = 16, BITNET_CHUNK = 128, BITNET_UNIT_BYTES = 512 };

typedef struct {
  const uint32_t *units;
  const int32_t *outputs; // the output of each of the tiles' rows; -1 for one that only fills its tile
  const float *scales;    // of each of the tiles' rows
  int32_t tiles;
  int32_t chunks; // of 128 columns; the last one may be filled up with zeros
} bitnet_ternary;

// ---- Ternary matrices with scales of groups ----
//
// Units are laid out as above, but a field of two bits is the canonical one with its low bit turned over: the negative
// weight modulo 4, so that a field at the top of its byte is -64 times the weight as a signed byte. Behind these 512
// bytes lie the F16 scales of the unit's groups: word g has those of rows g and g + 8, of all columns or of the first
// 64, and with groups of 64 columns word 8 + g has those of the other 64. The units of a tile lie in the order in which
// the contract's eight chains take them: first every eighth (with groups of 64 columns every fourth) from 0 on, then
// from 1 on, and so on.
enum { BITNET_SCALE_BYTES = 32, BITNET_CHAINS = 8 };

typedef struct {
  const uint8_t *units;
  const int32_t *outputs; // as in bitnet_ternary
  int32_t tiles;
  int32_t chunks;
  int32_t halves; // scales of a row of a unit: 1, or 2 with groups of 64 columns
  int32_t unused;
} bitnet_grouped;

// ---- Keys and values ----
//
// A page has 64 positions of all layers: [layer][kv head] of keys [dimension / 8][64][8] and then values
// [64][dimensions], dimensions padded to a multiple of 8.
enum { BITNET_PAGE = 64 };
enum { BITNET_KV_F16 = 0, BITNET_KV_F32 = 1 };

typedef struct {
  int32_t heads;
  int32_t kv_heads;
  int32_t head_dim;
  int32_t padded_dim;
  int32_t kv_type;
} bitnet_heads;

// ---- Steps ----

// Entry i of a step: its i-th token, and, in the same place, its i-th output, its i-th run of tokens and, of
// models with states, its i-th sequence.
typedef struct {
  const uint64_t *pages; // addresses of the pages of the token's sequence
  float *state;          // of the token's sequence, where layers of gated DeltaNet keep one
  int32_t position;
  int32_t token;
  int32_t output;    // the row that the i-th output comes from
  int32_t run_first; // consecutive rows of one sequence
  int32_t run_rows;
  int32_t sequence_first; // row of the i-th sequence's first token
  int32_t next;           // row of the sequence's token behind this one, or -1
  int32_t unused;
} bitnet_entry;

// ---- Arguments ----

typedef struct {
  const uint32_t *canonical; // rows of 8 words a chunk
  bitnet_ternary to;
  uint32_t *units;
  int32_t first; // the output of the first row
  int32_t rows;
} bitnet_ternary_pack;

typedef struct {
  const uint32_t *canonical;
  const uint16_t *scales; // [row][group]
  bitnet_grouped to;
  uint8_t *units;
  int32_t first; // the output of the first row
  int32_t rows;
  int32_t groups; // of a row
  int32_t unused;
} bitnet_grouped_pack;

// As in bitnet.tensor.ElementType.
enum {
  BITNET_F32 = 0,
  BITNET_F16 = 1,
  BITNET_BF16 = 2,
  BITNET_Q8_0 = 3,
  BITNET_Q6_K = 4,
  BITNET_Q5_0 = 5,
  BITNET_Q4_0 = 6
};

typedef struct {
  const uint8_t *table;
  const bitnet_entry *entries;
  float *x;
  int64_t row_bytes;
  int32_t columns;
  int32_t type;
} bitnet_embed;

typedef struct {
  bitnet_grouped table;
  const bitnet_entry *entries;
  float *x;
  int32_t columns;
  int32_t unused;
} bitnet_grouped_embed;

// Codes: chunks of 128 columns, each of as many rows as there is room for: [chunk][rows][128], zero behind the columns.
// 16 bytes i of row n of a chunk are at place i ^ (n & 7), as they are wanted in shared memory, where lanes that read
// those of different rows then use different banks. For each row what the values were multiplied by, and the sum of the
// codes. A gain has `stride` elements, zero behind the columns.
//
// Wide activations are two rows of such codes: 256 times row 2 n plus row 2 n + 1 is token n. They have no sums.
typedef struct {
  const float *x;
  const float *gain; // null: no norm
  int8_t *codes;
  float *factors;
  int32_t *sums;
  int32_t columns;
  int32_t stride; // columns, rounded up to chunks
  int32_t rows;   // that there is room for; so many more that kernels may read 128 rows from any that is in use
  float epsilon;
  int32_t tokens; // rows of x, for kernels whose blocks have several
  int32_t unused;
} bitnet_norm_quantize;

typedef struct {
  float *x;
  int64_t count;
  float factor;
} bitnet_scale;

typedef struct {
  const float *x;
  const float *gain;
  float *y;
  int32_t columns;
  float epsilon;
  int32_t adds; // whether the row is added to that of y
} bitnet_norm;

// Walsh-Hadamard transforms of neighbours, behind a product with signs or in front of it.
typedef struct {
  const float *x;
  float *y; // may be x
  const float *signs;
  int32_t columns;
  int32_t block; // elements of a transform
  int32_t span;  // elements that a block of threads takes: whole transforms
  int32_t back;  // whether the signs come behind
  float factor;
} bitnet_hadamard;

typedef struct {
  const float *gate;
  float *out;
  int32_t columns;
  int32_t gate_stride;
} bitnet_attention_gate;

// Gated DeltaNet between its projections. A row of `mixed` is queries, keys and values, the gate, and two numbers a
// value head. A state has of each layer a matrix [key dimension][value dimension] of each value head, and then the last
// kernel - 1 inputs of the convolution, the oldest first.
enum { BITNET_DELTA_KERNEL = 8 }; // tokens that a convolution sees at most

typedef struct {
  const bitnet_entry *entries;
  const float *convolution; // [channel][kernel]
  const float *time_bias;
  const float *decay;
  const float *norm;
  float *mixed;
  float *out;
  int64_t layer_floats; // of a state, before those of the layer
  int32_t key_heads;
  int32_t value_heads;
  int32_t head_dim;
  int32_t kernel;
  int32_t mixed_stride;
  int32_t out_stride;
  int32_t grouped; // whether the heads of the result are grouped by key head
  float length;    // that queries get
  float epsilon;
} bitnet_delta;

// Brings the rows of the outputs to the front, of two buffers.
typedef struct {
  const bitnet_entry *entries;
  float *rows[2];
  int32_t columns[2];
  int32_t outputs;
} bitnet_keep_outputs;

typedef struct {
  const bitnet_entry *entries;
  const float *cosines; // [position][head_dim / 2]
  const float *sines;
  bitnet_heads heads;
  int32_t layer;
} bitnet_rope;

// What becomes of a product.
enum {
  BITNET_STORE = 0,
  BITNET_ADD = 1,
  BITNET_GATE_SQUARED_RELU = 2, // a tile's rows g and g + 8 are a gate and its up projection
  BITNET_GATE_SILU = 3,
  BITNET_ROPE = 4 // rows g and g + 8 of queries and keys are dimensions i and i + head_dim / 2
};

typedef struct {
  bitnet_ternary w;
  bitnet_norm_quantize input; // x is null where the codes are there already
  bitnet_rope rope;
  float *y;
  int32_t y_stride;
  int32_t tokens;
  int32_t tiles_per_block;
  int32_t epilogue;
} bitnet_ternary_matmul;

typedef struct {
  bitnet_grouped w;
  bitnet_norm_quantize input; // x is null where the codes are there already
  float *y;
  int32_t y_stride;
  int32_t tokens;
  int32_t tiles_per_block;
  int32_t epilogue; // anything but the rope
  int32_t slots;    // of a warp's ring, in the kernel of one token
  int32_t unused;
} bitnet_grouped_matmul;

typedef struct {
  bitnet_rope rope;
  float *qkv;
  int32_t stride;
} bitnet_rope_store;

typedef struct {
  bitnet_rope rope; // without entries nothing is turned and stored
  float *qkv;
  const float *query; // weights of the norms
  const float *key;
  int32_t stride;
  float epsilon;
} bitnet_head_norm;

typedef struct {
  const bitnet_entry *entries;
  const float *q;
  float *out;
  float *partial;     // [row][head][chunk][head_dim + 2]
  uint32_t *counters; // [row][head], zero between launches
  bitnet_heads heads;
  int32_t layer;
  int32_t q_stride;
  int32_t out_stride;
  int32_t max_chunks;
  float scale;
  int32_t window;  // positions that a query sees, its own among them
  int32_t settled; // whether only the last chunk of a row is written in this step
} bitnet_attention;

// Attention of runs. A tile is up to 64 queries of a run and a kv head: tile i is kv head i % kv_heads of run i /
// kv_heads.
typedef struct {
  const bitnet_entry *entries;
  const float *q;
  float *out;
  float *partial; // [tile of this launch][query][chunk][padded_dim]
  float *softmax; // of the same: a maximum and a sum
  bitnet_heads heads;
  int32_t layer;
  int32_t q_stride;
  int32_t out_stride;
  int32_t first_tile;
  int32_t max_chunks;
  float scale;
  int32_t window; // positions that a query sees, its own among them
} bitnet_attention_many;

enum { BITNET_SQUARED_RELU = 0, BITNET_SILU = 1, BITNET_GELU_TANH = 2 };

// All layers for one token in one launch, whose blocks wait for one another: all of them must be resident, and each
// must have tiles of every product.
enum {
  BITNET_DECODE_THREADS = 288,
  BITNET_DECODE_HIDDEN = 2560, // columns at most, of a product's input
  BITNET_DECODE_GATED = 6912,  // and of the down projection's
  BITNET_DECODE_ROWS = 256,    // of a block's tiles at most
  BITNET_DECODE_RANGES = 64,   // chunks of kv heads that a block has at most
  // Shared memory beside the weights: half tiles of the cache, codes, and the rest.
  BITNET_DECODE_SLOTS = 3,
  BITNET_DECODE_OTHER_BYTES = 5632
};

// One ternary product of a layer: its matrix is shaped as that of the other layers.
typedef struct {
  const uint32_t *units;
  const float *scales; // of each of the tiles' rows
  const float *gain;   // of the norm in front; null: no norm
} bitnet_decode_product;

typedef struct {
  bitnet_decode_product qkv;
  bitnet_decode_product output;
  bitnet_decode_product gate_up;
  bitnet_decode_product down;
} bitnet_decode_layer;

typedef struct {
  const bitnet_decode_layer *layers;
  const bitnet_entry *entries;
  const int32_t *qkv_outputs; // as in bitnet_ternary, of all layers
  const float *cosines;       // [position][head_dim / 2]
  const float *sines;
  float *x; // the residual, in and out
  // What blocks give one another, zero between launches.
  float *qkv;
  float *attended;
  float *middle; // the residual between attention and feed-forward
  float *gated;
  float *last_gated; // of the last layer; not zero between launches
  float *next;       // the residual between layers
  float *partial;    // [head][chunk][head_dim + 4]: values, maximum, sum
  bitnet_heads heads;
  int32_t layer_count;
  int32_t columns;
  int32_t gated_columns;
  int32_t max_chunks;
  int32_t activation;
  float epsilon;
  float scale; // of scores
  int32_t unused;
} bitnet_decode;

typedef struct {
  const float *gate_up;
  float *h;
  int32_t columns;
  int32_t activation;
} bitnet_gate;

// ---- Logits ----

// Candidates for the best logits: for each output a count, then room for so many ids, then for as many values. If the
// count is more than there is room for, they are not all here.
typedef struct {
  int32_t *lists;
  int32_t room;
} bitnet_candidates;

// The best logits of an output are among those that reach the k-th largest of the maxima of groups of tokens.
enum { BITNET_TOP_MOST = 256, BITNET_TOP_GROUPS = 8192, BITNET_TOP_ROOM = 1024, BITNET_TOP_LONGER_ROOM = 8192 };

typedef struct {
  uint32_t *maxima;     // [output][group], in the order of floats; null if nothing is to be chosen
  uint32_t *thresholds; // [output]; null if each block finds it anew
  bitnet_candidates candidates;
  int32_t groups;
  int32_t wanted;
} bitnet_top;

// The screen of a head is an int8 copy of it, from which both a lower and an upper bound of each logit follow
// (docs/numerics.md). An int8 head is the same, and its logits are these codes' own. A unit is 16 rows by 32 columns in
// 512 bytes: lane (g = lane / 4, t = lane % 4) of a warp owns four words, and word j, register j of the A operand of
// mma.m16n8k32, has row g + 8 (j & 1), columns 16 (j >> 1) + 4 t and the next three. The units of a tile of 16 rows
// follow one another, then those of the next tile.
enum { BITNET_SCREEN_COLUMNS = 32, BITNET_SCREEN_STEPS = 8 };

typedef struct {
  float scale;
  float residual; // at least |row - scale codes|
  float coded;    // at least |scale codes|
  float norm;     // at least |row|
} bitnet_screen_row;

typedef struct {
  uint32_t *units;
  bitnet_screen_row *rows;
  int32_t tiles;
  int32_t steps; // units of a tile, a multiple of BITNET_SCREEN_STEPS; filled up with zeros
} bitnet_screen;

// What outputs become for it: integers in two signed bytes, high and low, which are two columns of the B operand. Four
// outputs have `steps` pieces of 256 bytes, then the next four: lane (g, t) of a warp owns two words, and word j has
// column g, rows 16 j + 4 t and the next three. For each output 1 / factor, and at least |y| and |y - step z|.
typedef struct {
  uint32_t *planes; // null: none are wanted
  float *facts;     // [output][4]: step, norm, residual, gamma; of an int8 head the factor of the codes
  int32_t steps;
  int32_t columns;
  int32_t int8; // whether the integers are the int8 codes that the contract has for an int8 head
} bitnet_screen_input;

typedef struct {
  const uint8_t *table;
  bitnet_screen to;
  int64_t row_bytes;
  int32_t columns;
  int32_t rows;
} bitnet_screen_pack;

typedef struct {
  const bitnet_entry *entries; // null where rows are the outputs already
  const float *x;
  const float *gain;
  float *y;
  bitnet_screen_input screen;
  int32_t columns;
  float epsilon;
} bitnet_output_norm;

typedef struct {
  const float *y;
  bitnet_screen_input to;
} bitnet_screen_quantize;

typedef struct {
  bitnet_screen screen;
  bitnet_screen_input input;
  float *upper; // [output][row]; the logits of an int8 head
  bitnet_top top;
  int32_t rows;
  int32_t outputs;
} bitnet_screen_bounds;

typedef struct {
  const uint8_t *table;
  const float *y;
  float *logits; // [output][row], `stride` apart; of a screened head the upper bounds, of which only candidates are
                 // computed
  int64_t row_bytes;
  bitnet_top top;
  int32_t columns;
  int32_t rows;
  int32_t outputs;
  int32_t stride; // elements from the logits of an output to those of the next
} bitnet_logits;

typedef struct {
  bitnet_candidates from;
  bitnet_candidates to;
  int32_t wanted;
} bitnet_top_choose;

#endif
