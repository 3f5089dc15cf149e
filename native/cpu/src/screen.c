// The screened head: an int8 copy of the table, integer sums, and bounds that hold.
//
// A row w is nearly s * c with int8 codes c, an input y nearly x * z with integers z. The integer sum of c * z is
// exact. Then, by Cauchy and Schwarz,
//   |w.y - s x (c.z)| <= |w - s c| |y| + |s c| |y - x z|,
// and the logit's own rounding is at most gamma |w| |y|, gamma = (steps of a chain + 9) * 2^-24. All norms are rounded
// up.
#include "int8_row.h"
#include "logit.h"
#include "screen_sums.h"

// What an input becomes, but for z: those of all outputs come first, then the tiles of their z.
typedef struct {
  float step;     // x
  float norm;     // at least |y|
  float residual; // at least |y - x z|
  float gamma;
} screen_input;
enum { MOST_Z = 8191 };

INLINE int32_t *input_tiles(const void *input, int64_t outputs) {
  return (int32_t *)(void *)((char *)input + round_up(outputs * (int64_t)sizeof(screen_input), 64));
}

// A norm from a sum of squares in floats: the sum's own error is below 2^-18 of it, and each of up to 2^17 squares that
// vanish takes at most 2^-150 away.
static float norm_up(float squares) {
  return sqrt32(squares) * 1.00001f + 1e-20f;
}

void KERNEL(screen_pack)(int32_t isa, const bitnet_screen *screen, const bitnet_table *table, int64_t begin,
                         int64_t end, void *scratch) {
  int64_t columns = screen->columns;
  screen_rows rows = screen_rows_of(screen);
  float *w = scratch;
  for (int64_t r = begin; r < end; r++) {
    row_to_floats(table->type, table_row(table, r), columns, w);
    rows.norm[r] = norm_up(sum256_f32(w, w, columns, 0));
    int8_grid grid = int8_grid_of(w, columns);
    char *to = int8_row(screen->packed, r, columns);
    vi squares = {0};
    for (int64_t k = 0; k < columns; k += LANES) {
      int64_t n = least(LANES, columns - k);
      vi codes = int8_codes(w + k, n, grid.inverse);
      squares += codes * codes;
      int8_store(to, k, codes, n);
      vf code = __builtin_convertvector(codes, vf);
      if (n == LANES) {
        vf_store(w + k, vf_fma(vf_set(-grid.scale), code, vf_load(w + k)));
      } else {
        vf_store_some(w + k, vf_fma(vf_set(-grid.scale), code, vf_load_some(w + k, n)), n);
      }
    }
    int64_t square = 0;
    for (int i = 0; i < LANES; i++) {
      square += squares[i];
    }
    rows.scale[r] = grid.scale;
    rows.residual[r] = norm_up(sum256_f32(w, w, columns, 0));
    rows.coded[r] = grid.scale * norm_up((float)square) * 1.00001f;
  }
}

int64_t KERNEL(screen_input_bytes)(int32_t isa, int64_t columns, int64_t outputs) {
  int64_t rooms = 0; // the last tile may have some to spare
  while (rooms < outputs) {
    rooms += tile_outputs(outputs - rooms);
  }
  return round_up(outputs * (int64_t)sizeof(screen_input), 64) + rooms * code_quads(columns) * 8;
}

// z of y[k], and what is missing there.
INLINE int32_t nearest_z(float y, float step, float inverse, float limit, float *missing) {
  float scaled = y * inverse;
  scaled = scaled > -limit ? (scaled < limit ? scaled : limit) : -limit;
  int32_t z = (int32_t)((scaled + 12582912.0f) - 12582912.0f);
  *missing = fma32(-step, (float)z, y);
  return z;
}

void KERNEL(screen_input)(int32_t isa, const float *y, int64_t columns, int64_t output, int64_t outputs, void *input) {
  screen_input *in = (screen_input *)input + output;
  int64_t quads = code_quads(columns), first = 0, width = tile_outputs(outputs);
  while (output >= first + width) {
    first += width;
    width = tile_outputs(outputs - first);
  }
  uint32_t *to = (uint32_t *)input_tiles(input, outputs) + 2 * (first * quads + output - first);
  float max = 0, squares = 0;
  for (int64_t k = 0; k < columns; k++) {
    float a = f32_of(f32_bits(y[k]) & 0x7fffffff);
    max = a > max ? a : max;
  }
  // The sum of c * z must fit an int32.
  float limit = (float)least(MOST_Z, 0x7fffffff / (127 * columns)), step = max / limit;
  if (step < 0x1p-126f) { // its inverse might not be finite
    step = 0;
  }
  float inverse = step > 0 ? 1.0f / step : 0.0f;
  for (int64_t i = 0; i < quads; i++, to += 2 * width) {
    int32_t z[4];
    for (int64_t j = 0; j < 4; j++) {
      float missing = 0;
      z[j] = 4 * i + j < columns ? nearest_z(y[4 * i + j], step, inverse, limit, &missing) : 0;
      squares += missing * missing;
    }
    to[0] = QUAD_FIRST(z[0], z[1], z[2], z[3]);
    to[1] = QUAD_SECOND(z[0], z[1], z[2], z[3]);
  }
  in->step = step;
  in->norm = norm_up(sum256_f32(y, y, columns, 0));
  in->residual = norm_up(squares) * 1.01f; // one long chain of squares
  in->gamma = (float)((columns + 255) / 256 + 9) * 6.1e-8f;
}

