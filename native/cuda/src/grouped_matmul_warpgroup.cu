// TernaryMatmul with scales of groups for many tokens on compute capability 9.0: a block has GROUPS warpgroups of 64
// rows each, and N tokens, which are twice as many columns. A thread of one warpgroup more brings codes to shared
// memory, and runs of units. The chains are taken one after the other, so that one is in registers, and with few tokens
// the sum of those before it; with more it lies in shared memory.
#include "grouped.h"
#include "units.h"
#include "warpgroup.h"

namespace wide_warpgroups {

constexpr int GROUP = 128, GROUP_TILES = 4, UNIT = grouped::UNIT_BYTES<false>;
constexpr int RUN = 4; // units of a chain that come in one copy

// What the sums of a warp need, brought before its products.
template <int N> struct Facts {
  float steps[N];
  int outputs[BITNET_TILE_ROWS];

  INLINE void load(const bitnet_grouped_matmul &p, int unit_tile, int token) {
    int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < N; i += 32) {
      steps[i + lane] = token + i + lane < p.tokens ? fresh(p.input.factors + token + i + lane) : 0.0f;
    }
    if (lane < BITNET_TILE_ROWS) {
      outputs[lane] = unit_tile < p.w.tiles ? p.w.outputs[unit_tile * BITNET_TILE_ROWS + lane] : -1;
    }
    warp_barrier();
  }
};

template <int N, int GROUPS> struct Shared {
  static constexpr int STAGES = N > 64 ? 3 : 6, RUNS = 2, CONSUMERS = GROUPS * GROUP, TILES = GROUPS * GROUP_TILES;
  uint8_t codes[STAGES][2 * N * BITNET_CHUNK];
  uint8_t units[RUNS][TILES][RUN * UNIT];
  float sums[N / 2][CONSUMERS];
  Facts<N> facts[CONSUMERS / 32];
  bulk_barrier full[STAGES], empty[STAGES], run_full[RUNS], run_empty[RUNS];
};

// Tiles of the product: tokens change first, so that blocks that run at once share weights.
template <int N, int GROUPS> struct Work {
  int columns, tiles;

  INLINE explicit Work(const bitnet_grouped_matmul &p)
      : columns((p.tokens + N - 1) / N),
        tiles((p.w.tiles + GROUPS * GROUP_TILES - 1) / (GROUPS * GROUP_TILES) * columns) {}

  INLINE int unit_tile(int tile) const { return tile / columns * (GROUPS * GROUP_TILES); }
  INLINE int token(int tile) const { return tile % columns * N; }
};

template <int SLOTS> struct Ring {
  int slot = 0;
  uint32_t round = 0; // modulo 2

  INLINE void advance() {
    if (++slot == SLOTS) {
      slot = 0;
      round ^= 1;
    }
  }
};

// Chunks of a chain.
INLINE int chain_length(int chunks, int chain) {
  return (chunks - chain + BITNET_CHAINS - 1) / BITNET_CHAINS;
}

template <int N, int GROUPS> INLINE void produce(const bitnet_grouped_matmul &p, Shared<N, GROUPS> &m) {
  using S = Shared<N, GROUPS>;
  Work<N, GROUPS> work(p);
  Ring<S::STAGES> codes;
  Ring<S::RUNS> runs;
  constexpr uint32_t CODES = 2 * N * BITNET_CHUNK;
  for (int tile = (int)blockIdx.x; tile < work.tiles; tile += (int)gridDim.x) {
    for (int chain = 0; chain < min(BITNET_CHAINS, p.w.chunks); chain++) {
      int length = chain_length(p.w.chunks, chain);
      for (int first = 0; first < length; first += RUN, runs.advance()) {
        int units = min(RUN, length - first);
        bulk_wait(m.run_empty + runs.slot, runs.round ^ 1);
        bulk_expect(m.run_full + runs.slot, (uint32_t)(S::TILES * units * UNIT));
        for (int i = 0; i < S::TILES; i++) {
          int unit_tile = min(work.unit_tile(tile) + i, p.w.tiles - 1);
          bulk_copy(m.units[runs.slot][i], grouped::unit_of<false>(p.w, unit_tile, chain) + first * UNIT,
                    (uint32_t)(units * UNIT), m.run_full + runs.slot);
        }
        for (int i = 0; i < units; i++, codes.advance()) {
          bulk_wait(m.empty + codes.slot, codes.round ^ 1);
          bulk_expect(m.full + codes.slot, CODES);
          bulk_copy(m.codes[codes.slot],
                    codes_of_chunk(p.input, 2 * work.token(tile), chain + (first + i) * BITNET_CHAINS), CODES,
                    m.full + codes.slot);
        }
      }
    }
  }
}

// What becomes of the sums of a thread: rows g and g + 8 of a tile for each fourth token.
template <int N, int KIND, int THREADS>
INLINE void finish(const bitnet_grouped_matmul &p, const Facts<N> &facts, int token,
                   const float (&sums)[N / 2][THREADS]) {
  constexpr int AT_ONCE = KIND == BITNET_ADD ? 16 : 4; // those are waited for
  int thread = threadIdx.x, g = thread % 32 / 4, t = thread % 4, a = facts.outputs[g], b = facts.outputs[g + 8];
  float *to = p.y + (int64_t)(token + t) * p.y_stride;
  int tokens = p.tokens - token - t;
#pragma unroll 1
  for (int n = 0; n < N / 4; n += AT_ONCE) {
    grouped::Outputs outputs[AT_ONCE];
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      bool there = 4 * (n + i) < tokens;
      outputs[i] = {there && a >= 0 ? to + a : nullptr, there && b >= 0 ? to + b : nullptr, 0.0f, 0.0f};
      grouped::add_before(KIND, outputs[i]);
      to += 4 * (int64_t)p.y_stride;
    }
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      grouped::finish(KIND, outputs[i], sums[2 * (n + i)][thread], sums[2 * (n + i) + 1][thread],
                      facts.steps[4 * (n + i) + t]);
    }
  }
}

