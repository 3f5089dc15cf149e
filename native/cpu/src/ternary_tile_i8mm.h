// Sums of 64 rows and up to 8 tokens by the int8 matrix product: registers hold two rows, or two tokens, of eight
// columns. One token or two take the dot product, a lane a row.
#include <arm_neon.h>

enum { TILE_TOKENS = 8, GROUP_BYTES = 16, GROUPS = LINE_BYTES / GROUP_BYTES };

#define UNROLL _Pragma("GCC unroll 16")
#define CODES(x, quarter)                                                                                              \
  vreinterpretq_s8_u8(vandq_u8(vshlq_u8(x, vdupq_n_s8((int8_t)(2 * (quarter) - 6))), vdupq_n_u8(3)))

INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens <= 2 ? tokens : tokens <= 4 ? 4 : 8;
}

#define TILE(GROUPS_, TOKENS)                                                                                          \
  static __attribute__((noinline)) void tile_##GROUPS_##_##TOKENS(const uint8_t *w, int64_t blocks, const int32_t *a,  \
                                                                  int32_t *sums) {                                     \
    int32x4_t c[TOKENS][GROUPS_];                                                                                      \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++) c[t][g] = vdupq_n_s32(0);         \
    for (int64_t b = 0; b < blocks; b++, a += 24 * TOKENS) {                                                           \
      for (int j = 0; j < COLUMN_DWORDS; j++, w += LINE_BYTES, a += TOKENS) {                                          \
        UNROLL for (int quarter = 0; quarter < 4; quarter++) {                                                         \
          int8x16_t codes[GROUPS_];                                                                                    \
          UNROLL for (int g = 0; g < GROUPS_; g++) codes[g] = CODES(vld1q_u8(w + GROUP_BYTES * g), quarter);           \
          UNROLL for (int t = 0; t < TOKENS; t++) {                                                                    \
            int8x16_t spread = vreinterpretq_s8_s32(vdupq_n_s32(a[quarter * 8 * TOKENS + t]));                         \
            UNROLL for (int g = 0; g < GROUPS_; g++) c[t][g] = vdotq_s32(c[t][g], codes[g], spread);                   \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
    UNROLL for (int t = 0; t < TOKENS; t++) UNROLL for (int g = 0; g < GROUPS_; g++)                                   \
        vst1q_s32(sums + t * BITNET_ROW_BLOCK + 4 * g, c[t][g]);                                                       \
  }
TILE(8, 1)
TILE(4, 2)

// Two lines at a time make eight columns of a row; a register has two rows of them, or two tokens.
#undef TILE
#define TILE(GROUPS_, TOKENS)                                                                                          \
  static __attribute__((noinline)) void tile_##GROUPS_##_##TOKENS(const uint8_t *w, int64_t blocks, const int32_t *a,  \
                                                                  int32_t *sums) {                                     \
    int32x4_t c[TOKENS / 2][2 * GROUPS_];                                                                              \
    UNROLL for (int t = 0; t < TOKENS / 2; t++) UNROLL for (int g = 0; g < 2 * GROUPS_; g++) c[t][g] = vdupq_n_s32(0); \
    for (int64_t b = 0; b < blocks; b++, a += 24 * TOKENS) {                                                           \
      for (int j = 0; j < COLUMN_DWORDS; j += 2, w += 2 * LINE_BYTES, a += 2 * TOKENS) {                               \
        uint8x16_t x[2 * GROUPS_];                                                                                     \
        UNROLL for (int g = 0; g < GROUPS_; g++) {                                                                     \
          uint32x4_t first = vreinterpretq_u32_u8(vld1q_u8(w + GROUP_BYTES * g));                                      \
          uint32x4_t second = vreinterpretq_u32_u8(vld1q_u8(w + LINE_BYTES + GROUP_BYTES * g));                        \
          x[2 * g] = vreinterpretq_u8_u32(vzip1q_u32(first, second));                                                  \
          x[2 * g + 1] = vreinterpretq_u8_u32(vzip2q_u32(first, second));                                              \
        }                                                                                                              \
        UNROLL for (int quarter = 0; quarter < 4; quarter++) {                                                         \
          int8x16_t codes[2 * GROUPS_];                                                                                \
          UNROLL for (int g = 0; g < 2 * GROUPS_; g++) codes[g] = CODES(x[g], quarter);                                \
          UNROLL for (int t = 0; t < TOKENS / 2; t++) {                                                                \
            int32x2_t first = vld1_s32(a + quarter * 8 * TOKENS + 2 * t);                                              \
            int32x2_t second = vld1_s32(a + (quarter * 8 + 1) * TOKENS + 2 * t);                                       \
            int8x16_t pair = vreinterpretq_s8_s32(vcombine_s32(vzip1_s32(first, second), vzip2_s32(first, second)));   \
            UNROLL for (int g = 0; g < 2 * GROUPS_; g++) c[t][g] = vmmlaq_s32(c[t][g], codes[g], pair);                \
          }                                                                                                            \
        }                                                                                                              \
      }                                                                                                                \
    }                                                                                                                  \
    UNROLL for (int t = 0; t < TOKENS / 2; t++) UNROLL for (int g = 0; g < GROUPS_; g++) {                             \
      int32_t *to = sums + 2 * t * BITNET_ROW_BLOCK + 4 * g;                                                           \
      vst1q_s32(to, vuzp1q_s32(c[t][2 * g], c[t][2 * g + 1]));                                                         \
      vst1q_s32(to + BITNET_ROW_BLOCK, vuzp2q_s32(c[t][2 * g], c[t][2 * g + 1]));                                      \
    }                                                                                                                  \
  }
TILE(4, 4)
TILE(2, 8)

// sums[token][row] = sum of codes * activations, codes 0, 1, 2.
static void tile_sums(const uint8_t *w, int64_t blocks, const int32_t *activations, int64_t lanes, int32_t *sums) {
  int step = lanes == 1 ? 8 : lanes == 8 ? 2 : 4;
  for (int g = 0; g < GROUPS; g += step) {
    const uint8_t *from = w + GROUP_BYTES * g;
    switch (lanes) {
    case 1:
      tile_8_1(from, blocks, activations, sums + 4 * g);
      break;
    case 2:
      tile_4_2(from, blocks, activations, sums + 4 * g);
      break;
    case 4:
      tile_4_4(from, blocks, activations, sums + 4 * g);
      break;
    default:
      tile_2_8(from, blocks, activations, sums + 4 * g);
    }
  }
}
