// All layers for one token in one launch: a block a multiprocessor, which wait for one another five times a layer. With
// one token a layer takes as long as the waits between its steps do, so weights lie in shared memory a layer ahead,
// every block makes the codes of a row for itself, and the residual of its rows stays with the block.
#include "decode_attention.h"
#include "decode_product.h"
#include "decode_quantize.h"

namespace decode {

INLINE const bitnet_decode_product &product_of(const bitnet_decode_layer &layer, int product) {
  return (&layer.qkv)[product];
}

// By the last warp; seen after a barrier.
template <typename Block> INLINE void load_layer(const bitnet_decode &p, Block &m, int layer) {
  constexpr int WORDS = sizeof(bitnet_decode_layer) / 8;
  int word = (int)threadIdx.x - WORKERS;
  if (word >= 0 && word < WORDS && layer < p.layer_count) {
    ((uint64_t *)&m.layers[layer & 1])[word] = ((const uint64_t *)(p.layers + layer))[word];
  }
}

// By one thread.
template <typename Block> INLINE void fetch_weights(const bitnet_decode &p, Block &m, int layer, int product) {
  if (layer >= p.layer_count) {
    return;
  }
  const Share share = m.shares[product];
  uint32_t bytes = (uint32_t)(share.tiles * share.chunks * BITNET_UNIT_BYTES), piece = 16384;
  if (bytes == 0) {
    return;
  }
  const uint8_t *from = (const uint8_t *)product_of(m.layers[layer & 1], product).units +
                        (int64_t)share.first * share.chunks * BITNET_UNIT_BYTES;
  bulk_expect(&m.weights_there[product], bytes);
  for (uint32_t at = 0; at < bytes; at += piece) {
    bulk_copy((uint8_t *)m.weights(product) + at, from + at, (uint32_t)min((int)piece, (int)(bytes - at)),
              &m.weights_there[product]);
  }
}

template <typename Block> INLINE void wait_weights(Block &m, int layer, int product) {
  if (m.shares[product].tiles > 0) {
    bulk_wait(&m.weights_there[product], layer & 1);
  }
}

// ---- What becomes of the sums: a thread has a row of the block's tiles ----

// What it needs to know of its row, in all layers.
struct Rows {
  int output;  // of q k v
  float2 turn; // cosine and sine
  float own;   // its element of the residual
};

template <typename Block> INLINE Rows rows_of(const bitnet_decode &p, const Block &m) {
  Rows rows = {-1, make_float2(1.0f, 0.0f), 0.0f};
  int thread = threadIdx.x;
  if (thread < m.shares[QKV].tiles * BITNET_TILE_ROWS) {
    rows.output = p.qkv_outputs[m.shares[QKV].first * BITNET_TILE_ROWS + thread];
    if (rows.output < (p.heads.heads + p.heads.kv_heads) * Block::DIM) {
      int at = m.position * (Block::DIM / 2) + rows.output % (Block::DIM / 2);
      rows.turn = make_float2(p.cosines[at], p.sines[at]);
    }
  }
  int row = m.shares[DOWN].first * BITNET_TILE_ROWS + thread;
  if (thread < m.shares[DOWN].tiles * BITNET_TILE_ROWS && row < p.columns) {
    rows.own = fresh(p.x + row);
  }
  return rows;
}

// The weight scale of the thread's row of the product, loaded ahead.
template <typename Block> INLINE float scale_of(Block &m, int layer, int product) {
  const Share share = m.shares[product];
  return (int)threadIdx.x < share.tiles * BITNET_TILE_ROWS
             ? product_of(m.layers[layer & 1], product).scales[share.first * BITNET_TILE_ROWS + threadIdx.x]
             : 0.0f;
}

// The product of codes that are there, in the thread's row.
template <typename Block> INLINE float multiply_codes(Block &m, int layer, int product, float scale, float factor) {
  int thread = threadIdx.x;
  int excess = warp_sum(thread % 32 < WARPS ? m.code_sums[thread % 32] : 0);
  float times = scale / factor;
  wait_weights(m, layer, product);
  multiply_share(m, (Product)product);
  if (thread >= m.shares[product].tiles * BITNET_TILE_ROWS) {
    return 0.0f;
  }
  int sum = m.sums[thread];
  m.sums[thread] = 0;
  return (float)(sum - excess) * times;
}

// Rows g and g + 8 of a tile are two dimensions that turn together, where they turn.
template <typename Block> INLINE void give_qkv(const bitnet_decode &p, Block &m, int layer, const Rows &rows, float x) {
  constexpr int DIM = Block::DIM;
  float other = __shfl_xor_sync(WARP, x, 8);
  int to = rows.output, kv_head = to / DIM - p.heads.heads;
  if (to < 0) {
    return;
  }
  bool key = kv_head < p.heads.kv_heads;
  if (key) {
    bool low = threadIdx.x % BITNET_TILE_ROWS < 8;
    float2 turned = rotate(low ? x : other, low ? other : x, rows.turn.x, rows.turn.y);
    x = low ? turned.x : turned.y;
  }
  give(p.qkv + to, x);
  if (kv_head >= 0) { // for the tokens to come
    int of_layer = layer * p.heads.kv_heads + (key ? kv_head : kv_head - p.heads.kv_heads);
    uint16_t *tile = (uint16_t *)(m.newest_page + (int64_t)of_layer * 2 * Block::HALF_TILE);
    int in_page = m.position % BITNET_PAGE, d = to % DIM;
    tile[key ? d / 8 * 8 * BITNET_PAGE + in_page * 8 + d % 8 : (BITNET_PAGE + in_page) * DIM + d] = f32_to_f16(x);
  }
}

// Rows of the residual that the block has.
template <typename Block> INLINE int own_rows(const bitnet_decode &p, const Block &m) {
  const Share &share = m.shares[DOWN];
  return min(share.tiles * BITNET_TILE_ROWS, p.columns - share.first * BITNET_TILE_ROWS);
}

template <typename Block>
INLINE void give_residual(const bitnet_decode &p, Block &m, float *to, bool last, Rows &rows, float x) {
  int thread = threadIdx.x, row = m.shares[DOWN].first * BITNET_TILE_ROWS + thread;
  rows.own = rows.own + x;
  if (thread < own_rows(p, m)) {
    if (last) {
      p.x[row] = rows.own;
    } else {
      give(to + row, rows.own);
    }
  }
}

// Rows g and g + 8 of a tile are a gate and its up projection.
template <typename Block> INLINE void give_gated(const bitnet_decode &p, Block &m, float *to, float x) {
  int thread = threadIdx.x;
  float up = __shfl_xor_sync(WARP, x, 8);
  if (thread < m.shares[GATE_UP].tiles * BITNET_TILE_ROWS && thread % BITNET_TILE_ROWS < 8) {
    int pair = (m.shares[GATE_UP].first + thread / BITNET_TILE_ROWS) * 8 + thread % 8;
    give(to + pair, (p.activation == BITNET_SILU ? silu(x) : squared_relu(x)) * up);
  }
}

// Clears what the block gave and all blocks have used: they have given what this product was made of after that. By the
// warp that serves.
template <typename Block> INLINE void take_back_given(const bitnet_decode &p, Block &m, int layer, int product) {
  int lane = threadIdx.x % 32;
  if (product == QKV) {
    float *gated = (layer == 0 ? p.last_gated : p.gated) + m.shares[GATE_UP].first * 8;
    for (int i = lane; i < m.shares[GATE_UP].tiles * 8; i += 32) {
      take_back(gated + i);
    }
  } else if (product != OUTPUT) {
    float *residual = (product == DOWN ? p.middle : p.next) + m.shares[DOWN].first * BITNET_TILE_ROWS;
    for (int i = lane; i < own_rows(p, m); i += 32) {
      take_back(residual + i);
    }
  }
  if (product == GATE_UP) {
    for (int i = lane; i < m.shares[QKV].tiles * BITNET_TILE_ROWS; i += 32) {
      take_back(p.qkv + m.outputs[i]);
    }
    take_back_attention(p, m);
  }
}

// What the last warp does while the others have a product; all blocks have given what it is made of.
template <typename Block> INLINE void serve(const bitnet_decode &p, Block &m, int at) {
  int layer = at / PRODUCTS, product = at % PRODUCTS;
  if (product == QKV) {
    load_layer(p, m, layer + 1);
    warp_barrier();
  }
  take_back_given(p, m, layer, product);
  // Others see what was taken back before they see what the block gives later. A fence waits for copies, so they begin
  // behind it, and none begins while blocks wait for one another.
  __threadfence();
  if (threadIdx.x % 32 != 0) {
    return;
  }
  if (at > 0) {
    fetch_weights(p, m, product == QKV ? layer : layer + 1, (product + PRODUCTS - 1) % PRODUCTS);
  }
  if (product == QKV) {
    fetch_half(p, m, layer, 2);
  } else if (product == DOWN && layer + 1 < p.layer_count) {
    fetch_half(p, m, layer + 1, 0);
    fetch_half(p, m, layer + 1, 1);
  }
}

// ---- The step ----

template <typename Block> INLINE void step(const bitnet_decode &p, Block &m) {
  int thread = threadIdx.x;
  bool server = thread == WORKERS;
  load_layer(p, m, 0);
  if (thread < BITNET_DECODE_ROWS) {
    m.sums[thread] = 0;
  }
  if (thread < PRODUCTS * WARPS) { // the parts of the warps
    int product = thread / WARPS, warp = thread % WARPS;
    const Share share = share_of(p, product);
    int units = share.tiles * share.chunks, first = units * warp / WARPS, tile = first / share.chunks;
    m.parts[product][warp] = {(uint16_t)first, (uint16_t)(units * (warp + 1) / WARPS - first), (uint16_t)tile,
                              (uint16_t)(first - tile * share.chunks)};
  }
  if (thread < PRODUCTS) {
    uint32_t at = 0;
    for (int product = 0; product < thread; product++) {
      at += (uint32_t)(divide_up(tiles_of(p, product), gridDim.x) * chunks_of(p, product)) * (BITNET_UNIT_BYTES / 16);
    }
    m.weights_at[thread] = at;
    m.shares[thread] = share_of(p, thread);
    bulk_begin(&m.weights_there[thread]);
  } else if (thread < PRODUCTS + SLOTS) {
    bulk_begin(&m.slot_there[thread - PRODUCTS]);
  }
  __syncthreads();
  if (server) {
    for (int product = 0; product < PRODUCTS; product++) {
      fetch_weights(p, m, 0, product);
    }
  }
  wait_for_others();
  share_ranges(p, m);
  __syncthreads();
  if (server) {
    fetch_half(p, m, 0, 0);
    fetch_half(p, m, 0, 1);
  }
  Rows rows = rows_of(p, m);
  if (rows.output >= 0) {
    m.outputs[thread] = rows.output;
  }
  Row<Block::HIDDEN> gain;
  Row<Block::GATED> gated_gain;
  load_gain(m.layers[0].qkv.gain, p.columns, gain);
  float scale = scale_of(m, 0, QKV);

#pragma unroll 1
  for (int at = 0; at < PRODUCTS * p.layer_count; at++) {
    const int l = at / PRODUCTS, product = at % PRODUCTS, next = (at + 1) % PRODUCTS, next_layer = (at + 1) / PRODUCTS;
    const bool last = at + 1 == PRODUCTS * p.layer_count;
    const int columns = columns_of(p, product);
    float *gated = l + 1 == p.layer_count ? p.last_gated : p.gated;
    Row<Block::HIDDEN> row;
    Row<Block::GATED> gated_row;
    if (product == DOWN) {
      begin_row(gated, true, columns, gated_row, m);
    } else {
      const float *x = product == OUTPUT ? p.attended : product == GATE_UP ? p.middle : at == 0 ? p.x : p.next;
      begin_row(x, at > 0, columns, row, m);
    }
    if (thread >= WORKERS) {
      serve(p, m, at);
      continue;
    }
    bool normed = product_of(m.layers[l & 1], product).gain != nullptr;
    float factor = product == DOWN ? quantize(gated_row, columns, normed, gated_gain, p.epsilon, m)
                                   : quantize(row, columns, normed, gain, p.epsilon, m);
    // Gains are on their way during the product.
    if (next == DOWN) {
      load_gain(m.layers[l & 1].down.gain, p.gated_columns, gated_gain);
    } else if (!last) {
      load_gain(product_of(m.layers[next_layer & 1], next).gain, columns_of(p, next), gain);
    }
    float made = multiply_codes(m, l, product, scale, factor);
    if (product == QKV) {
      give_qkv(p, m, l, rows, made);
    } else if (product == GATE_UP) {
      give_gated(p, m, gated, made);
    } else {
      give_residual(p, m, product == OUTPUT ? p.middle : p.next, last, rows, made);
    }
    if (!last) {
      scale = scale_of(m, next_layer, next);
    }
    if (product == QKV) {
      attend(p, m, l);
      combine(p, m);
    }
  }
  let_others_begin();
}

} // namespace decode

KERNEL(decode_step_64, bitnet_decode, BITNET_DECODE_THREADS, 1) {
  DYNAMIC_SHARED(memory);
  decode::step(p, *(decode::Block<64> *)memory);
}

KERNEL(decode_step_128, bitnet_decode, BITNET_DECODE_THREADS, 1) {
  DYNAMIC_SHARED(memory);
  decode::step(p, *(decode::Block<128> *)memory);
}
