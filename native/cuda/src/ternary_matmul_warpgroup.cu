// TernaryMatmul for many tokens on compute capability 9.0: a tile is 256 rows by N tokens. Four warpgroups have 64 rows
// each, whose weights come straight to their registers; one thread of a fifth brings codes to shared memory, chunk by
// chunk, and no warpgroup waits for another: while one unpacks its weights the tensor cores have the products of the
// others. Where there are fewer tiles than multiprocessors the blocks of a cluster share the chunks of a tile, and
// then, each for a part of the tokens, add up their sums.
#include "epilogue.h"
#include "units.h"
#include "warpgroup.h"

namespace warpgroups {

constexpr int GROUPS = 4, GROUP = 128, CONSUMERS = GROUPS * GROUP, THREADS = CONSUMERS + GROUP;
constexpr int GROUP_WARPS = 4, TILES = GROUPS * GROUP_WARPS, PAIRS = 32; // of rows of a warpgroup, 8 apart

// What the sums of a token need; scales are those of a warpgroup's first rows, which mostly are those of all its rows.
struct Facts {
  Place place;
  float factor;
  int excess;
  float2 scales;
};

template <int N> struct Shared {
  static constexpr int STAGES = N == 128 ? 4 : 8;
  uint8_t stages[STAGES][N * BITNET_CHUNK];
  int2 sums[GROUPS][N][PAIRS + 2]; // 2 more, so that the lanes that write at once use different banks
  Facts facts[GROUPS][N];
  bulk_barrier full[STAGES], empty[STAGES];
};

// The block's share of the work: tiles blockIdx.x, blockIdx.x + gridDim.x, ..., of each the chunks first .. last - 1.
template <int N> struct Work {
  const bitnet_ternary_matmul &p;
  int first, last, columns, tiles;

  INLINE explicit Work(const bitnet_ternary_matmul &p)
      : p(p), first(p.w.chunks * (int)blockIdx.z / (int)gridDim.z),
        last(p.w.chunks * ((int)blockIdx.z + 1) / (int)gridDim.z), columns((p.tokens + N - 1) / N),
        tiles((p.w.tiles + TILES - 1) / TILES * columns) {}

  INLINE int unit_tile(int tile) const { return tile / columns * TILES; }
  INLINE int token(int tile) const { return tile % columns * N; }
};

// Where a thread is in the ring of stages.
template <int N> struct Ring {
  int stage = 0;
  uint32_t round = 0; // modulo 2

  INLINE void advance() {
    if (++stage == Shared<N>::STAGES) {
      stage = 0;
      round ^= 1;
    }
  }
};

template <int N> INLINE void produce(const bitnet_ternary_matmul &p, Shared<N> &m, const Work<N> &work) {
  Ring<N> ring;
  for (int tile = (int)blockIdx.x; tile < work.tiles; tile += (int)gridDim.x) {
    for (int chunk = work.first; chunk < work.last; chunk++, ring.advance()) {
      bulk_barrier *full = m.full + ring.stage;
      bulk_wait(m.empty + ring.stage, ring.round ^ 1);
      bulk_expect(full, N * BITNET_CHUNK);
      bulk_copy(m.stages[ring.stage], codes_of_chunk(p.input, work.token(tile), chunk), N * BITNET_CHUNK, full);
    }
  }
}

// What becomes of the sums of a warpgroup's rows: a lane has a pair of rows, a warp every fourth of the block's share
// of the tokens.
template <int N, int KIND>
INLINE void finish(const bitnet_ternary_matmul &p, const Shared<N> &m, int thread, int token, OutputRow low,
                   OutputRow high, bool as_first) {
  constexpr int AT_ONCE = KIND == BITNET_ROPE ? 2 : 4; // tokens that are asked for what they need before one goes on
  int group = thread / GROUP, lane = thread % 32, split = (int)gridDim.z, rank = (int)blockIdx.z;
  int first = N * rank / split, last = min(N * (rank + 1) / split, p.tokens - token);
  RowPair rows = row_pair(KIND, p, low, high);
#pragma unroll 1
  for (int from = first + thread % GROUP / 32; from < last; from += GROUP_WARPS * AT_ONCE) {
    Outputs outputs[AT_ONCE];
    int2 sums[AT_ONCE];
    auto own = [&](int i) { return min(from + GROUP_WARPS * i, last - 1); };
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      outputs[i] = outputs_of(KIND, p, token + own(i), m.facts[group][own(i)].place, rows);
      add_before(KIND, outputs[i]);
      sums[i] = m.sums[group][own(i)][lane];
    }
#pragma unroll 1
    for (int other = rank + 1; other < rank + split; other++) {
#pragma unroll
      for (int i = 0; i < AT_ONCE; i++) {
        int2 more = load_peer(&m.sums[group][own(i)][lane], other < split ? other : other - split);
        sums[i] = {sums[i].x + more.x, sums[i].y + more.y};
      }
    }
#pragma unroll
    for (int i = 0; i < AT_ONCE; i++) {
      if (from + GROUP_WARPS * i < last) {
        const Facts &facts = m.facts[group][own(i)];
        float2 scales = as_first ? facts.scales : scales_over(low.scale, high.scale, facts.factor);
        epilogue(KIND, outputs[i], sums[i].x - facts.excess, sums[i].y - facts.excess, scales);
      }
    }
  }
}

