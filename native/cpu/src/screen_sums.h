// sums[row] = sum over k of codes[row][k] * ((high[k] << 7) + low[k] - OFFSET) for 64 rows. Single products and sums of
// planes may wrap around an int32; the result does not. `sum` is that of the input, (high << 7) + low - OFFSET.
INLINE void screen_sums(const int8_t *codes, int64_t quads, const uint8_t *high, const uint8_t *low, int32_t sum,
                        int32_t *sums) {
  const int32_t *h = (const int32_t *)(const void *)high, *l = (const int32_t *)(const void *)low;
#if defined(__AVX512VNNI__)
  // Codes plus 128 have no sign; the high plane less 64 and the low one fit in seven bits and a sign. What that adds is
  // the input's alone.
  __m512i a[4], b[4];
#pragma GCC unroll 4
  for (int g = 0; g < 4; g++) {
    a[g] = b[g] = _mm512_setzero_si512();
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES) {
    __m512i hs = _mm512_sub_epi8(_mm512_set1_epi32(h[i]), _mm512_set1_epi8(64)), ls = _mm512_set1_epi32(l[i]);
#pragma GCC unroll 4
    for (int g = 0; g < 4; g++) {
      prefetch_codes(codes + 64 * g);
      __m512i x = _mm512_xor_si512(_mm512_load_si512(codes + 64 * g), _mm512_set1_epi8(-128));
      a[g] = _mm512_dpbusd_epi32(a[g], x, hs);
      b[g] = _mm512_dpbusd_epi32(b[g], x, ls);
    }
  }
#pragma GCC unroll 4
  for (int g = 0; g < 4; g++) {
    __m512i all = _mm512_add_epi32(_mm512_slli_epi32(a[g], 7), b[g]);
    _mm512_store_si512(sums + 16 * g, _mm512_sub_epi32(all, _mm512_set1_epi32((int32_t)(128u * (uint32_t)sum))));
  }
#elif defined(__AVX2__)
  // The high plane less 64 has a sign, so that there is no offset to take off: 16 bits hold 2 * 127 * 127.
  const __m256i one = _mm256_set1_epi16(1), weight = _mm256_set1_epi16(128), offset = _mm256_set1_epi8(64);
  __m256i a[8];
#pragma GCC unroll 8
  for (int g = 0; g < 8; g++) {
    a[g] = _mm256_setzero_si256();
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES) {
    __m256i hs = _mm256_sub_epi8(_mm256_set1_epi32(h[i]), offset), ls = _mm256_set1_epi32(l[i]);
#pragma GCC unroll 8
    for (int g = 0; g < 8; g++) {
      if (g % 2 == 0) {
        prefetch_codes(codes + 32 * g);
      }
      __m256i x = _mm256_load_si256((const __m256i *)(const void *)(codes + 32 * g));
      __m256i top = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(hs, x));
      __m256i low = _mm256_maddubs_epi16(ls, x);
      a[g] = _mm256_add_epi32(a[g], _mm256_add_epi32(_mm256_madd_epi16(top, weight), _mm256_madd_epi16(low, one)));
    }
  }
#pragma GCC unroll 8
  for (int g = 0; g < 8; g++) {
    _mm256_store_si256((__m256i *)(void *)(sums + 8 * g), a[g]);
  }
#elif defined(__ARM_FEATURE_DOTPROD)
  for (int first = 0; first < BITNET_ROW_BLOCK; first += 32, codes += 128) {
    int32x4_t a[8], b[8], ones[8];
#pragma GCC unroll 8
    for (int g = 0; g < 8; g++) {
      a[g] = b[g] = ones[g] = vdupq_n_s32(0);
    }
    for (int64_t i = 0; i < quads; i++) {
      int8x16_t hs = vreinterpretq_s8_s32(vdupq_n_s32(h[i])), ls = vreinterpretq_s8_s32(vdupq_n_s32(l[i]));
#pragma GCC unroll 8
      for (int g = 0; g < 8; g++) {
        int8x16_t x = vld1q_s8(codes + i * LINE_BYTES + 16 * g);
        a[g] = vdotq_s32(a[g], x, hs); // both planes have seven bits
        b[g] = vdotq_s32(b[g], x, ls);
        ones[g] = vdotq_s32(ones[g], x, vdupq_n_s8(1));
      }
    }
#pragma GCC unroll 8
    for (int g = 0; g < 8; g++) {
      int32x4_t all = vaddq_s32(vshlq_n_s32(a[g], 7), b[g]);
      vst1q_s32(sums + first + 4 * g, vsubq_s32(all, vshlq_n_s32(ones[g], 13)));
    }
  }
#elif defined(TERNARY_NEON)
  // The four products of a row in four lanes, which are added at the end.
  for (int first = 0; first < BITNET_ROW_BLOCK; first += 16, codes += 64) {
    int32x4_t row[16];
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) {
      row[r] = vdupq_n_s32(0);
    }
    for (int64_t i = 0; i < quads; i++) {
      const int8_t *line = codes + i * LINE_BYTES;
      uint16x8_t hs = vmovl_u8(vreinterpret_u8_s32(vdup_n_s32(h[i]))),
                 ls = vmovl_u8(vreinterpret_u8_s32(vdup_n_s32(l[i])));
      int16x8_t z = vsubq_s16(vreinterpretq_s16_u16(vaddq_u16(vshlq_n_u16(hs, 7), ls)), vdupq_n_s16(OFFSET));
      prefetch_codes(line);
#pragma GCC unroll 4
      for (int g = 0; g < 4; g++) {
        int8x16_t x = vld1q_s8(line + 16 * g);
        int16x8_t low = vmovl_s8(vget_low_s8(x)), high = vmovl_high_s8(x);
        row[4 * g] = vmlal_s16(row[4 * g], vget_low_s16(low), vget_low_s16(z));
        row[4 * g + 1] = vmlal_high_s16(row[4 * g + 1], low, z);
        row[4 * g + 2] = vmlal_s16(row[4 * g + 2], vget_low_s16(high), vget_low_s16(z));
        row[4 * g + 3] = vmlal_high_s16(row[4 * g + 3], high, z);
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < 16; r += 4) {
      vst1q_s32(sums + first + r, vpaddq_s32(vpaddq_s32(row[r], row[r + 1]), vpaddq_s32(row[r + 2], row[r + 3])));
    }
  }
#else
  (void)h, (void)l;
  for (int r = 0; r < BITNET_ROW_BLOCK; r++) {
    sums[r] = 0;
  }
  for (int64_t i = 0; i < quads; i++, codes += LINE_BYTES) {
    int32_t z[4];
    for (int j = 0; j < 4; j++) {
      z[j] = high[4 * i + j] * 128 + low[4 * i + j] - OFFSET;
    }
    for (int r = 0; r < BITNET_ROW_BLOCK; r++) {
      const int8_t *c = codes + 4 * r;
      sums[r] += c[0] * z[0] + c[1] * z[1] + c[2] * z[2] + c[3] * z[3];
    }
  }
#endif
}
