// The norm and the codes of a row, by every block for itself: a row costs the wait for it, and not the arithmetic.
#ifndef BITNET_DECODE_QUANTIZE_H
#define BITNET_DECODE_QUANTIZE_H

#include "decode_block.h"
#include "decode_exchange.h"

namespace decode {

// A worker's elements of a row: columns worker, worker + 256 and so on, as the contract's partial sums have them.
template <int LENGTH> struct Row {
  float x[LENGTH];
};

template <int LENGTH> INLINE void load_gain(const float *gain, int columns, Row<LENGTH> &row) {
#pragma unroll
  for (int i = 0; i < LENGTH; i++) {
    int column = i * WORKERS + (int)threadIdx.x;
    if (gain && threadIdx.x < WORKERS && column < columns) {
      row.x[i] = gain[column];
    }
  }
}

// Loads a worker's elements; waits for those that other blocks give, unless the row is there.
template <int LENGTH> INLINE void load_row(const float *from, bool given, int columns, Row<LENGTH> &row) {
  int thread = threadIdx.x;
#pragma unroll
  for (int i = 0; i < LENGTH; i++) {
    int column = i * WORKERS + thread;
    row.x[i] = column < columns ? load_shared(from + column) : 0.0f;
  }
  for (bool all = !given; !all;) {
    all = true;
#pragma unroll
    for (int i = 0; i < LENGTH; i++) {
      int column = i * WORKERS + thread;
      if (column < columns && !is_there(row.x[i])) {
        row.x[i] = load_shared(from + column);
        all = false;
      }
    }
    if (!all) {
      others_go_on();
    }
  }
}

// Codes lie in chunks of 128 columns as the lanes of a product want them: word 8 t + 2 k + j has columns
// 32 (3 - k) + 16 j + 4 t and the three behind. Answers the byte of a column.
INLINE int code_place(int column) {
  int word = column / 4 % 32;
  return column / 128 * 128 + 4 * (word % 4 * 8 + (3 - word / 8) * 2 + word / 4 % 2) + column % 4;
}

// The first half, by all threads: the row, and the partial sums of its squares.
template <int LENGTH, typename Block>
INLINE void begin_row(const float *from, bool given, int columns, Row<LENGTH> &row, Block &m) {
  if (threadIdx.x < WORKERS) {
    load_row(from, given, columns, row);
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < LENGTH; i++) { // zeros behind the columns change nothing
      squares = fmaf(row.x[i], row.x[i], squares);
    }
    m.lanes[threadIdx.x] = squares;
  }
  __syncthreads();
}

// The second half, by the workers: answers what values were multiplied by.
template <int LENGTH, typename Block>
INLINE float quantize(Row<LENGTH> &row, int columns, bool normed, const Row<LENGTH> &gain, float epsilon, Block &m) {
  int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
  uint32_t bits = 0;
  if (normed) {
    float r = norm_factor(tree256(m.lanes), columns, epsilon);
#pragma unroll
    for (int i = 0; i < LENGTH; i++) {
      if (i * WORKERS + thread < columns) {
        row.x[i] = row.x[i] * r * gain.x[i];
      }
    }
  }
#pragma unroll
  for (int i = 0; i < LENGTH; i++) {
    bits = max_magnitude(bits, row.x[i]);
  }
  bits = warp_max(bits);
  if (lane == 0) {
    m.maxima[warp] = bits;
  }
  sync_first<WORKERS>();
  float factor = quantize_factor(warp_max(m.maxima[lane % WARPS]));
  // The products are at most 127 and a rounding: adding 1.5 * 2^23 rounds them to even, and needs no clamp.
  const float magic = 12582912.0f;
  uint32_t sum = 0;
  int8_t *codes = m.codes + code_place(thread);
#pragma unroll
  for (int i = 0; i < LENGTH; i++) {
    if (i * WORKERS + thread < columns) {
      uint32_t code = bits_of(row.x[i] * factor + magic) - bits_of(magic);
      codes[i * WORKERS] = (int8_t)code;
      sum += code;
    }
  }
  int own = warp_sum((int)sum);
  if (lane == 0) {
    m.code_sums[warp] = own;
  }
  sync_first<WORKERS>();
  return factor;
}

} // namespace decode

#endif
