// docs/numerics.md in plain C, an element at a time: what every kernel is compared with.
#ifndef REFERENCE_H
#define REFERENCE_H

#include "bitnet_cpu.h"

float reference_f16(uint16_t half);
uint16_t reference_to_f16(float f);
float reference_expn(float x);
float reference_sum256(const float *a, const float *b, int64_t n);
void reference_quantize(const float *x, int64_t n, int8_t *codes, float *scale, int32_t *sum);
void reference_wide_quantize(const float *x, int64_t n, int16_t *codes, float *step);
// The chains of a row and a token, added up.
float reference_grouped(const int8_t *weights, const uint16_t *scales, int32_t group, const int16_t *codes, int64_t n);
void reference_norm(const float *x, const float *gain, float epsilon, int64_t n, float *y);
float reference_gate(int32_t activation, float g, float u);
// The scale of a row of an int8 head.
float reference_int8_row(const float *w, int64_t n, int8_t *codes);
// The row of a table as floats.
void reference_row(const bitnet_table *table, int64_t row, float *x);
void reference_rope(float *v, int64_t dim, const float *cosines, const float *sines);
// Attention of one query over keys and values of `dim` floats each, from `first` up to `positions`.
void reference_attention(const float *q, const float *keys, const float *values, int64_t first, int64_t positions,
                         int64_t dim, float scale, float *out);

#endif
