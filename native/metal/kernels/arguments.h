// What the host and the kernels agree on: names, buffers, constants, grids, layouts. Read by Metal and by C++.
//
// Conventions
// - Index 0 of every kernel is its constants (setBytes); the buffers follow from index 1 in the order listed. All of
//   them must be bound. "in" is only read.
// - Grids are given as threadgroups (x, y, z) of so many threads, for dispatchThreadgroups. No kernel takes threadgroup
//   memory from outside. A simdgroup has 32 threads: check threadExecutionWidth of the pipeline.
// - Rows of floats lie `columns` floats apart, without padding. Buffers are bound at offsets that are multiples of 4
//   bytes, those of qkv and the addresses of tables and pages are multiples of 8, those of packed weights and of codes
//   of 16.
// - Kernels of a step run one after another (a serial compute encoder): each reads what the one before it wrote.
// - Counts are below 2^31; products of them are computed in 64 bits.
// - Files are compiled as one library: all headers, then all .metal files, without the #include "..." lines.
#ifndef BITNET_METAL_ARGUMENTS_H
#define BITNET_METAL_ARGUMENTS_H

#ifdef __METAL_VERSION__
#include <metal_stdlib>
#define BITNET_ADDRESS(type) device type *
#else
#include <cstdint>
// MTLBuffer.gpuAddress
#define BITNET_ADDRESS(type) uint64_t
#endif

