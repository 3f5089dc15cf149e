// Where the kernels of gated DeltaNet find what they need in a row and in a state.
#ifndef BITNET_DELTA_H
#define BITNET_DELTA_H

#include "numerics.h"

namespace delta {

INLINE float *row(const bitnet_delta &p, int t) {
  return p.mixed + (int64_t)t * p.mixed_stride;
}

// Where parts of a row begin, behind the queries.
INLINE int keys(const bitnet_delta &p) {
  return p.key_heads * p.head_dim;
}

INLINE int values(const bitnet_delta &p) {
  return 2 * keys(p);
}

// So many channels go through the convolution.
INLINE int gates(const bitnet_delta &p) {
  return values(p) + p.value_heads * p.head_dim;
}

// How much of a head's matrix is kept, once delta_prepare has been there.
INLINE int kept(const bitnet_delta &p) {
  return gates(p) + p.value_heads * p.head_dim;
}

// How far it is corrected.
INLINE int rates(const bitnet_delta &p) {
  return kept(p) + p.value_heads;
}

INLINE float *matrix(const bitnet_delta &p, int t, int head) {
  return p.entries[t].state + p.layer_floats + (int64_t)head * p.head_dim * p.head_dim;
}

// The last inputs of the convolution.
INLINE float *history(const bitnet_delta &p, int t) {
  return matrix(p, t, p.value_heads);
}

// The result of a value head.
INLINE float *result(const bitnet_delta &p, int t, int head) {
  int place = p.grouped ? head % p.key_heads * (p.value_heads / p.key_heads) + head / p.key_heads : head;
  return p.out + (int64_t)t * p.out_stride + place * p.head_dim;
}

} // namespace delta

#endif
