// Rotations of rows by the normalised Walsh-Hadamard transform.
#include "vector.h"

#if LANES == 16
#define LANE_NUMBERS {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
#define SWAPPED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#define SWAPPED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define SWAPPED_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define SWAPPED_8(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#elif LANES == 8
#define LANE_NUMBERS {0, 1, 2, 3, 4, 5, 6, 7}
#define SWAPPED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#define SWAPPED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define SWAPPED_4(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#else
#define LANE_NUMBERS {0, 1, 2, 3}
#define SWAPPED_1(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#define SWAPPED_2(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#endif

// Sums in the first lane of each pair of lanes that are so far apart, differences in the second.
INLINE vf sums_and_differences(vf v, vf swapped, int32_t apart) {
  vi lanes = LANE_NUMBERS;
  return vf_select((lanes & apart) != 0, swapped - v, v + swapped);
}

// The levels within a vector, of one that is a whole number of vectors long.
INLINE vf first_levels(vf v) {
  v = sums_and_differences(v, SWAPPED_1(v), 1);
  v = sums_and_differences(v, SWAPPED_2(v), 2);
#if LANES >= 8
  v = sums_and_differences(v, SWAPPED_4(v), 4);
#endif
#if LANES == 16
  v = sums_and_differences(v, SWAPPED_8(v), 8);
#endif
  return v;
}

// One level: pairs that are `apart` apart, at least a vector.
static void level(float *x, int64_t block, int64_t apart) {
  for (int64_t pairs = 0; pairs < block; pairs += 2 * apart) {
    for (int64_t i = pairs; i < pairs + apart; i += LANES) {
      vf a = vf_load(x + i), b = vf_load(x + i + apart);
      vf_store(x + i, a + b);
      vf_store(x + i + apart, a - b);
    }
  }
}

// Two levels at once: half the loads and stores.
static void two_levels(float *x, int64_t block, int64_t apart) {
  for (int64_t four = 0; four < block; four += 4 * apart) {
    for (int64_t i = four; i < four + apart; i += LANES) {
      vf a = vf_load(x + i), b = vf_load(x + i + apart);
      vf c = vf_load(x + i + 2 * apart), d = vf_load(x + i + 3 * apart);
      vf ab = a + b, a_b = a - b, cd = c + d, c_d = c - d;
      vf_store(x + i, ab + cd);
      vf_store(x + i + apart, a_b + c_d);
      vf_store(x + i + 2 * apart, ab - cd);
      vf_store(x + i + 3 * apart, a_b - c_d);
    }
  }
}

// A block of y, whose values times `before` are in x; times `factor` and `after` at the end. No factor is null.
INLINE void transform_block(const float *x, const float *before, float *y, int64_t block, float factor,
                            const float *after) {
  for (int64_t i = 0; i < block; i += LANES) {
    vf v = vf_load(x + i);
    vf_store(y + i, first_levels(before == 0 ? v : v * vf_load(before + i)));
  }
  int64_t apart = LANES;
  for (; 4 * apart <= block; apart *= 4) {
    two_levels(y, block, apart);
  }
  if (2 * apart <= block) {
    level(y, block, apart);
  }
  for (int64_t i = 0; i < block; i += LANES) {
    vf v = vf_load(y + i) * factor;
    vf_store(y + i, after == 0 ? v : v * vf_load(after + i));
  }
}

// The same of a block that is shorter than a vector.
static void transform_small(const float *x, const float *before, float *y, int64_t block, float factor,
                            const float *after) {
  for (int64_t i = 0; i < block; i++) {
    y[i] = before == 0 ? x[i] : x[i] * before[i];
  }
  for (int64_t apart = 1; apart < block; apart *= 2) {
    for (int64_t i = 0; i < block; i++) {
      if ((i & apart) == 0) {
        float a = y[i], b = y[i + apart];
        y[i] = a + b;
        y[i + apart] = a - b;
      }
    }
  }
  for (int64_t i = 0; i < block; i++) {
    float v = y[i] * factor;
    y[i] = after == 0 ? v : v * after[i];
  }
}

INLINE void transform(const float *x, const float *before, float *y, int64_t columns, int64_t block, float factor,
                      const float *after) {
  for (int64_t i = 0; i < columns; i += block) {
    const float *first = before == 0 ? 0 : before + i, *last = after == 0 ? 0 : after + i;
    if (block < LANES) {
      transform_small(x + i, first, y + i, block, factor, last);
    } else {
      transform_block(x + i, first, y + i, block, factor, last);
    }
  }
}

void KERNEL(rotate)(int32_t isa, const bitnet_rotation *r, const float *x, int64_t x_stride, int64_t begin, int64_t end,
                    float *y, int64_t y_stride) {
  for (int64_t t = begin; t < end; t++) {
    transform(x + t * x_stride, r->signs, y + t * y_stride, r->columns, r->block, r->factor, 0);
  }
}

void KERNEL(rotate_back)(int32_t isa, const bitnet_rotation *r, int64_t begin, int64_t end, float *x,
                         int64_t x_stride) {
  for (int64_t t = begin; t < end; t++) {
    float *row = x + t * x_stride;
    transform(row, 0, row, r->columns, r->block, r->factor, r->signs);
  }
}
