// TernaryMatmul for many tokens on compute capability 9.0: a block has 128 rows by N tokens, 64 rows a warpgroup.
// Weights and codes come to shared memory some chunks ahead; weights are unpacked into registers while the tensor cores
// still work on the chunk before.
#include "epilogue.h"
#include "units.h"
#include "warpgroup.h"

namespace warpgroups {

constexpr int THREADS = 256, ROW_TILES = THREADS / 32, STAGES = 5, AHEAD = STAGES - 2;

template <int N> struct Stage {
  uint8_t codes[N * BITNET_CHUNK];
  uint4 weights[ROW_TILES][32];
  static constexpr int BYTES = N * BITNET_CHUNK + ROW_TILES * BITNET_UNIT_BYTES;

  INLINE void fetch_weights(const bitnet_ternary_matmul &p, int chunk, bulk_barrier *arrival) {
    int warp = threadIdx.x / 32;
    if (threadIdx.x % 32 == 0 && chunk < p.w.chunks) {
      int64_t tile = min((int64_t)blockIdx.x * ROW_TILES + warp, (int64_t)p.w.tiles - 1);
      bulk_copy(weights[warp], p.w.units + (tile * p.w.chunks + chunk) * 128, BITNET_UNIT_BYTES, arrival);
    }
  }

  INLINE void fetch_tokens(const bitnet_ternary_matmul &p, int chunk, bulk_barrier *arrival) {
    if (threadIdx.x == 0 && chunk < p.w.chunks) {
      bulk_expect(arrival, BYTES);
      bulk_copy(codes, codes_of_chunk(p, (int)blockIdx.y * N, chunk), N * BITNET_CHUNK, arrival);
    }
  }
};

// What becomes of a thread's sums: `low` is the lower of its two rows, and sums[n * THREADS] what it has of tokens 8 n
// .. 8 n + 7. They lie in shared memory so that this is a loop: unrolled it is 75 KB of instructions, and to read those
// once would take as long as the products.
template <int N, int KIND>
INLINE void finish(const bitnet_ternary_matmul &p, const Token *tokens, const uint4 *sums, int64_t low) {
  constexpr int AT_ONCE = 2; // so many n are asked for what they need before one goes on
  OutputRow a = output_row(p, low), b = output_row(p, low + 8);
#pragma unroll 1
  for (int first = 0; first < N / 8; first += AT_ONCE) {
    Outputs outputs[2 * AT_ONCE];
#pragma unroll
    for (int i = 0; i < 2 * AT_ONCE; i++) {
      int own = (first + i / 2) * 8 + threadIdx.x % 4 * 2 + i % 2, token = (int)blockIdx.y * N + own;
      if (token < p.tokens) {
        outputs[i] = outputs_of(KIND, p, token, tokens[own].place, a, b);
        add_before(KIND, outputs[i]);
      }
    }
#pragma unroll
    for (int i = 0; i < 2 * AT_ONCE; i++) {
      int n = first + i / 2, own = n * 8 + threadIdx.x % 4 * 2 + i % 2;
      if ((int)blockIdx.y * N + own < p.tokens) {
        const Token &token = tokens[own];
        uint4 sum = sums[n * THREADS];
        int low_sum = (int)(i % 2 == 0 ? sum.x : sum.y), high_sum = (int)(i % 2 == 0 ? sum.z : sum.w);
        epilogue(KIND, outputs[i], low_sum - token.excess, high_sum - token.excess, token.factor);
      }
    }
  }
}

template <int N> INLINE void ternary_matmul(const bitnet_ternary_matmul &p, uint8_t *memory) {
  if constexpr (HAS_WARPGROUPS) {
    __shared__ Token tokens[N];
    __shared__ bulk_barrier arrivals[STAGES];
    Stage<N> *stages = (Stage<N> *)(((uintptr_t)memory + 1023) & ~(uintptr_t)1023);
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32, chunks = p.w.chunks;
    if (threadIdx.x == 0) {
      for (int i = 0; i < STAGES; i++) {
        bulk_begin(arrivals + i);
      }
    }
    __syncthreads();
    if (lane == 0) { // all weights of the tile: 256 tokens of 2560 x 6912 took 36 us without and take 27 us with it
      int64_t tile = min((int64_t)blockIdx.x * ROW_TILES + warp, (int64_t)p.w.tiles - 1);
      bring_near(p.w.units + tile * chunks * 128, chunks * BITNET_UNIT_BYTES);
    }
    for (int i = 0; i < AHEAD; i++) {
      stages[i].fetch_weights(p, i, arrivals + i);
    }
    let_others_begin();
    wait_for_others();
    for (int i = 0; i < AHEAD; i++) {
      stages[i].fetch_tokens(p, i, arrivals + i);
    }
    if (threadIdx.x < N) {
      tokens[threadIdx.x] = token_of(p, min((int)(blockIdx.y * N + threadIdx.x), p.tokens - 1));
    }

    int c[N / 2];
#pragma unroll
    for (int i = 0; i < N / 2; i++) {
      c[i] = 0;
    }
    uint4 a[2][4];
    int now = 0, ahead = AHEAD; // stages
    uint32_t round = 0;         // of the stage now, modulo 2
    auto multiply_chunk = [&](int chunk, uint4(&unpacked)[4]) {
      __syncthreads(); // all warpgroups are done with the chunk before the last, whose stage is the one ahead
      stages[ahead].fetch_weights(p, chunk + AHEAD, arrivals + ahead);
      stages[ahead].fetch_tokens(p, chunk + AHEAD, arrivals + ahead);
      bulk_wait(arrivals + now, round);
      Stage<N> &stage = stages[now];
      uint4 words = stage.weights[warp][lane];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        unpacked[k] = codes_at(words, 2 * k);
      }
      products_begin();
#pragma unroll
      for (int k = 0; k < 4; k++) {
        multiply_warpgroup<N>(c, unpacked[k], stage.codes, 3 - k);
      }
      products_end();
      products_wait<1>();
      ahead = ahead + 1 == STAGES ? 0 : ahead + 1;
      now++;
      if (now == STAGES) {
        now = 0;
        round ^= 1;
      }
    };
    int chunk = 0;
    for (; chunk + 1 < chunks; chunk += 2) {
      multiply_chunk(chunk, a[0]);
      multiply_chunk(chunk + 1, a[1]);
    }
    if (chunk < chunks) {
      multiply_chunk(chunk, a[0]);
    }
    products_wait<0>();
    __syncthreads(); // the stages are free

    uint4 *sums = (uint4 *)stages + threadIdx.x;
    static_assert(sizeof(uint4) * N / 8 * THREADS <= sizeof(Stage<N>) * STAGES);
#pragma unroll
    for (int n = 0; n < N / 8; n++) {
      sums[n * THREADS] =
          make_uint4((uint32_t)c[4 * n], (uint32_t)c[4 * n + 1], (uint32_t)c[4 * n + 2], (uint32_t)c[4 * n + 3]);
    }
    int64_t tile = (int64_t)blockIdx.x * ROW_TILES + warp, low = tile * BITNET_TILE_ROWS + lane / 4;
    if (tile >= p.w.tiles) {
      return;
    }
    switch (p.epilogue) {
    case BITNET_STORE:
      finish<N, BITNET_STORE>(p, tokens, sums, low);
      break;
    case BITNET_ADD:
      finish<N, BITNET_ADD>(p, tokens, sums, low);
      break;
    case BITNET_GATE_SQUARED_RELU:
      finish<N, BITNET_GATE_SQUARED_RELU>(p, tokens, sums, low);
      break;
    case BITNET_GATE_SILU:
      finish<N, BITNET_GATE_SILU>(p, tokens, sums, low);
      break;
    default:
      finish<N, BITNET_ROPE>(p, tokens, sums, low);
    }
  }
}

} // namespace warpgroups

#define TERNARY_MATMUL_WARPGROUP(n)                                                                                    \
  KERNEL(ternary_matmul_warpgroup_##n, bitnet_ternary_matmul, 256, 2) {                                                \
    DYNAMIC_SHARED(memory);                                                                                            \
    warpgroups::ternary_matmul<n>(p, memory);                                                                          \
  }

TERNARY_MATMUL_WARPGROUP(32)
TERNARY_MATMUL_WARPGROUP(64)
TERNARY_MATMUL_WARPGROUP(128)
