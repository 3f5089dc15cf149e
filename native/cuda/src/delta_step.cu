// The steps of the states of gated DeltaNet: a thread has a column of a value head's matrix, and goes through all rows
// of a sequence. Blocks (value head, sequence).
#include "delta.h"

namespace delta {

// What a thread needs of a row.
struct Input {
  float key, query, value, kept, rate;

  INLINE void load(const bitnet_delta &p, int t, int head, int column) {
    const float *from = row(p, t);
    int at = head % p.key_heads * p.head_dim + column;
    query = fresh(from + at);
    key = fresh(from + keys(p) + at);
    value = fresh(from + values(p) + head * p.head_dim + column);
    kept = fresh(from + delta::kept(p) + head);
    rate = fresh(from + rates(p) + head);
  }
};

// An element is less, and adds to what the matrix has under the key.
INLINE void forget(float &m, float kept, float key, float &found) {
  m = m * kept;
  found = fmaf(m, key, found);
}

// It is corrected, and adds to what the matrix has under the query.
INLINE void correct(float &m, float key, float error, float query, float &read) {
  m = fmaf(key, error, m);
  read = fmaf(m, query, read);
}

} // namespace delta

// Heads of 128 dimensions: the column lies in registers.
KERNEL(delta_step_128, bitnet_delta, 128) {
  constexpr int DIM = 128;
  __shared__ float4 keys[2][DIM / 4], queries[2][DIM / 4];
  let_others_begin();
  wait_for_others();
  int head = blockIdx.x, column = threadIdx.x, row = p.entries[blockIdx.y].sequence_first;
  float m[DIM], *matrix = delta::matrix(p, row, head) + column;
#pragma unroll
  for (int i = 0; i < DIM; i++) {
    m[i] = fresh(matrix + i * DIM);
  }
  delta::Input ahead;
  ahead.load(p, row, head, column);
  for (int slot = 0; row >= 0; slot ^= 1) {
    delta::Input in = ahead;
    ((float *)keys[slot])[column] = in.key;
    ((float *)queries[slot])[column] = in.query;
    __syncthreads(); // the other slot is free as well: all are behind the step before
    float *to = delta::result(p, row, head) + column, found = 0.0f, read = 0.0f;
    row = p.entries[row].next;
    if (row >= 0) {
      ahead.load(p, row, head, column);
    }
#pragma unroll
    for (int i = 0; i < DIM; i += 4) {
      float4 k = keys[slot][i / 4];
      delta::forget(m[i], in.kept, k.x, found);
      delta::forget(m[i + 1], in.kept, k.y, found);
      delta::forget(m[i + 2], in.kept, k.z, found);
      delta::forget(m[i + 3], in.kept, k.w, found);
    }
    float error = (in.value - found) * in.rate;
#pragma unroll
    for (int i = 0; i < DIM; i += 4) {
      float4 k = keys[slot][i / 4], q = queries[slot][i / 4];
      delta::correct(m[i], k.x, error, q.x, read);
      delta::correct(m[i + 1], k.y, error, q.y, read);
      delta::correct(m[i + 2], k.z, error, q.z, read);
      delta::correct(m[i + 3], k.w, error, q.w, read);
    }
    *to = read;
  }
#pragma unroll
  for (int i = 0; i < DIM; i++) {
    matrix[i * DIM] = m[i];
  }
}

// Any other heads: the column stays in memory.
KERNEL(delta_step, bitnet_delta, 128) {
  let_others_begin();
  wait_for_others();
  int head = blockIdx.x, first = p.entries[blockIdx.y].sequence_first, dim = p.head_dim;
  for (int column = threadIdx.x; column < dim; column += blockDim.x) {
    float *matrix = delta::matrix(p, first, head) + column;
    for (int row = first; row >= 0; row = p.entries[row].next) {
      const float *queries = delta::row(p, row) + head % p.key_heads * dim, *keys = queries + delta::keys(p);
      float found = 0.0f, read = 0.0f;
      delta::Input in;
      in.load(p, row, head, column);
      for (int i = 0; i < dim; i++) {
        float m = fresh(matrix + i * dim);
        delta::forget(m, in.kept, fresh(keys + i), found);
      }
      float error = (in.value - found) * in.rate;
      for (int i = 0; i < dim; i++) {
        float m = fresh(matrix + i * dim) * in.kept;
        delta::correct(m, fresh(keys + i), error, fresh(queries + i), read);
        matrix[i * dim] = m;
      }
      delta::result(p, row, head)[column] = read;
    }
  }
}