// The bounds of a block's logits.
typedef struct {
  float low[BITNET_ROW_BLOCK], high[BITNET_ROW_BLOCK];
} block_bounds;

// Returns whether any upper bound is not below `cut`.
INLINE int bounds_of(screen_rows rows, int64_t r, const screen_input *in, const int32_t *sums, float cut,
                     block_bounds *to) {
  vi reach = {0};
  for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += LANES) {
    vf near =
        __builtin_convertvector(*(const vi *)(const void *)(sums + i), vf) * (vf_load(rows.scale + r + i) * in->step);
    vf norm = vf_load(rows.norm + r + i);
    vf bound = vf_load(rows.residual + r + i) * in->norm + vf_load(rows.coded + r + i) * in->residual +
               norm * (in->norm * in->gamma);
    bound = bound * 1.00001f + vf_abs(near) * 3e-7f + 1e-35f;
    // Where the logit's own sum may overflow, anything may come of it.
    bound = vf_select((vi)(norm * in->norm < 1e37f), bound, vf_set(__builtin_inff()));
    vf low = near - bound, high = near + bound;
    reach |= ~(vi)(high < cut);
    vf_store(to->low + i, low);
    vf_store(to->high + i, high);
  }
  return vi_any(reach);
}

INLINE void insert_bound(float *best, int64_t k, float low) {
  int64_t at = k - 1;
  for (; at > 0 && low > best[at - 1]; at--) {
    best[at] = best[at - 1];
  }
  best[at] = low;
}

// Drops candidates that cannot be among the best.
static void drop_candidates(bitnet_candidates *c, float cut) {
  int64_t n = 0;
  for (int64_t i = 0; i < c->count; i++) {
    c->ids[n] = c->ids[i];
    c->values[n] = c->values[i];
    n += !(c->values[i] < cut);
  }
  c->count = n;
}

// Takes the first n rows from row r on.
INLINE void take_candidates(bitnet_candidates *c, int64_t r, int64_t n, const block_bounds *bounds) {
  float *last = c->best + c->k - 1;
  for (int64_t i = 0; i < n; i++) {
    if (bounds->low[i] > *last) {
      insert_bound(c->best, c->k, bounds->low[i]);
    }
  }
  // What drops few costs more than it saves: then all logits of this output are cheaper.
  if (c->count + n > c->room) {
    drop_candidates(c, *last);
    if (c->count > c->room - c->room / 4 - n) {
      c->count = c->room + 1;
      return;
    }
  }
  for (int64_t i = 0; i < n; i++) {
    if (!(bounds->high[i] < *last)) {
      c->ids[c->count] = (int32_t)(r + i);
      c->values[c->count++] = bounds->high[i];
    }
  }
}

void KERNEL(screen_bounds)(int32_t isa, const bitnet_screen *screen, const void *input, int64_t outputs, int64_t begin,
                           int64_t end, bitnet_candidates *candidates) {
  int64_t quads = code_quads(screen->columns), bytes = quads * LINE_BYTES;
  const screen_input *in = input;
  screen_rows rows = screen_rows_of(screen);
  for (int64_t i = 0; i < outputs; i++) {
    candidates[i].count = 0;
    for (int64_t j = 0; j < candidates[i].k; j++) {
      candidates[i].best[j] = -__builtin_inff();
    }
  }
  int64_t passes = 0;
  for (int64_t i = 0, width; i < outputs; i += width) {
    width = tile_outputs(outputs - i);
    passes += SCREEN_VECTORS / tile_vectors(width);
  }
  int lines = passes == 1 ? 0 : passes < 4 ? 2 : 1;
  for (int64_t r = begin; r < end; r += BITNET_ROW_BLOCK) {
    const int8_t *codes = (const int8_t *)screen->packed + r / BITNET_ROW_BLOCK * bytes;
    const int32_t *tile = input_tiles(input, outputs);
    int64_t n = least(BITNET_ROW_BLOCK, end - r), ahead = bytes;
    for (int64_t first = 0, width; first < outputs; first += width, tile += 2 * quads * width) {
      _Alignas(64) int32_t sums[MOST_OUTPUTS * BITNET_ROW_BLOCK];
      width = tile_outputs(outputs - first);
      // The next block comes while this one is computed; once it is there, this one is asked for again.
      block_sums(codes, quads, tile, width, (const char *)codes + (ahead < 2 * bytes ? ahead : 0), lines, sums);
      ahead += lines * quads * 64 * (SCREEN_VECTORS / tile_vectors(width));
      for (int64_t i = first; i < least(first + width, outputs); i++) {
        bitnet_candidates *c = &candidates[i];
        block_bounds bounds;
        if (c->count <= c->room &&
            bounds_of(rows, r, &in[i], sums + (i - first) * BITNET_ROW_BLOCK, c->best[c->k - 1], &bounds)) {
          take_candidates(c, r, n, &bounds);
        }
      }
    }
  }
}

void KERNEL(screen_rescore)(int32_t isa, const bitnet_table *table, const float *y, float threshold,
                            bitnet_candidates *candidates, void *scratch) {
  drop_candidates(candidates, threshold);
  const int32_t *ids = candidates->ids;
  for (int64_t i = 0; i < candidates->count; i++) {
    const char *ahead = i + 1 < candidates->count ? (const char *)table_row(table, ids[i + 1]) : 0;
    candidates->values[i] = logit(table, ids[i], y, scratch, ahead);
  }
}