template <int N>
INLINE void finish(const bitnet_ternary_matmul &p, Shared<N> &m, int thread, int unit_tile, int token) {
  int group = thread / GROUP, lane = thread % 32, of_group = thread % GROUP;
  auto row_of = [&](int i) {
    return (int64_t)min(unit_tile + group * GROUP_WARPS + i / 8, p.w.tiles - 1) * BITNET_TILE_ROWS + i % 8;
  };
  float first_low = p.w.scales[row_of(0)], first_high = p.w.scales[row_of(0) + 8];
  OutputRow low = output_row(p, row_of(lane)), high = output_row(p, row_of(lane) + 8);
  if (of_group < N) {
    Token facts = token_of(p, min(token + of_group, p.tokens - 1));
    m.facts[group][of_group] = {facts.place, facts.factor, facts.excess,
                                scales_over(first_low, first_high, facts.factor)};
  }
  if (gridDim.z > 1) {
    sync_cluster();
  } else {
    sync_warpgroup();
  }
  if (unit_tile + group * GROUP_WARPS + lane / 8 < p.w.tiles) {
    bool as_first = low.scale == first_low && high.scale == first_high;
    switch (p.epilogue) {
    case BITNET_STORE:
      finish<N, BITNET_STORE>(p, m, thread, token, low, high, as_first);
      break;
    case BITNET_ADD:
      finish<N, BITNET_ADD>(p, m, thread, token, low, high, as_first);
      break;
    case BITNET_GATE_SQUARED_RELU:
      finish<N, BITNET_GATE_SQUARED_RELU>(p, m, thread, token, low, high, as_first);
      break;
    case BITNET_GATE_SILU:
      finish<N, BITNET_GATE_SILU>(p, m, thread, token, low, high, as_first);
      break;
    default:
      finish<N, BITNET_ROPE>(p, m, thread, token, low, high, as_first);
    }
  }
  if (gridDim.z > 1) {
    meet_cluster(); // the others have read this block's sums
  } else {
    sync_warpgroup();
  }
}

