// TernaryMatmul with scales of groups for one token, which each block quantises for itself. A block has 16 warps: eight
// chains of the even tiles, eight of the odd ones. Every warp has a ring of its own in shared memory, which copies in
// bulk fill while the kernel in front runs, so that warps meet for the codes and for the sums alone. From compute
// capability 9.0 on.
#include "grouped.h"
#include "wide_codes.h"

namespace one_wide_token {

constexpr int WARPS = 2 * BITNET_CHAINS;
constexpr int RUN = 4;        // units of a chain that come in one copy
constexpr int MOST_SLOTS = 4; // of a warp's ring, a run each
constexpr int BATCH = 16;     // tiles that are finished together
constexpr int BATCH_ROWS = BATCH * BITNET_TILE_ROWS;
constexpr int CODE_BYTES = 2 * BITNET_CHUNK; // of a chunk
// Fours of columns that a thread has, at most: with a norm, and without (GroupedMatmul.java knows).
constexpr int NORMED = 2, OTHER = 6;
static_assert(NORMED * WARPS * 32 * 4 <= 2 * BITNET_CHAINS * BATCH_ROWS); // the row lies in the place of the sums

struct Scratch {
  float lanes[256];
  uint32_t maxima[WARPS];
  float step;
};

// What a block has in shared memory, in this order; the gain is there only if there is one.
template <bool HALVES> struct Shared {
  uint8_t *slots; // of this warp
  float *sums;    // two batches of [chain][row]
  uint8_t *codes; // chunks of [high, low][t][quarter][2] words, as the lanes of a product want them
  float *gain;

  INLINE Shared(const bitnet_grouped_matmul &p, uint8_t *memory) {
    slots = memory + threadIdx.x / 32 * p.slots * RUN * grouped::UNIT_BYTES<HALVES>;
    sums = (float *)(memory + WARPS * p.slots * RUN * grouped::UNIT_BYTES<HALVES>);
    codes = (uint8_t *)(sums + 2 * BITNET_CHAINS * BATCH_ROWS);
    gain = (float *)(codes + p.w.chunks * CODE_BYTES);
  }
};

// All threads call it; each has every 512th four of the columns. `values` has room for a row with a norm.
template <int FOURS, bool NORM>
INLINE void make_codes(const bitnet_norm_quantize &p, const float *gain, float *values, uint8_t *codes, Scratch &s) {
  constexpr int THREADS = WARPS * 32;
  int thread = threadIdx.x, lane = thread % 32;
  float4 x[FOURS];
#pragma unroll
  for (int i = 0; i < FOURS; i++) {
    int four = i * THREADS + thread;
    x[i] = four < p.columns / 4 ? fresh((const float4 *)p.x + four) : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  }
  if constexpr (NORM) {
#pragma unroll
    for (int i = 0; i < FOURS; i++) {
      ((float4 *)values)[i * THREADS + thread] = x[i];
    }
    __syncthreads();
    if (thread < 256) {
      float squares = 0.0f;
#pragma unroll 4
      for (int i = thread; i < p.columns; i += 256) {
        squares = fmaf(values[i], values[i], squares);
      }
      s.lanes[thread] = squares;
    }
    __syncthreads();
    float r = norm_factor(tree256(s.lanes), p.columns, p.epsilon);
#pragma unroll
    for (int i = 0; i < FOURS; i++) {
      int four = i * THREADS + thread;
      if (four < p.columns / 4) {
        float4 v = x[i], g = ((const float4 *)gain)[four];
        x[i] = make_float4(v.x * r * g.x, v.y * r * g.y, v.z * r * g.z, v.w * r * g.w);
      }
    }
  }
  uint32_t bits = 0;
#pragma unroll
  for (int i = 0; i < FOURS; i++) {
    bits = max_magnitude(bits, x[i]);
  }
  bits = warp_max(bits);
  if (lane == 0) {
    s.maxima[thread / 32] = bits;
  }
  __syncthreads();
  float factor = wide_factor(warp_max(s.maxima[lane % WARPS]));
  if (thread == 0) {
    s.step = 1.0f / factor;
  }
  // Columns 32 k + 16 j + 4 t and the next three of a chunk are word 8 t + 2 k + j.
  uint32_t *to = (uint32_t *)codes + thread / 32 * (CODE_BYTES / 4) + lane % 4 * 8 + lane / 8 * 2 + lane / 4 % 2;
#pragma unroll
  for (int i = 0; i < FOURS; i++) {
    if (i * THREADS + thread < p.stride / 4) {
      wide::Words words = wide::words(x[i], factor);
      to[i * WARPS * (CODE_BYTES / 4)] = words.high;
      to[i * WARPS * (CODE_BYTES / 4) + 32] = words.low;
    }
  }
  __syncthreads();
}

// The ring of a warp, and where it is in the chains of its tiles.
template <bool HALVES> struct Ring {
  static constexpr int UNIT = grouped::UNIT_BYTES<HALVES>;
  const bitnet_grouped &w;
  int tile, end, first, count; // tiles, every second one; chunks of the chain
  int at = 0;                  // in the chain
  uint8_t *slots;
  bulk_barrier *there;
  int most_slots;
  int slot = 0;
  uint32_t round = 0; // modulo 2

  INLINE Ring(const bitnet_grouped &w, int tile, int end, const grouped::Chain<HALVES> &chain, uint8_t *slots,
              bulk_barrier *there, int most_slots)
      : w(w), tile(tile), end(end), first(chain.first), count(chain.count(w.chunks)), slots(slots), there(there),
        most_slots(most_slots) {
    if (count <= 0) {
      this->tile = end;
    }
  }

  // Begins to bring the next run.
  INLINE void fetch(int to) {
    if (tile >= end) {
      return;
    }
    int units = min(RUN, count - at);
    if (threadIdx.x % 32 == 0) {
      bulk_expect(there + to, units * UNIT);
      bulk_copy(slots + to * RUN * UNIT, grouped::unit_of<HALVES>(w, tile, first) + at * UNIT, units * UNIT,
                there + to);
    }
    at += units;
    if (at == count) {
      at = 0;
      tile += 2;
    }
  }

  // The run that comes next, once it is there.
  INLINE const uint8_t *run() {
    bulk_wait(there + slot, round);
    return slots + slot * RUN * UNIT;
  }

  // The run was used by all lanes.
  INLINE void advance() {
    warp_barrier();
    fetch(slot);
    if (++slot == most_slots) {
      slot = 0;
      round ^= 1;
    }
  }
};

// N links, to the chains of rows g and g + 8: their products go on side by side. `codes` are those of the first chunk.
template <int N, bool HALVES>
INLINE void add_units(const uint8_t *units, const uint8_t *codes, const grouped::Chain<HALVES> &chain, float2 &sums) {
  constexpr int UNIT = grouped::UNIT_BYTES<HALVES>, STEP = grouped::Chain<HALVES>::STEP;
  int lane = threadIdx.x % 32;
  codes += (lane / 4 & 1) * BITNET_CHUNK + lane % 4 * 32;
  int c[N][4] = {};
#pragma unroll
  for (int n = 0; n < N; n++) {
    uint4 words = ((const uint4 *)(units + n * UNIT))[lane];
    const uint4 *b = (const uint4 *)(codes + n * STEP * CODE_BYTES);
#pragma unroll
    for (int i = 0; i < grouped::Chain<HALVES>::QUARTERS; i += 2) {
      int quarter = chain.quarter(i);
      uint4 both = b[quarter / 2];
      multiply_signed(c[n], grouped::weights_at(words, 2 * quarter), make_uint2(both.x, both.y));
      multiply_signed(c[n], grouped::weights_at(words, 2 * quarter + 2), make_uint2(both.z, both.w));
    }
  }
#pragma unroll
  for (int n = 0; n < N; n++) {
    float2 scales = chain.scales(units + n * UNIT);
    sums.x = grouped::link(c[n][0], c[n][1], scales.x, sums.x);
    sums.y = grouped::link(c[n][2], c[n][3], scales.y, sums.y);
  }
}

template <bool HALVES> INLINE void matmul(const bitnet_grouped_matmul &p, uint8_t *memory) {
  __shared__ Scratch scratch;
  __shared__ bulk_barrier barriers[WARPS][MOST_SLOTS];
  int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
  // The first blocks have a tile more than the others, if not all have as many.
  int block = blockIdx.x, most = p.tiles_per_block, full = p.w.tiles - (most - 1) * (int)gridDim.x;
  int begin = block * (most - 1) + min(block, full), end = begin + (block < full ? most : most - 1);
  Shared<HALVES> m(p, memory);
  grouped::Chain<HALVES> chain(warp % BITNET_CHAINS);

  Ring<HALVES> ring(p.w, begin + warp / BITNET_CHAINS, end, chain, m.slots, barriers[warp], p.slots);
  if (lane == 0) {
    for (int slot = 0; slot < p.slots; slot++) {
      bulk_begin(barriers[warp] + slot);
    }
  }
  warp_barrier();
  for (int slot = 0; slot < p.slots; slot++) {
    ring.fetch(slot);
  }
  if (p.input.gain) {
    for (int i = thread; i < p.input.stride / 4; i += WARPS * 32) {
      copy_ahead(m.gain + 4 * i, p.input.gain + 4 * i);
    }
  }
  copies_end();
  // A thread has one pair of rows of a batch.
  auto outputs_of = [&](int first) {
    int tile = first + thread / 8, row = tile * BITNET_TILE_ROWS + thread % 8;
    bool there = thread < BATCH * 8 && tile < end;
    return grouped::outputs_of(p, 0, there ? p.w.outputs[row] : -1, there ? p.w.outputs[row + 8] : -1);
  };
  grouped::Outputs outputs = outputs_of(begin);
  let_others_begin();
  wait_for_others();

  grouped::add_before(p.epilogue, outputs);
  copies_wait<0>(); // the gain
  if (p.input.gain) {
    make_codes<NORMED, true>(p.input, m.gain, m.sums, m.codes, scratch);
  } else {
    make_codes<OTHER, false>(p.input, m.gain, m.sums, m.codes, scratch);
  }

  const int count = ring.count;
  for (int first = begin, turn = 0; first < end; first += BATCH, turn ^= 1) {
    float *sums = m.sums + turn * BITNET_CHAINS * BATCH_ROWS;
    for (int tile = first + warp / BITNET_CHAINS; tile < min(first + BATCH, end); tile += 2) {
      float2 sum = make_float2(0.0f, 0.0f);
      const uint8_t *codes = m.codes + chain.first * CODE_BYTES;
#pragma unroll 1
      for (int left = count; left > 0; left -= RUN) {
        const uint8_t *units = ring.run();
#pragma unroll 1
        for (int n = min(RUN, left); n > 0; n -= 2) {
          if (n > 1) {
            add_units<2, HALVES>(units, codes, chain, sum);
          } else {
            add_units<1, HALVES>(units, codes, chain, sum);
          }
          units += 2 * grouped::UNIT_BYTES<HALVES>;
          codes += 2 * chain.STEP * CODE_BYTES;
        }
        ring.advance();
      }
      if (lane % 4 == 0) {
        float *to = sums + warp % BITNET_CHAINS * BATCH_ROWS + (tile - first) * BITNET_TILE_ROWS + lane / 4;
        to[0] = sum.x;
        to[8] = sum.y;
      }
    }
    __syncthreads();
    if (outputs.a || outputs.b) {
      const float *of_row = sums + thread / 8 * BITNET_TILE_ROWS + thread % 8;
      float a = of_row[0], b = of_row[8];
#pragma unroll
      for (int i = 1; i < BITNET_CHAINS; i++) {
        a += of_row[i * BATCH_ROWS];
        b += of_row[i * BATCH_ROWS + 8];
      }
      grouped::finish(p.epilogue, outputs, a, b, scratch.step);
    }
    if (first + BATCH < end) {
      outputs = outputs_of(first + BATCH);
      grouped::add_before(p.epilogue, outputs);
    }
  }
}

} // namespace one_wide_token

KERNEL(grouped_matmul_1_128, bitnet_grouped_matmul, 512, 2) {
  DYNAMIC_SHARED(memory);
  one_wide_token::matmul<false>(p, memory);
}

KERNEL(grouped_matmul_1_64, bitnet_grouped_matmul, 512, 2) {
  DYNAMIC_SHARED(memory);
  one_wide_token::matmul<true>(p, memory);
}
