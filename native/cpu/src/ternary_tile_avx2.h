// Sums of 64 rows and up to 4 tokens on AVX2: products of codes and activations in pairs of int16, which hold the 32
// steps of 128 columns (32 * 2 * 2 * 128 = 16384), then widened to a lane a row.
enum { TILE_TOKENS = 4, GROUPS = LINE_BYTES / 32, TABLES_FROM_TOKENS = 12 };

INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : 4;
}

#define UNROLL _Pragma("GCC unroll 8")
#define TILE(GROUPS_, TOKENS)                                                                                          \
  static __attribute__((noinline)) void tile_##GROUPS_##_##TOKENS(const uint8_t *w, int64_t blocks, const int32_t *a,  \
                                                                  int32_t *sums) {                                     \
    const __m256i ones = _mm256_set1_epi16(1), mask = _mm256_set1_epi8(3);                                             \
    for (int64_t b = 0; b < blocks; b++, a += 24 * TOKENS) {                                                           \
      __m256i c[TOKENS][GROUPS_];                                                                                      \
      UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++) c[t][g] =                       \
          _mm256_setzero_si256();                                                                                      \
      for (int j = 0; j < COLUMN_DWORDS; j++, w += LINE_BYTES, a += TOKENS) {                                          \
        UNROLL for (int g = 0; g < GROUPS_; g++) {                                                                     \
          if (g % 2 == 0) {                                                                                            \
            prefetch_stream(w + 32 * g);                                                                               \
          }                                                                                                            \
          __m256i x = _mm256_load_si256((const __m256i *)(const void *)(w + 32 * g));                                  \
          UNROLL for (int quarter = 0; quarter < 4; quarter++) {                                                       \
            __m256i codes = _mm256_and_si256(quarter == 3 ? x : _mm256_srli_epi16(x, 6 - 2 * quarter), mask);          \
            UNROLL for (int t = 0; t < TOKENS; t++) c[t][g] = _mm256_add_epi16(                                        \
                c[t][g], _mm256_maddubs_epi16(codes, _mm256_set1_epi32(a[quarter * 8 * TOKENS + t])));                 \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
      UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++) {                               \
        __m256i *to = (__m256i *)(void *)(sums + t * BITNET_ROW_BLOCK + 8 * g);                                        \
        __m256i wide = _mm256_madd_epi16(c[t][g], ones);                                                               \
        _mm256_store_si256(to, b == 0 ? wide : _mm256_add_epi32(_mm256_load_si256(to), wide));                         \
      }                                                                                                                \
    }                                                                                                                  \
  }
TILE(8, 1)
TILE(4, 2)
TILE(2, 4)

// sums[token][row] = sum of codes * activations, codes 0, 1, 2.
static void tile_sums(const uint8_t *w, int64_t blocks, const int32_t *activations, int64_t lanes, int32_t *sums) {
  if (lanes == 1) {
    tile_8_1(w, blocks, activations, sums);
    return;
  }
  for (int g = 0; g < GROUPS; g += 4) {
    if (lanes == 2) {
      tile_4_2(w + 32 * g, blocks, activations, sums + 8 * g);
    } else {
      tile_2_4(w + 32 * g, blocks, activations, sums + 8 * g);
      tile_2_4(w + 32 * (g + 2), blocks, activations, sums + 8 * (g + 2));
    }
  }
}
