// What a model package says of itself, as far as Core ML shows it to those who load it. In C++, since exceptions of its
// own and of Objective-C do not mix here.
#pragma once
#include <map>
#include <stddef.h>
#include <stdint.h>
#include <string>
#include <vector>

struct FakeFeature {
  std::string name;
  std::vector<int64_t> shape;
  int64_t type = 0; // as MLMultiArrayDataType has it, too
};

struct FakeFunction {
  std::vector<FakeFeature> inputs, outputs, states;
  std::vector<std::string> operations; // their types, in order
};

struct FakePackage {
  std::map<std::string, FakeFunction> functions;
  std::string defaultFunction;
};

// Reads the content of a model.mlmodel. Returns what is wrong with it, or nothing.
std::string fakeReadModel(const void *bytes, size_t size, FakePackage &package);
