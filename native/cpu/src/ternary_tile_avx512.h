// Sums of 64 rows, a byte a code, and up to 6 tokens by the int8 dot product, a lane a row: no horizontal sums, each
// load of codes and of a token's four activations used several times.
#include <immintrin.h>

enum { EXPANDED_TOKENS = 6, EXPANDED_GROUPS = LINE_BYTES / 64 };
#define UNROLL_SIX _Pragma("GCC unroll 6")

#define EXPANDED_TILE(TOKENS)                                                                                          \
  static __attribute__((noinline)) void expanded_##TOKENS(const uint8_t *codes, int64_t quads, const int32_t *a,       \
                                                          int first, int32_t *sums) {                                  \
    __m512i c[TOKENS][EXPANDED_GROUPS];                                                                                \
    UNROLL_SIX for (int t = 0; t < TOKENS; t++) UNROLL_SIX for (int g = 0; g < EXPANDED_GROUPS; g++) c[t][g] =         \
        first ? _mm512_setzero_si512() : _mm512_load_si512(sums + t * BITNET_ROW_BLOCK + 16 * g);                      \
    for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, a += TOKENS) {                                            \
      __m512i x[EXPANDED_GROUPS];                                                                                      \
      UNROLL_SIX for (int g = 0; g < EXPANDED_GROUPS; g++) x[g] = _mm512_load_si512(codes + 64 * g);                   \
      UNROLL_SIX for (int t = 0; t < TOKENS; t++) {                                                                    \
        __m512i spread = _mm512_set1_epi32(a[t]);                                                                      \
        UNROLL_SIX for (int g = 0; g < EXPANDED_GROUPS; g++) c[t][g] = _mm512_dpbusd_epi32(c[t][g], x[g], spread);     \
      }                                                                                                                \
    }                                                                                                                  \
    UNROLL_SIX for (int t = 0; t < TOKENS; t++) UNROLL_SIX for (int g = 0; g < EXPANDED_GROUPS; g++)                   \
        _mm512_store_si512(sums + t * BITNET_ROW_BLOCK + 16 * g, c[t][g]);                                             \
  }
EXPANDED_TILE(2)
EXPANDED_TILE(4)
EXPANDED_TILE(6)

// Tokens are filled up with zeros to one of these.
INLINE int64_t expanded_lanes(int64_t tokens) {
  return tokens <= 2 ? 2 : tokens <= 4 ? 4 : 6;
}

// Adds to sums[token][row], which start at zero if this is the first call, the sums of codes * activations.
static void expanded_sums(const uint8_t *codes, int64_t quads, const int32_t *activations, int64_t lanes, int first,
                          int32_t *sums) {
  if (lanes == 6) {
    expanded_6(codes, quads, activations, first, sums);
  } else if (lanes == 4) {
    expanded_4(codes, quads, activations, first, sums);
  } else {
    expanded_2(codes, quads, activations, first, sums);
  }
}
