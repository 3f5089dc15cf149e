// Rows of a table as they lie in a model file (the blocks are ggml's), four elements at a time. Every conversion is
// exact. Rows begin at even addresses, those of F32 at multiples of 4.
#ifndef BITNET_METAL_TABLE_ROW_H
#define BITNET_METAL_TABLE_ROW_H

#include "arguments.h"
#include "precise.h"

namespace bitnet {

METAL_FUNC float half_at(device const uchar *p) {
  return float(*reinterpret_cast<device const half *>(p));
}

METAL_FUNC uint4 bytes_at(device const uchar *p) {
  return uint4(p[0], p[1], p[2], p[3]);
}

// Each type has the bytes of a row, one element, and four from a multiple of four on. Rows of types without blocks may
// end anywhere.

struct F32Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) * 4; }
  static METAL_FUNC float at(device const uchar *row, uint i) { return reinterpret_cast<device const float *>(row)[i]; }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    return float4(*reinterpret_cast<device const packed_float4 *>(row + 4 * i));
  }
};

struct F16Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) * 2; }
  static METAL_FUNC float at(device const uchar *row, uint i) { return half_at(row + 2 * i); }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    const half4 v = *reinterpret_cast<device const packed_half4 *>(row + 2 * i);
    return float4(v);
  }
};

struct Bf16Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) * 2; }
  static METAL_FUNC float at(device const uchar *row, uint i) {
    return as_type<float>(uint(reinterpret_cast<device const ushort *>(row)[i]) << 16);
  }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    const ushort4 v = *reinterpret_cast<device const packed_ushort4 *>(row + 2 * i);
    return as_type<float4>(uint4(v) << 16u);
  }
};

// 32 elements: a half, 32 int8.
struct Q8Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) / 32 * 34; }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    device const uchar *block = row + i / 32 * 34;
    const char4 quants = *reinterpret_cast<device const packed_char4 *>(block + 2 + i % 32);
    return half_at(block) * float4(quants);
  }
  static METAL_FUNC float at(device const uchar *row, uint i) { return four(row, i & ~3u)[i & 3]; }
};

// 256 elements: 128 low nibbles, 64 high pairs, 16 int8 scales, a half. Each half of the block has four quarters of 32,
// of which two share the bytes of nibbles, and all four those of pairs.
struct Q6Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) / 256 * 210; }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    device const uchar *block = row + i / 256 * 210;
    const uint upper = i % 256 / 128, quarter = i % 128 / 32;
    const uint4 nibbles = bytes_at(block + 64 * upper + i % 64) >> (quarter / 2 * 4);
    const uint4 pairs = bytes_at(block + 128 + 32 * upper + i % 32) >> (quarter * 2);
    const float4 quants = float4((nibbles & 15u) | (pairs & 3u) << 4u) - 32.0f;
    const float scale = half_at(block + 208) * float(char(block[192 + i % 256 / 16]));
    return scale * quants;
  }
  static METAL_FUNC float at(device const uchar *row, uint i) { return four(row, i & ~3u)[i & 3]; }
};

// 32 elements: a half, 32 fifth bits, 16 bytes of nibbles: the lower ones of elements 0 .. 15, the upper ones of the
// rest.
struct Q5Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) / 32 * 22; }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    device const uchar *block = row + i / 32 * 22;
    const uint fifth = uint(block[2 + i % 32 / 8]) >> (i % 8);
    const uint4 fifths = uint4(fifth & 1, fifth >> 1 & 1, fifth >> 2 & 1, fifth >> 3 & 1);
    const uint4 nibbles = bytes_at(block + 6 + i % 16) >> (i % 32 / 16 * 4);
    return half_at(block) * (float4((nibbles & 15u) | fifths << 4u) - 16.0f);
  }
  static METAL_FUNC float at(device const uchar *row, uint i) { return four(row, i & ~3u)[i & 3]; }
};

// 32 elements: a half, 16 bytes of nibbles.
struct Q4Row {
  static METAL_FUNC ulong bytes(uint columns) { return ulong(columns) / 32 * 18; }
  static METAL_FUNC float4 four(device const uchar *row, uint i) {
    device const uchar *block = row + i / 32 * 18;
    const uint4 nibbles = bytes_at(block + 2 + i % 16) >> (i % 32 / 16 * 4);
    return half_at(block) * (float4(nibbles & 15u) - 8.0f);
  }
  static METAL_FUNC float at(device const uchar *row, uint i) { return four(row, i & ~3u)[i & 3]; }
};

} // namespace bitnet

#endif
