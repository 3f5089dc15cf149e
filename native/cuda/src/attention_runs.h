// Runs of rows that share keys, as in prompts, in tiles of up to 64 queries of one kv head: rows by the heads that
// share its keys.
#ifndef BITNET_ATTENTION_RUNS_H
#define BITNET_ATTENTION_RUNS_H

#include "cache.h"

namespace runs_of_rows {

constexpr int QUERIES = 64;

struct Tile {
  const uint64_t *pages;
  int first_row, position_of_first;
  int kv_head, group, queries, window;
  int first_chunk, chunks; // of those that any of its queries sees
  uint32_t reciprocal;     // of the group, in 1/65536: exact for so few queries

  INLINE explicit Tile(const bitnet_attention_many &p) {
    int number = p.first_tile + (int)blockIdx.x;
    const bitnet_entry &run = p.entries[number / p.heads.kv_heads], &first = p.entries[run.run_first];
    pages = first.pages;
    first_row = run.run_first;
    position_of_first = first.position;
    kv_head = number % p.heads.kv_heads;
    group = p.heads.heads / p.heads.kv_heads;
    reciprocal = 65536u / (uint32_t)group + 1;
    queries = run.run_rows * group;
    window = p.window;
    first_chunk = first_seen(position_of_first, window) / BITNET_PAGE;
    chunks = (position_of_first + run.run_rows - 1) / BITNET_PAGE + 1 - first_chunk;
  }

  INLINE int row_of_run(int query) const { return (int)((uint32_t)query * reciprocal >> 16); }
  INLINE int position(int query) const { return position_of_first + row_of_run(query); }
  INLINE int first_position(int query) const { return first_seen(position(query), window); }
  // Where a chunk begins.
  INLINE int position_of(int chunk) const { return (first_chunk + chunk) * BITNET_PAGE; }
  INLINE int64_t row(int query) const { return first_row + row_of_run(query); }
  INLINE int head(int query) const { return kv_head * group + query - row_of_run(query) * group; }
};

// Where a query's chunk, counted from the tile's first, is in `partial` (elements of padded_dim) and in `softmax`.
INLINE int64_t place_of(const bitnet_attention_many &p, int query, int chunk) {
  return ((int64_t)blockIdx.x * QUERIES + query) * p.max_chunks + chunk;
}

} // namespace runs_of_rows

#endif