namespace bitnet {

// The sizes of tiles, in one place: grids and buffers of the host follow from them.
enum : uint32_t {
  SIMD = 32,        // threads of a simdgroup
  ROW_THREADS = 256 // threads that share a row of floats, one for each partial sum of sum256
};
enum : uint32_t {
  ELEMENT_THREADS = 256, // threads of kernels with a thread for each element
  TERNARY_THREADS = 128,
  LOGITS_THREADS = 256,
  ATTENTION_THREADS = 128
};
enum : uint32_t {
  TERNARY_ROW_BLOCK = 64,    // rows of a packed matrix are padded to a multiple of it
  TERNARY_COLUMN_BLOCK = 32, // so are columns, and rows of codes
  WIDE_COLUMN_BLOCK = 128,   // the same of matrices with scales of groups, and of wide codes
  GROUPED_CHAINS = 8,        // chains of a sum over groups
  TERNARY_FEW_ROWS = 16,     // rows of a threadgroup of ternary_matmul_one and _few
  TERNARY_FEW_TOKENS = 4,    // tokens of a threadgroup of ternary_matmul_few
  TERNARY_TILE_ROWS = 64,    // rows of a threadgroup of ternary_matmul_tiles
  TERNARY_TILE_TOKENS = 32,  // tokens of a threadgroup of ternary_matmul_tiles
  TERNARY_MOST_FEW = 8,      // up to so many tokens ternary_matmul_few is the kernel to take, above it _tiles
  LOGITS_ROWS = 8,           // rows of the head of a threadgroup: one each simdgroup
  LOGITS_OUTPUTS = 4,        // outputs of a threadgroup
  KV_PAGE = 64,              // positions of a page of the cache, and of a chunk of the softmax
  ATTENTION_FEW = 4,         // query rows of a threadgroup of attention_chunks_few_*: one each simdgroup
  ATTENTION_MANY = 32        // query rows of a threadgroup of attention_chunks_many_*: eight each simdgroup
};

// ---- Step ----

// An entry of a sequence's table: where the page of KV_PAGE positions lies.
struct CachePage {
  BITNET_ADDRESS(uchar) data;
};

// A row of a step. The cache is the address of its sequence's table of pages; the host makes all tables and pages of
// the step resident (useResource). Consecutive rows of a sequence have the same one, at ascending positions.
struct StepRow {
  BITNET_ADDRESS(CachePage) cache;
  uint32_t token; // below the rows of the embedding
  uint32_t position;
};

// ---- Embed: embed_f32 _f16 _bf16 _q8_0 _q6_k _q5_0 _q4_0 ----
// x[row] = table[token]
//   1 StepRow[rows] in   2 table in, as it lies in the file   3 float x[rows][columns]
// Grid (ceil(columns / ELEMENT_THREADS), rows) of ELEMENT_THREADS.
struct EmbedArguments {
  uint32_t columns; // a multiple of the type's block
};

// ---- NormQuantize, Quantize: norm_quantize, quantize ----
// Row t of codes is at t * ternary_columns(columns), padded with zeros; factor[t] = 127 / max(1e-5, max |x|).
// norm_quantize: 1 float x[rows][columns] in   2 float gain[columns] in   3 char codes   4 float factors[rows]
// quantize:      1 float x[rows][columns] in   2 char codes   3 float factors[rows]
// Grid (rows) of ROW_THREADS.
struct QuantizeArguments {
  uint32_t columns;
  float epsilon; // of norm_quantize
};

// ---- The same for wide activations: wide_norm_quantize, wide_quantize ----
// Row t of codes is at t * wide_columns(columns), padded with zeros; step[t] = 1 / (2047 / max(2^-64, max |x|)).
// wide_norm_quantize: 1 float x[rows][columns] in   2 float gain[columns] in   3 short codes   4 float steps[rows]
// wide_quantize:      1 float x[rows][columns] in   2 short codes   3 float steps[rows]
// Grid (rows) of ROW_THREADS. QuantizeArguments.

// ---- OutputNorm: output_norm ----
// y[i] = rmsNorm(x[rows[i]]) * gain
//   1 float x[][columns] in   2 float gain[columns] in   3 uint rows[outputs] in   4 float y[outputs][columns]
// Grid (outputs) of ROW_THREADS. QuantizeArguments.

// ---- TernaryMatmul: ternary_matmul_one, ternary_matmul_few, ternary_matmul_tiles ----
// y[t][r] = float(sum of w[r][k] * q[t][k]) * (scales[r] / factors[t]), or that added to y[t][r]
//   1 packed in (16-byte offset)   2 char codes in (16-byte offset)   3 float factors[tokens] in
//   4 float scales[rows] in, the weight scale of each row   5 float y[tokens][rows]
// ternary_matmul_one:   any number of tokens, one a threadgroup; for a single one.
//                       Grid (ceil(rows / TERNARY_FEW_ROWS), tokens) of TERNARY_THREADS.
// ternary_matmul_few:   Grid (ceil(rows / TERNARY_FEW_ROWS), ceil(tokens / TERNARY_FEW_TOKENS)) of TERNARY_THREADS.
// ternary_matmul_tiles: Grid (ceil(rows / TERNARY_TILE_ROWS), ceil(tokens / TERNARY_TILE_TOKENS)) of TERNARY_THREADS.
//
// Packed weights: two bits each in two's complement (11, 00, 01), sixteen of a row in a word, the first in the highest
// bits. Words of four rows lie side by side: the word of row r and columns 16 c .. 16 c + 15 is at
// ((r / 4) * (ternary_columns / 16) + c) * 4 + r % 4. So one 16-byte load of a lane has four rows for one set of
// activations, and neighbouring lanes read neighbouring addresses. The highest two bits of a shifted word are the float
// 2.0, 0.0 or -2.0: unpacking is a shift and a mask.
struct TernaryArguments {
  uint32_t rows;
  uint32_t columns;
  uint32_t tokens;
  uint32_t add; // 1: to what is in y
};

// ---- TernaryPack: ternary_pack ----
// Brings rows of the canonical layout (bitnet.tensor.TernaryLayout) into the packed one, as rows `row`, `row` + 1, ...
// of the matrix: one dispatch for each tensor of a stack. Words of rows that nobody packs must be 0.
//   1 uchar canonical[count][32 * ceil(columns / 128)] in   2 uint packed
// Grid (ceil(ternary_columns(columns) / 16 / ELEMENT_THREADS), count) of ELEMENT_THREADS.
struct TernaryPackArguments {
  uint32_t columns;
  uint32_t row;
};

// ---- TernaryMatmul by wide codes: grouped_matmul_one, grouped_matmul_few, grouped_matmul_tiles ----
// y[t][r] = sum over the groups of a row, in eight chains, of (sum of w[r][k] * q[t][k]) * scale, times steps[t]; or
// that added to y[t][r]
//   1 packed in (16-byte offset)   2 half scales in (8-byte offset)   3 short codes in (16-byte offset)
//   4 float steps[tokens] in   5 float y[tokens][rows]
// Grids as of ternary_matmul_one, _few and _tiles.
//
// Packed weights: as above, but each two bits are the weight plus 1 (0 to 3), and a row has wide_columns(columns) of
// them. The scales of four rows lie side by side as well: that of row r and group g is at
// ((r / 4) * (wide_columns / group) + g) * 4 + r % 4. Those of groups past the last one are 0.
struct GroupedArguments {
  uint32_t rows;
  uint32_t columns;
  uint32_t tokens;
  uint32_t add;   // 1: to what is in y
  uint32_t group; // columns of a group: 64 or 128
};

// ---- TernaryPack with scales of groups: grouped_pack ----
// As ternary_pack. Words and scales of rows that nobody packs must be 0.
//   1 uchar canonical[count][32 * ceil(columns / 128)] in   2 ushort scales[count][ceil(columns / group)] in
//   3 uint packed   4 ushort packed scales
// Grid (ceil(wide_columns(columns) / 16 / ELEMENT_THREADS), count) of ELEMENT_THREADS.
struct GroupedPackArguments {
  uint32_t columns;
  uint32_t row;
  uint32_t group;
};

// ---- Embed of a ternary table: grouped_embed ----
//   1 StepRow[rows] in   2 packed in   3 half scales in   4 float x[rows][columns]
// Grid (ceil(columns / ELEMENT_THREADS), rows) of ELEMENT_THREADS. GroupedArguments, of the table.

// ---- HeadNorm: head_norm ----
// RMSNorm of each query head and each key head of qkv, in place.
//   1 float query gain[head_dim] in   2 float key gain[head_dim] in
//   3 float qkv[rows][(heads + 2 * kv_heads) * head_dim]
// Grid (heads + kv_heads, rows) of ROW_THREADS.
struct HeadNormArguments {
  uint32_t heads;
  uint32_t kv_heads;
  uint32_t head_dim;
  float epsilon;
};

// ---- RopeStore: rope_store_f16, rope_store_f32 (the type of the cache) ----
// Rotates queries and keys of qkv in place, and stores keys and values in the rows' caches.
//   1 StepRow[rows] in   2 float rope[positions][head_dim]: all cosines of a position, then its sines; in
//   3 float qkv[rows][(heads + 2 * kv_heads) * head_dim]
// Grid (ceil(head_dim / 2 * (heads + 2 * kv_heads) / ELEMENT_THREADS), rows) of ELEMENT_THREADS.
//
// A cache is pages of KV_PAGE positions; in a page layer by layer, in a layer head by head: the head's keys
// [head_dim][KV_PAGE], then its values [KV_PAGE][head_dim]. Sequences share pages that are only read. New pages may
// hold anything.
struct RopeArguments {
  uint32_t layer;
  uint32_t layers;
  uint32_t heads;
  uint32_t kv_heads;
  uint32_t head_dim; // even
};

// ---- Attention: attention_chunks_few_f16 _few_f32 _many_f16 _many_f32, then attention_combine ----
// First each chunk of positions for itself, then the chunks of each query in order. Query rows of a tile are all heads
// of one kv head for `count` step rows from `first` on, which belong to one sequence: query i is row first + i / group,
// head kv_head * group + i % group, where group = heads / kv_heads. A tile may have any count; threadgroups take
// ATTENTION_FEW or ATTENTION_MANY of its queries each.
//   1 StepRow[rows] in   2 AttentionTile[tiles] in   3 float qkv[rows][(heads + 2 * kv_heads) * head_dim] in
//   4 float partial
// Grid (chunks, kv_heads * parts, tiles) of ATTENTION_THREADS. chunks = max position of the tiles' rows / KV_PAGE + 1;
// parts = ceil(max count * group / ATTENTION_FEW or ATTENTION_MANY). Take _few where max count * group <= 16.
// partial has for each tile row (numbered by AttentionTile.partial_row), head and chunk: head_dim output sums, the
// maximum, the sum of weights: attention_partial_floats(). To bound it, run the tiles in several pairs of dispatches.
//
// attention_combine: 1 StepRow[rows] in   2 AttentionTile[tiles] in   3 float partial in
//                    4 float out[rows][heads * head_dim]
// Grid (heads, max count, tiles) of SIMD.
struct AttentionTile {
  uint32_t first;
  uint32_t count;
  uint32_t partial_row; // the sum of the counts of the tiles before it in the same dispatch
};
struct AttentionArguments {
  uint32_t layer;
  uint32_t layers;
  uint32_t heads;
  uint32_t kv_heads;
  uint32_t head_dim;
  uint32_t chunks; // of the grid
  uint32_t parts;  // of the grid
  float scale;     // float(1 / sqrt(double(head_dim)))
};

// ---- Gate: gate_squared_relu, gate_silu ----
// h[t][i] = activation(gate_up[t][i]) * gate_up[t][columns + i]
//   1 float gate_up[rows][2 * columns] in   2 float h[rows][columns]
// Grid (ceil(columns / ELEMENT_THREADS), rows) of ELEMENT_THREADS.
struct GateArguments {
  uint32_t columns;
};

// ---- Logits: logits_f32 _f16 _bf16 _q8_0 _q6_k _q5_0 _q4_0 ----
// logits[i][r] = sum256(table[r] * y[i])
//   1 table in, as it lies in the file   2 float y[outputs][columns] in   3 float logits[outputs][rows]
// Grid (ceil(rows / LOGITS_ROWS), ceil(outputs / LOGITS_OUTPUTS)) of LOGITS_THREADS.
struct LogitsArguments {
  uint32_t rows;
  uint32_t columns;
  uint32_t outputs;
};

// ---- Sizes ----

#ifdef __METAL_VERSION__
#define BITNET_SIZE inline
#else
#define BITNET_SIZE constexpr
#endif

BITNET_SIZE uint32_t ternary_columns(uint32_t columns) {
  return (columns + TERNARY_COLUMN_BLOCK - 1) / TERNARY_COLUMN_BLOCK * TERNARY_COLUMN_BLOCK;
}
BITNET_SIZE uint64_t ternary_packed_bytes(uint32_t rows, uint32_t columns) {
  return uint64_t(rows + TERNARY_ROW_BLOCK - 1) / TERNARY_ROW_BLOCK * TERNARY_ROW_BLOCK * ternary_columns(columns) / 4;
}
BITNET_SIZE uint32_t wide_columns(uint32_t columns) {
  return (columns + WIDE_COLUMN_BLOCK - 1) / WIDE_COLUMN_BLOCK * WIDE_COLUMN_BLOCK;
}
BITNET_SIZE uint64_t grouped_packed_bytes(uint32_t rows, uint32_t columns) {
  return ternary_packed_bytes(rows, wide_columns(columns));
}
BITNET_SIZE uint64_t grouped_scale_bytes(uint32_t rows, uint32_t columns, uint32_t group) {
  return uint64_t(rows + TERNARY_ROW_BLOCK - 1) / TERNARY_ROW_BLOCK * TERNARY_ROW_BLOCK *
         (wide_columns(columns) / group) * 2;
}
BITNET_SIZE uint64_t kv_page_elements(uint32_t layers, uint32_t kv_heads, uint32_t head_dim) {
  return uint64_t(layers) * kv_heads * 2 * KV_PAGE * head_dim;
}
// Floats that attention needs for one row.
BITNET_SIZE uint64_t attention_partial_floats(uint32_t heads, uint32_t head_dim, uint32_t chunks) {
  return uint64_t(heads) * chunks * (head_dim + 2);
}

} // namespace bitnet

#endif
