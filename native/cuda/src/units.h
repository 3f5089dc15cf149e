// How kernels take units of weights, and the codes that they multiply them with.
#ifndef BITNET_UNITS_H
#define BITNET_UNITS_H

#include "device.h"

// The four words of a lane hold four columns each at four shifts.
INLINE uint4 codes_at(uint4 words, int shift) {
  const uint32_t mask = 0x03030303u;
  return make_uint4(words.x >> shift & mask, words.y >> shift & mask, words.z >> shift & mask, words.w >> shift & mask);
}

// Where 16 bytes `piece` of a token are in a chunk of the codes (bitnet_norm_quantize).
INLINE int codes_place(int token, int piece) {
  return token * BITNET_CHUNK + ((piece ^ (token & 7)) << 4);
}

// A chunk of the codes of the tokens from `first` on, a multiple of 8.
INLINE const int8_t *codes_of_chunk(const bitnet_norm_quantize &p, int first, int chunk) {
  return p.codes + ((int64_t)chunk * p.rows + first) * BITNET_CHUNK;
}

// Copies a chunk of the codes of TOKENS tokens to shared memory: thread `thread` of `threads` its part.
template <int TOKENS>
INLINE void fetch_codes(const bitnet_norm_quantize &p, int first, int chunk, uint8_t *to, int thread, int threads) {
  const int8_t *from = codes_of_chunk(p, first, chunk);
#pragma unroll
  for (int i = thread; i < TOKENS * 8; i += threads) {
    copy_ahead(to + 16 * i, from + 16 * i);
  }
}

// What b of multiply() is for 8 tokens from `first` on, columns 32 `quarter` on of a chunk in shared memory.
INLINE uint2 codes_of_tokens(const uint8_t *codes, int first, int quarter) {
  int token = first + threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  return make_uint2(*(const uint32_t *)(codes + codes_place(token, 2 * quarter) + 4 * t),
                    *(const uint32_t *)(codes + codes_place(token, 2 * quarter + 1) + 4 * t));
}

#endif
