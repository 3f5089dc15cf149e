// The screened head: an int8 copy of the table, integer sums, and bounds that hold.
//
// A row w is nearly s * c with int8 codes c, an input y nearly x * z with integers z. The integer sum of c * z is
// exact. Then, by Cauchy and Schwarz,
//   |w.y - s x (c.z)| <= |w - s c| |y| + |s c| |y - x z|,
// and the logit's own rounding is at most gamma |w| |y|, gamma = (steps of a chain + 9) * 2^-24. All norms are rounded
// up.
#include "int8_row.h"
#include "logit.h"

// What an input becomes: z + OFFSET in two planes of 7 bits, so that AVX2's pairs of products fit an int16 and the dot
// product's unsigned operand is the input.
enum { OFFSET = 8192 };
typedef struct {
  float step;     // x
  float norm;     // at least |y|
  float residual; // at least |y - x z|
  float gamma;
  int32_t sum; // of z
  int32_t unused[11];
  uint8_t planes[]; // high [quads * 4], then low
} screen_input;

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

void KERNEL(screen_input)(int32_t isa, const float *y, int64_t columns, void *input) {
  screen_input *in = input;
  int64_t bytes = code_quads(columns) * 4;
  float max = 0, squares = 0;
  int32_t sum = 0;
  for (int64_t k = 0; k < columns; k++) {
    float a = f32_of(f32_bits(y[k]) & 0x7fffffff);
    max = a > max ? a : max;
  }
  // The sum of c * z must fit an int32.
  int64_t most = least(OFFSET - 1, 0x7fffffff / (127 * columns));
  float limit = (float)most, step = max / limit;
  if (step < 0x1p-126f) { // its inverse might not be finite
    step = 0;
  }
  float inverse = step > 0 ? 1.0f / step : 0.0f;
  for (int64_t k = 0; k < bytes; k++) {
    int32_t z = 0;
    if (k < columns) {
      float scaled = y[k] * inverse;
      scaled = scaled > -limit ? (scaled < limit ? scaled : limit) : -limit;
      z = (int32_t)((scaled + 12582912.0f) - 12582912.0f);
      float d = fma32(-step, (float)z, y[k]);
      squares += d * d;
      sum += z;
    }
    in->planes[k] = (uint8_t)((z + OFFSET) >> 7);
    in->planes[bytes + k] = (uint8_t)((z + OFFSET) & 127);
  }
  in->sum = sum;
  in->step = step;
  in->norm = norm_up(sum256_f32(y, y, columns, 0));
  in->residual = norm_up(squares) * 1.01f; // one long chain of squares
  in->gamma = (float)((columns + 255) / 256 + 9) * 6.1e-8f;
}

#include "screen_sums.h"

void KERNEL(screen_bounds)(int32_t isa, const bitnet_screen *screen, const void *input, int64_t begin, int64_t end,
                           float *upper, int64_t k, float *best) {
  const screen_input *in = input;
  int64_t quads = code_quads(screen->columns);
  screen_rows rows = screen_rows_of(screen);
  for (int64_t i = 0; i < k; i++) {
    best[i] = -__builtin_inff();
  }
  for (int64_t r = begin; r < end; r += BITNET_ROW_BLOCK) {
    _Alignas(64) int32_t sums[BITNET_ROW_BLOCK];
    float low[BITNET_ROW_BLOCK], high[BITNET_ROW_BLOCK];
    screen_sums((const int8_t *)screen->packed + r / BITNET_ROW_BLOCK * quads * LINE_BYTES, quads, in->planes,
                in->planes + 4 * quads, in->sum, sums);
    float most = -__builtin_inff();
    for (int64_t i = 0; i < BITNET_ROW_BLOCK; i += LANES) {
      typedef int32_t unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
      vf near = __builtin_convertvector(*(const unaligned *)(sums + i), vf) * (vf_load(rows.scale + r + i) * in->step);
      vf norm = vf_load(rows.norm + r + i);
      vf bound = vf_load(rows.residual + r + i) * in->norm + vf_load(rows.coded + r + i) * in->residual +
                 norm * (in->norm * in->gamma);
      bound = bound * 1.00001f + vf_abs(near) * 3e-7f + 1e-35f;
      // Where the logit's own sum may overflow, anything may come of it.
      bound = vf_select((vi)(norm * in->norm < 1e37f), bound, vf_set(__builtin_inff()));
      vf_store(low + i, near - bound);
      vf_store(high + i, near + bound);
    }
    int64_t n = least(BITNET_ROW_BLOCK, end - r);
    for (int64_t i = 0; i < n; i++) {
      upper[r + i] = high[i];
      most = low[i] > most ? low[i] : most;
    }
    for (int64_t i = 0; most > best[k - 1] && i < n; i++) {
      if (low[i] > best[k - 1]) {
        int64_t at = k - 1;
        for (; at > 0 && low[i] > best[at - 1]; at--) {
          best[at] = best[at - 1];
        }
        best[at] = low[i];
      }
    }
  }
}

int64_t KERNEL(screen_rescore)(int32_t isa, const bitnet_table *table, const float *y, const float *upper,
                               float threshold, int64_t begin, int64_t end, int32_t *ids, float *values,
                               void *scratch) {
  int64_t n = 0;
  for (int64_t r = begin; r < end; r++) {
    if (!(upper[r] < threshold)) {
      ids[n++] = (int32_t)r;
    }
  }
  for (int64_t i = 0; i < n; i++) {
    const char *ahead = i + 1 < n ? (const char *)table_row(table, ids[i + 1]) : 0;
    values[i] = logit(table, ids[i], y, scratch, ahead);
  }
  return n;
}