template <int N, int GROUPS> INLINE void consume(const bitnet_grouped_matmul &p, Shared<N, GROUPS> &m) {
  using S = Shared<N, GROUPS>;
  constexpr bool SUMS_HERE = N <= 64; // in registers
  Work<N, GROUPS> work(p);
  Ring<S::STAGES> ring;
  Ring<S::RUNS> runs;
  grouped::Chain<false> rows(0);
  int thread = threadIdx.x, warp = thread / 32, lane = thread % 32;
  for (int tile = (int)blockIdx.x; tile < work.tiles; tile += (int)gridDim.x) {
    Facts<N> &facts = m.facts[warp];
    facts.load(p, work.unit_tile(tile) + warp, work.token(tile));
    float sums[SUMS_HERE ? N / 2 : 1] = {};
#pragma unroll 1
    for (int chain = 0; chain < min(BITNET_CHAINS, p.w.chunks); chain++) {
      float links[N / 2] = {};
      int length = chain_length(p.w.chunks, chain);
#pragma unroll 1
      for (int at = 0; at < length; at++, ring.advance()) {
        if (at % RUN == 0) {
          bulk_wait(m.run_full + runs.slot, runs.round);
        }
        const uint8_t *unit = m.units[runs.slot][warp] + at % RUN * UNIT;
        uint4 words = ((const uint4 *)unit)[lane], weights[4];
        float2 scales = rows.scales(unit);
#pragma unroll
        for (int k = 0; k < 4; k++) {
          weights[k] = grouped::weights_at(words, 2 * k);
        }
        const uint8_t *codes = m.codes[ring.slot];
        int c[N];
        bulk_wait(m.full + ring.slot, ring.round);
        products_begin();
        multiply_warpgroup_signed<2 * N, true>(c, weights[0], codes, 0);
        multiply_warpgroup_signed<2 * N, false>(c, weights[1], codes, 1);
        multiply_warpgroup_signed<2 * N, false>(c, weights[2], codes, 2);
        multiply_warpgroup_signed<2 * N, false>(c, weights[3], codes, 3);
        products_end();
        products_wait<0>();
        bool run_ends = at % RUN == RUN - 1 || at + 1 == length;
        warp_barrier(); // all lanes have read
        if (lane == 0) {
          bulk_arrive(m.empty + ring.slot);
          if (run_ends) {
            bulk_arrive(m.run_empty + runs.slot);
          }
        }
        if (run_ends) {
          runs.advance();
        }
#pragma unroll
        for (int i = 0; i < N / 2; i++) {
          links[i] = grouped::link(c[2 * i], c[2 * i + 1], i % 2 ? scales.y : scales.x, links[i]);
        }
      }
#pragma unroll
      for (int i = 0; i < N / 2; i++) {
        if constexpr (SUMS_HERE) {
          sums[i] += links[i]; // the first to +0, which changes nothing
        } else {
          m.sums[i][thread] = chain == 0 ? links[i] : m.sums[i][thread] + links[i];
        }
      }
    }
    if constexpr (SUMS_HERE) {
#pragma unroll
      for (int i = 0; i < N / 2; i++) {
        m.sums[i][thread] = sums[i];
      }
    }
    switch (p.epilogue) {
    case BITNET_STORE:
      finish<N, BITNET_STORE>(p, facts, work.token(tile), m.sums);
      break;
    case BITNET_ADD:
      finish<N, BITNET_ADD>(p, facts, work.token(tile), m.sums);
      break;
    case BITNET_GATE_SILU:
      finish<N, BITNET_GATE_SILU>(p, facts, work.token(tile), m.sums);
      break;
    default:
      finish<N, BITNET_GATE_SQUARED_RELU>(p, facts, work.token(tile), m.sums);
    }
    warp_barrier(); // before the next facts
  }
}

template <int N, int GROUPS> INLINE void matmul(const bitnet_grouped_matmul &p, uint8_t *memory) {
  if constexpr (HAS_WARPGROUPS) {
    using S = Shared<N, GROUPS>;
    S &m = *(S *)(memory + (-(uintptr_t)memory & 1023));
    if (threadIdx.x == 0) {
      for (int i = 0; i < S::STAGES; i++) {
        bulk_begin(m.full + i);
        bulk_begin(m.empty + i, S::CONSUMERS / 32);
      }
      for (int i = 0; i < S::RUNS; i++) {
        bulk_begin(m.run_full + i);
        bulk_begin(m.run_empty + i, S::CONSUMERS / 32);
      }
    }
    __syncthreads();
    let_others_begin();
    if (threadIdx.x < S::CONSUMERS) {
      more_registers<GROUPS == 3 ? 152 : 232>();
      wait_for_others();
      consume<N, GROUPS>(p, m);
      return;
    }
    fewer_registers<GROUPS == 3 ? 56 : 40>();
    wait_for_others();
    if (threadIdx.x == S::CONSUMERS) {
      produce<N, GROUPS>(p, m);
    }
  }
}

} // namespace wide_warpgroups

// Of 192 rows by 64 tokens, and of 128 by 128.
KERNEL(grouped_matmul_warpgroup_64, bitnet_grouped_matmul, 512, 1) {
  DYNAMIC_SHARED(memory);
  wide_warpgroups::matmul<64, 3>(p, memory);
}

KERNEL(grouped_matmul_warpgroup_128, bitnet_grouped_matmul, 384, 1) {
  DYNAMIC_SHARED(memory);
  wide_warpgroups::matmul<128, 2>(p, memory);
}
