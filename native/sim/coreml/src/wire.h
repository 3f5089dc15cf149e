// Protocol buffers, read field by field. A damaged message throws std::runtime_error.
#pragma once
#include <stdexcept>
#include <stdint.h>
#include <string>

struct Wire {
  const uint8_t *at;
  const uint8_t *end;

  uint32_t number = 0; // of the field that next() found
  uint64_t value = 0;  // of a varint or a fixed-size field
  const uint8_t *bytes = nullptr;
  size_t size = 0; // of a field with a length

  explicit Wire(const std::string &message)
      : at(reinterpret_cast<const uint8_t *>(message.data())), end(at + message.size()) {}
  Wire(const uint8_t *from, size_t length) : at(from), end(from + length) {}

  bool next() {
    if (at == end) {
      return false;
    }
    uint64_t tag = varint();
    number = (uint32_t)(tag >> 3);
    bytes = nullptr;
    size = 0;
    value = 0;
    switch (tag & 7) {
    case 0:
      value = varint();
      break;
    case 1:
      take(8);
      break;
    case 2:
      take(varint());
      break;
    case 5:
      take(4);
      break;
    default:
      throw std::runtime_error("wire type " + std::to_string(tag & 7));
    }
    return true;
  }

  Wire message() const { return Wire(bytes, size); }
  std::string text() const { return std::string(reinterpret_cast<const char *>(bytes), size); }

  uint64_t varint() {
    uint64_t result = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw std::runtime_error("it ends in a number");
      }
      uint8_t byte = *at++;
      result |= (uint64_t)(byte & 0x7F) << shift;
      if (!(byte & 0x80)) {
        return result;
      }
    }
    throw std::runtime_error("a number is too long");
  }

private:
  void take(uint64_t length) {
    if (length > (uint64_t)(end - at)) {
      throw std::runtime_error("it ends in a field");
    }
    bytes = at;
    size = (size_t)length;
    at += length;
  }
};
