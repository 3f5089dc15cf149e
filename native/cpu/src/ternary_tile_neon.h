// Sums of 64 rows and up to 4 tokens on NEON without the dot product: products of codes and activations in pairs of
// int16, which hold the 32 steps of 128 columns (32 * 2 * 128 = 8192), widened to a lane a row at their end.
#include <arm_neon.h>

// Tables from 8 tokens on are by count of instructions, not measured.
enum { TILE_TOKENS = 4, GROUPS = LINE_BYTES / 16, TABLES_FROM_TOKENS = 8 };

INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : 4;
}

// Two groups of four rows.
#define TILE(TOKENS)                                                                                                   \
  static __attribute__((noinline)) void tile_##TOKENS(const uint8_t *w, int64_t blocks, const int32_t *a,              \
                                                      int32_t *sums) {                                                 \
    int32x4_t all[TOKENS][2];                                                                                          \
    for (int t = 0; t < TOKENS; t++)                                                                                   \
      all[t][0] = all[t][1] = vdupq_n_s32(0);                                                                          \
    for (int64_t b = 0; b < blocks; b++, a += 24 * TOKENS) {                                                           \
      int16x8_t c[TOKENS][4];                                                                                          \
      for (int t = 0; t < TOKENS; t++)                                                                                 \
        c[t][0] = c[t][1] = c[t][2] = c[t][3] = vdupq_n_s16(0);                                                        \
      for (int j = 0; j < COLUMN_DWORDS; j++, w += LINE_BYTES, a += TOKENS) {                                          \
        uint8x16_t x = vld1q_u8(w), y = vld1q_u8(w + 16);                                                              \
        STEP(TOKENS, 0, vshrq_n_u8(x, 6), vshrq_n_u8(y, 6))                                                            \
        STEP(TOKENS, 1, vshrq_n_u8(x, 4), vshrq_n_u8(y, 4))                                                            \
        STEP(TOKENS, 2, vshrq_n_u8(x, 2), vshrq_n_u8(y, 2))                                                            \
        STEP(TOKENS, 3, x, y)                                                                                          \
      }                                                                                                                \
      for (int t = 0; t < TOKENS; t++) {                                                                               \
        all[t][0] = vaddq_s32(all[t][0], vpaddq_s32(vpaddlq_s16(c[t][0]), vpaddlq_s16(c[t][1])));                      \
        all[t][1] = vaddq_s32(all[t][1], vpaddq_s32(vpaddlq_s16(c[t][2]), vpaddlq_s16(c[t][3])));                      \
      }                                                                                                                \
    }                                                                                                                  \
    for (int t = 0; t < TOKENS; t++) {                                                                                 \
      vst1q_s32(sums + t * BITNET_ROW_BLOCK, all[t][0]);                                                               \
      vst1q_s32(sums + t * BITNET_ROW_BLOCK + 4, all[t][1]);                                                           \
    }                                                                                                                  \
  }
#define STEP(TOKENS, quarter, first, second)                                                                           \
  {                                                                                                                    \
    int8x16_t p = vreinterpretq_s8_u8(vandq_u8(first, vdupq_n_u8(3)));                                                 \
    int8x16_t q = vreinterpretq_s8_u8(vandq_u8(second, vdupq_n_u8(3)));                                                \
    for (int t = 0; t < TOKENS; t++) {                                                                                 \
      int8x8_t spread = vreinterpret_s8_s32(vdup_n_s32(a[quarter * 8 * TOKENS + t]));                                  \
      c[t][0] = vmlal_s8(c[t][0], vget_low_s8(p), spread);                                                             \
      c[t][1] = vmlal_s8(c[t][1], vget_high_s8(p), spread);                                                            \
      c[t][2] = vmlal_s8(c[t][2], vget_low_s8(q), spread);                                                             \
      c[t][3] = vmlal_s8(c[t][3], vget_high_s8(q), spread);                                                            \
    }                                                                                                                  \
  }
TILE(1)
TILE(2)
TILE(4)

// sums[token][row] = sum of codes * activations, codes 0, 1, 2.
static void tile_sums(const uint8_t *w, int64_t blocks, const int32_t *activations, int64_t lanes, int32_t *sums) {
  for (int g = 0; g < GROUPS; g += 2) {
    (lanes == 1 ? tile_1 : lanes == 2 ? tile_2 : tile_4)(w + 16 * g, blocks, activations, sums + 4 * g);
  }
}
