// Sums of 64 rows and a few tokens on 128-bit vectors of int16.
enum { TILE_TOKENS = 1, TABLES_FROM_TOKENS = 2 };

INLINE int64_t tile_lanes(int64_t tokens) {
  return tokens;
}

// sums[row] = sum of codes * activations, codes 0, 1, 2.
static void tile_sums(const uint8_t *w, int64_t blocks, const int32_t *activations, int64_t lanes, int32_t *sums) {
  typedef uint8_t bytes __attribute__((vector_size(8)));
  typedef int16_t words __attribute__((vector_size(16)));
  typedef int8_t quad __attribute__((vector_size(8)));
  for (int64_t r = 0; r < BITNET_ROW_BLOCK; r += 2) {
    int32_t first = 0, second = 0;
    for (int64_t b = 0; b < blocks; b++) {
      words partial = {0}; // of two rows, four lanes each; at most 32 * 2 * 128 in size
      for (int64_t j = 0; j < COLUMN_DWORDS; j++) {
        bytes x = *(const bytes *)(const void *)(w + (b * COLUMN_DWORDS + j) * LINE_BYTES + 4 * r);
        for (int quarter = 0; quarter < 4; quarter++) {
          int32_t a = activations[b * 32 + quarter * 8 + j];
          typedef int32_t twice __attribute__((vector_size(8)));
          quad q = (quad)(twice){a, a};
          bytes codes = (x >> (6 - 2 * quarter)) & 3;
          partial += __builtin_convertvector(codes, words) * __builtin_convertvector(q, words);
        }
      }
      first += partial[0] + partial[1] + partial[2] + partial[3];
      second += partial[4] + partial[5] + partial[6] + partial[7];
    }
    sums[r] = first;
    sums[r + 1] = second;
  }
}
