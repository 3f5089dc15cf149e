// Sums of 64 rows and 32 tokens on AMX tiles: 16 tokens x 64 columns of activations times 64 columns x 16 rows of
// codes. The codes of 64 rows are expanded to bytes once and used for all tokens, which are read as they lie.
#include <immintrin.h>
#include <stddef.h>

enum { AMX_TOKENS = 32 };

static void amx_begin(void) {
  static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } tiles __attribute__((aligned(64))) = {
      .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
  _tile_loadconfig(&tiles);
}

static void amx_end(void) {
  _tile_release();
}

// A tile of sums starts at zero or goes on, then is stored.
#define AMX_START(tile, from)                                                                                          \
  if (first) {                                                                                                         \
    _tile_zero(tile);                                                                                                  \
  } else {                                                                                                             \
    _tile_loadd(tile, from, BITNET_ROW_BLOCK * 4);                                                                     \
  }

// Adds the products of `columns` columns to sums[token][row] of 32 tokens at `stride` and 32 rows. Two by two tiles, so
// that each one that is loaded is used twice.
INLINE void amx_sums(const uint8_t *codes, int64_t columns, const int8_t *activations, int64_t stride, int first,
                     int32_t *sums) {
  int32_t *lower = sums + 16 * BITNET_ROW_BLOCK;
  AMX_START(0, sums)
  AMX_START(1, sums + 16)
  AMX_START(2, lower)
  AMX_START(3, lower + 16)
  for (int64_t k = 0; k < columns; k += 64, codes += 16 * LINE_BYTES) {
    _tile_loadd(4, activations + k, (size_t)stride);
    _tile_loadd(6, codes, LINE_BYTES);
    _tile_loadd(7, codes + 64, LINE_BYTES);
    _tile_loadd(5, activations + 16 * stride + k, (size_t)stride);
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
  _tile_stored(0, sums, BITNET_ROW_BLOCK * 4);
  _tile_stored(1, sums + 16, BITNET_ROW_BLOCK * 4);
  _tile_stored(2, lower, BITNET_ROW_BLOCK * 4);
  _tile_stored(3, lower + 16, BITNET_ROW_BLOCK * 4);
}
#undef AMX_START
