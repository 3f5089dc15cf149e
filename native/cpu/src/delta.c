// Gated DeltaNet between its projections, and the gate of attention.
#include "logistic.h"
#include "norm_row.h"

// Vectors of a matrix's columns that are computed at once: as many as leave registers for the sums.
#if LANES == 16 || defined(__aarch64__)
enum { COLUMN_VECTORS = 8 };
#else
enum { COLUMN_VECTORS = 4 };
#endif

// A head's part of a row.
typedef struct {
  const float *query;
  const float *key;
  const float *value;
  float kept; // of the matrix
  float rate; // of what is corrected
} delta_input;

// One step of `n` vectors of a matrix's columns, from column c on. The product with `kept` is made twice, which costs
// less than to keep it.
INLINE void step_columns(const delta_input *in, float *matrix, int64_t dim, int64_t c, int n, float *out) {
  vf error[COLUMN_VECTORS], read[COLUMN_VECTORS], kept = vf_set(in->kept);
  for (int j = 0; j < n; j++) {
    error[j] = vf_set(0.0f);
  }
  for (int64_t i = 0; i < dim; i++) {
    const float *row = matrix + i * dim + c;
    vf key = vf_set(in->key[i]);
    for (int j = 0; j < n; j++) {
      error[j] = vf_fma(vf_load(row + j * LANES) * kept, key, error[j]);
    }
  }
  for (int j = 0; j < n; j++) {
    error[j] = (vf_load(in->value + c + j * LANES) - error[j]) * in->rate;
    read[j] = vf_set(0.0f);
  }
  for (int64_t i = 0; i < dim; i++) {
    float *row = matrix + i * dim + c;
    vf key = vf_set(in->key[i]), query = vf_set(in->query[i]);
    for (int j = 0; j < n; j++) {
      vf m = vf_fma(key, error[j], vf_load(row + j * LANES) * kept);
      vf_store(row + j * LANES, m);
      read[j] = vf_fma(m, query, read[j]);
    }
  }
  for (int j = 0; j < n; j++) {
    vf_store(out + c + j * LANES, read[j]);
  }
}

// One column.
static void step_column(const delta_input *in, float *matrix, int64_t dim, int64_t c, float *out) {
  float error = 0.0f, read = 0.0f;
  for (int64_t i = 0; i < dim; i++) {
    error = fma32(matrix[i * dim + c] * in->kept, in->key[i], error);
  }
  error = (in->value[c] - error) * in->rate;
  for (int64_t i = 0; i < dim; i++) {
    float m = fma32(in->key[i], error, matrix[i * dim + c] * in->kept);
    matrix[i * dim + c] = m;
    read = fma32(m, in->query[i], read);
  }
  out[c] = read;
}

static void step(const delta_input *in, float *matrix, int64_t dim, float *out) {
  int64_t c = 0;
  for (; c + COLUMN_VECTORS * LANES <= dim; c += COLUMN_VECTORS * LANES) {
    step_columns(in, matrix, dim, c, COLUMN_VECTORS, out);
  }
  for (; c + LANES <= dim; c += LANES) {
    step_columns(in, matrix, dim, c, 1, out);
  }
  for (; c < dim; c++) {
    step_column(in, matrix, dim, c, out);
  }
}

// Channels [from, from + n) of one row: the convolution, SiLU, and the history with the row in it.
static void convolve(const bitnet_delta_shape *shape, const float *weights, int64_t channels, float *history,
                     float *row, int64_t from, int64_t n) {
  int64_t past = shape->kernel - 1;
  for (int64_t c = from; c < from + n; c += LANES) {
    int64_t some = from + n - c;
    vf sum = vf_set(0.0f), own = some < LANES ? vf_load_some(row + c, some) : vf_load(row + c);
    for (int64_t k = 0; k < past; k++) {
      float *at = history + k * channels + c;
      vf u = some < LANES ? vf_load_some(at, some) : vf_load(at);
      vf w = some < LANES ? vf_load_some(weights + k * channels + c, some) : vf_load(weights + k * channels + c);
      sum = vf_fma(w, u, sum);
      if (k > 0 && some < LANES) {
        vf_store_some(at - channels, u, some);
      } else if (k > 0) {
        vf_store(at - channels, u);
      }
    }
    const float *last = weights + past * channels + c;
    sum = vf_fma(some < LANES ? vf_load_some(last, some) : vf_load(last), own, sum);
    vf y = sum * vf_sigmoid(sum);
    if (some < LANES) {
      vf_store_some(row + c, y, some);
    } else {
      vf_store(row + c, y);
    }
    if (past > 0 && some < LANES) {
      vf_store_some(history + (past - 1) * channels + c, own, some);
    } else if (past > 0) {
      vf_store(history + (past - 1) * channels + c, own);
    }
  }
}