template <int N> INLINE void consume(const bitnet_ternary_matmul &p, Shared<N> &m, const Work<N> &work) {
  constexpr int AHEAD = N == 128 ? 2 : 4; // chunks
  auto weights_of = [&](int tile) {
    int unit_tile = min(work.unit_tile(tile) + (int)threadIdx.x / 32, p.w.tiles - 1);
    return (const uint4 *)p.w.units + ((int64_t)unit_tile * p.w.chunks + work.first) * 32;
  };
  auto bring_weights_near = [&](int tile) {
    if (threadIdx.x % 32 == 0 && tile < work.tiles) {
      bring_near(weights_of(tile), (work.last - work.first) * BITNET_UNIT_BYTES);
    }
  };
  bring_weights_near((int)blockIdx.x);
  Ring<N> ring;
  for (int tile = (int)blockIdx.x; tile < work.tiles; tile += (int)gridDim.x) {
    const uint4 *weights = weights_of(tile) + threadIdx.x % 32;
    int chunks = work.last - work.first;
    uint4 ahead[AHEAD];
#pragma unroll
    for (int i = 0; i < AHEAD; i++) {
      ahead[i] = load_once(weights + min(i, chunks - 1) * 32);
    }
    if (tile == (int)blockIdx.x) {
      wait_for_others();
    }
    bring_weights_near(tile + (int)gridDim.x);
    int c[N / 2];
#pragma unroll
    for (int i = 0; i < N / 2; i++) {
      c[i] = 0;
    }
#pragma unroll 1
    for (int chunk = 0; chunk < chunks; chunk++, ring.advance()) {
      uint4 unpacked[4];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        unpacked[k] = codes_at(ahead[0], 2 * k);
      }
#pragma unroll
      for (int i = 1; i < AHEAD; i++) {
        ahead[i - 1] = ahead[i];
      }
      ahead[AHEAD - 1] = load_once(weights + min(chunk + AHEAD, chunks - 1) * 32);
      bulk_wait(m.full + ring.stage, ring.round);
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) {
        multiply_warpgroup<N>(c, unpacked[k], m.stages[ring.stage], 3 - k);
      }
      products_end();
      products_wait<0>();
      if (threadIdx.x % 32 == 0) {
        bulk_arrive(m.empty + ring.stage);
      }
    }
    int thread = thread_again(), t = thread % 4;
    int2(&sums)[N][PAIRS + 2] = m.sums[thread / GROUP];
#pragma unroll
    for (int n = 0; n < N / 8; n++) {
      sums[8 * n + 2 * t][thread % GROUP / 4] = {c[4 * n], c[4 * n + 2]};
      sums[8 * n + 2 * t + 1][thread % GROUP / 4] = {c[4 * n + 1], c[4 * n + 3]};
    }
    finish<N>(p, m, thread, work.unit_tile(tile), work.token(tile));
  }
}

template <int N> INLINE void ternary_matmul(const bitnet_ternary_matmul &p, uint8_t *memory) {
  if constexpr (HAS_WARPGROUPS) {
    Shared<N> &m = *(Shared<N> *)(memory + (-(uintptr_t)memory & 1023));
    if (threadIdx.x == 0) {
      for (int i = 0; i < Shared<N>::STAGES; i++) {
        bulk_begin(m.full + i);
        bulk_begin(m.empty + i, TILES);
      }
    }
    __syncthreads();
    let_others_begin();
    Work<N> work(p);
    if (threadIdx.x < CONSUMERS) {
      more_registers<112>();
      consume<N>(p, m, work);
      return;
    }
    fewer_registers<32>();
    wait_for_others();
    if (threadIdx.x == CONSUMERS) {
      produce<N>(p, m, work);
    }
    warp_barrier();
    if (gridDim.z > 1) { // as the others do; a cluster has one tile
      sync_cluster();
      meet_cluster();
    }
  }
}

} // namespace warpgroups

#define TERNARY_MATMUL_WARPGROUP(n)                                                                                    \
  KERNEL(ternary_matmul_warpgroup_##n, bitnet_ternary_matmul, warpgroups::THREADS, 1) {                                \
    DYNAMIC_SHARED(memory);                                                                                            \
    warpgroups::ternary_matmul<n>(p, memory);                                                                          \
  }

TERNARY_MATMUL_WARPGROUP(32)
TERNARY_MATMUL_WARPGROUP(64)
TERNARY_MATMUL_WARPGROUP(128)
