#include "package.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string.h>
#include <vector>

namespace {
// Protocol buffers, written by concatenation.
std::string varint(uint64_t value) {
  std::string bytes;
  for (; value > 0x7F; value >>= 7) {
    bytes += (char)(value | 0x80);
  }
  return bytes + (char)value;
}
std::string number(uint32_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
std::string bytes(uint32_t field, const std::string &content) {
  return varint(field << 3 | 2) + varint(content.size()) + content;
}

// As in src/package.mm of the fake.
std::string feature(const std::string &name, bool state, const std::vector<uint64_t> &shape) {
  std::string dimensions;
  for (uint64_t dimension : shape) {
    dimensions += varint(dimension);
  }
  std::string array = bytes(1, dimensions) + number(2, 0x10010);
  return bytes(1, name) + bytes(3, state ? bytes(8, bytes(1, array)) : bytes(5, array));
}

std::string described(const std::string &name, uint64_t n) {
  return bytes(20, bytes(1, name) + bytes(2, feature("x", false, {1, 3, 1, n})) +
                       bytes(3, feature("y", false, {1, 3, 1, n})) + bytes(6, feature("count", true, {2, 1})));
}

std::string programmed(const std::string &name) {
  std::string operations;
  for (const char *type : {"const", "constexpr_lut_to_dense", "read_state", "mul", "add", "add", "write_state"}) {
    operations += bytes(3, bytes(1, type));
  }
  return bytes(2, bytes(1, name) + bytes(2, bytes(3, bytes(1, "CoreML8") + bytes(2, operations))));
}

void write(const std::filesystem::path &path, const std::string &content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}
} // namespace

void write_package(const std::string &directory) {
  std::string description = described("step", 1) + described("steps", 4) + bytes(21, "step");
  std::string program = number(1, 1) + programmed("step") + programmed("steps");
  std::filesystem::path root = directory;
  write(root / "Data/com.apple.CoreML/model.mlmodel", number(1, 9) + bytes(2, description) + bytes(502, program));
  write(root / "Data/com.apple.CoreML/weights/weight.bin", std::string(64, '\0'));
  write(root / "Manifest.json", R"({"fileFormatVersion": "1.0.0", "itemInfoEntries": {
    "A": {"author": "com.apple.CoreML", "name": "model.mlmodel", "path": "com.apple.CoreML/model.mlmodel"},
    "B": {"author": "com.apple.CoreML", "name": "weights", "path": "com.apple.CoreML/weights"}},
    "rootModelIdentifier": "A"})");
}

void damage_package(const std::string &directory, const std::string &from, const std::string &to) {
  std::string path = directory + "/Data/com.apple.CoreML/model.mlmodel";
  std::stringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  std::string all = content.str();
  all.replace(all.find(from), from.size(), to);
  write(path, all);
}

int32_t compute(const char *package, const char *function, const bitnet_coreml_array *inputs, int32_t input_count,
                const bitnet_coreml_array *outputs, int32_t output_count, const bitnet_coreml_array *states,
                int32_t state_count, char *text, int32_t room) {
  int64_t n = strcmp(function, "step") == 0 ? 1 : 4;
  if (input_count != 1 || output_count != 1 || state_count != 1 || inputs[0].shape[3] != n) {
    snprintf(text, (size_t)room, "%s has other arguments", function);
    return 1;
  }
  auto *x = (const _Float16 *)inputs[0].data;
  auto *y = (_Float16 *)outputs[0].data;
  auto *count = (_Float16 *)states[0].data;
  *count += 1;
  for (int64_t i = 0; i < 3 * n; i++) {
    y[i] = (_Float16)2 * x[i] + *count;
  }
  return 0;
}