// A head of queries or keys becomes as long as `length`.
static void normalise(float *x, int64_t dim, float length) {
  float r = 1.0f / sqrt32(sum256_f32(x, x, dim, 0) + 1e-6f);
  for (int64_t i = 0; i < dim; i++) {
    x[i] = (x[i] * r) * length;
  }
}

INLINE float sigmoid_of(float x) {
  return vf_sigmoid(vf_set(x))[0];
}

INLINE int64_t matrix_floats(const bitnet_delta_shape *shape) {
  return shape->value_heads * shape->head_dim * shape->head_dim;
}

// Queries and keys of a key head, and the values that go with it, of all rows: as they were projected, then as the
// steps want them.
static void prepare(const bitnet_delta_shape *shape, const bitnet_delta *w, int64_t layer, float *const *states,
                    int64_t begin, int64_t end, int64_t head, float *mixed, int64_t mixed_stride) {
  int64_t dim = shape->head_dim, keys = shape->key_heads * dim, values = 2 * keys;
  int64_t channels = values + shape->value_heads * dim;
  for (int64_t t = begin; t < end; t++) {
    float *row = mixed + t * mixed_stride;
    float *history = states[t] + layer * (bitnet_delta_layer_bytes(shape) / 4) + matrix_floats(shape);
    convolve(shape, w->convolution, channels, history, row, head * dim, dim);
    convolve(shape, w->convolution, channels, history, row, keys + head * dim, dim);
    for (int64_t v = head; v < shape->value_heads; v += shape->key_heads) {
      convolve(shape, w->convolution, channels, history, row, values + v * dim, dim);
    }
    normalise(row + head * dim, dim, w->query_length);
    normalise(row + keys + head * dim, dim, 1.0f);
  }
}

void KERNEL(delta_net)(int32_t isa, const bitnet_delta_shape *shape, const bitnet_delta *w, int64_t layer,
                       float *const *states, int64_t begin, int64_t end, int64_t head_begin, int64_t head_end,
                       float *mixed, int64_t mixed_stride, float *out, int64_t out_stride) {
  int64_t dim = shape->head_dim, keys = shape->key_heads * dim, values = 2 * keys;
  int64_t gates = values + shape->value_heads * dim, alphas = gates + shape->value_heads * dim;
  int64_t betas = alphas + shape->value_heads, of_key = shape->value_heads / shape->key_heads;
  for (int64_t head = head_begin; head < head_end; head++) {
    prepare(shape, w, layer, states, begin, end, head, mixed, mixed_stride);
    for (int64_t v = head; v < shape->value_heads; v += shape->key_heads) {
      int64_t place = w->grouped ? head * of_key + v / shape->key_heads : v;
      for (int64_t t = begin; t < end; t++) {
        const float *row = mixed + t * mixed_stride, *z = row + gates + v * dim;
        float *matrix = states[t] + layer * (bitnet_delta_layer_bytes(shape) / 4) + v * dim * dim;
        float *to = out + t * out_stride + place * dim;
        float forgotten = vf_softplus(vf_set(row[alphas + v] + w->time_bias[v]))[0];
        delta_input in = {.query = row + head * dim,
                          .key = row + keys + head * dim,
                          .value = row + values + v * dim,
                          .kept = vf_expn(vf_set(w->decay[v] * forgotten))[0],
                          .rate = sigmoid_of(row[betas + v])};
        step(&in, matrix, dim, to);
        norm_row(to, w->norm, w->epsilon, dim, to);
        for (int64_t i = 0; i < dim; i += LANES) {
          int64_t some = dim - i;
          if (some < LANES) {
            vf gate = vf_load_some(z + i, some);
            vf_store_some(to + i, vf_load_some(to + i, some) * (gate * vf_sigmoid(gate)), some);
          } else {
            vf gate = vf_load(z + i);
            vf_store(to + i, vf_load(to + i) * (gate * vf_sigmoid(gate)));
          }
        }
      }
    }
  }
}

void KERNEL(attention_gate)(int32_t isa, const float *gate, int64_t gate_stride, int64_t columns, int64_t begin,
                            int64_t end, float *out, int64_t out_stride) {
  for (int64_t t = begin; t < end; t++) {
    const float *g = gate + t * gate_stride;
    float *to = out + t * out_stride;
    int64_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      vf_store(to + i, vf_load(to + i) * vf_sigmoid(vf_load(g + i)));
    }
    if (i < columns) {
      int64_t n = columns - i;
      vf_store_some(to + i, vf_load_some(to + i, n) * vf_sigmoid(vf_load_some(g + i, n)), n);
    }
  }
}
