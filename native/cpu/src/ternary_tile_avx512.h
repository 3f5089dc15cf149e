// Sums of 64 rows, a byte a code, and up to 24 tokens by the int8 dot product, a lane a row: no horizontal sums, the
// codes of a lane loaded once for all tokens of a tile, each token's four activations a broadcast operand.
#include <immintrin.h>

enum { TILE_TOKENS = 24 };
#define UNROLL _Pragma("GCC unroll 24")

// Sums of GROUPS groups of 16 rows and TOKENS tokens.
#define TILE(GROUPS, TOKENS)                                                                                           \
  static __attribute__((noinline)) void tile_##GROUPS##_##TOKENS(const uint8_t *codes, int64_t quads,                  \
                                                                 const int32_t *a, int first, int32_t *sums) {         \
    __m512i c[TOKENS][GROUPS];                                                                                         \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS; g++) c[t][g] =                          \
        first ? _mm512_setzero_si512() : _mm512_load_si512(sums + t * BITNET_ROW_BLOCK + 16 * g);                      \
    for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES, a += TOKENS) {                                            \
      __m512i x[GROUPS];                                                                                               \
      UNROLL for (int g = 0; g < GROUPS; g++) x[g] = _mm512_load_si512(codes + 64 * g);                                \
      UNROLL for (int t = 0; t < TOKENS; t++) {                                                                        \
        __m512i spread = _mm512_set1_epi32(a[t]);                                                                      \
        UNROLL for (int g = 0; g < GROUPS; g++) c[t][g] = _mm512_dpbusd_epi32(c[t][g], x[g], spread);                  \
      }                                                                                                                \
    }                                                                                                                  \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS; g++)                                    \
        _mm512_store_si512(sums + t * BITNET_ROW_BLOCK + 16 * g, c[t][g]);                                             \
  }
TILE(4, 4)
TILE(2, 8)
TILE(1, 16)
TILE(1, 24)

// Tokens are filled up with zeros to one of these.
INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 4 ? 4 : tokens <= 8 ? 8 : tokens <= 16 ? 16 : 24;
}

// Adds to sums[token][row], which start at zero if this is the first call, the sums of codes * activations.
static void tile_sums(const uint8_t *codes, int64_t quads, const int32_t *activations, int64_t lanes, int first,
                      int32_t *sums) {
  for (int group = 0; group < 4;) {
    const uint8_t *from = codes + 64 * group;
    int32_t *to = sums + 16 * group;
    switch (lanes) {
    case 4:
      tile_4_4(from, quads, activations, first, to);
      group += 4;
      break;
    case 8:
      tile_2_8(from, quads, activations, first, to);
      group += 2;
      break;
    case 16:
      tile_1_16(from, quads, activations, first, to);
      group++;
      break;
    default:
      tile_1_24(from, quads, activations, first, to);
      group++;
    }
  }
}
