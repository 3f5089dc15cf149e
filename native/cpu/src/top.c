// The k best scores, as bitnet.spi.Logits keeps them.
#include "vector.h"

// Puts a candidate of a higher id than all before where it belongs, and drops the last one.
static void insert(int32_t *ids, float *values, int64_t k, int32_t id, float score) {
  int64_t at = k - 1;
  while (at > 0 && (ids[at - 1] < 0 || score > values[at - 1])) {
    values[at] = values[at - 1];
    ids[at] = ids[at - 1];
    at--;
  }
  values[at] = score;
  ids[at] = id;
}

// Whether a lane is greater.
INLINE int vf_any_greater(vf v, float than) {
#if LANES == 16
  return _mm512_cmp_ps_mask((__m512)v, _mm512_set1_ps(than), _CMP_GT_OQ) != 0;
#elif LANES == 8
  return _mm256_movemask_ps(_mm256_cmp_ps((__m256)v, _mm256_set1_ps(than), _CMP_GT_OQ)) != 0;
#elif defined(__aarch64__)
  return vmaxvq_u32(vcgtq_f32((float32x4_t)v, vdupq_n_f32(than))) != 0;
#else
  return (v[0] > than) | (v[1] > than) | (v[2] > than) | (v[3] > than);
#endif
}

void KERNEL(top)(int32_t isa, const float *scores, int64_t begin, int64_t end, int64_t k, int32_t *ids, float *values) {
  for (int64_t i = 0; i < k; i++) {
    ids[i] = -1;
    values[i] = -__builtin_inff();
  }
  int64_t i = begin;
  while (i < end) {
    if (ids[k - 1] >= 0 && i + LANES <= end && !vf_any_greater(vf_load(scores + i), values[k - 1])) {
      i += LANES;
      continue;
    }
    for (int64_t stop = least(end, i + LANES); i < stop; i++) {
      float score = scores[i];
      if (score > values[k - 1] || (ids[k - 1] < 0 && score == values[k - 1])) {
        insert(ids, values, k, (int32_t)i, score);
      }
    }
  }
}
