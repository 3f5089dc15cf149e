// Field numbers as in Core ML's Model.proto, FeatureTypes.proto and MIL.proto.
#include "package.h"
#include "wire.h"

namespace {
// ArrayFeatureType: shape = 1, dataType = 2
void readArray(Wire array, FakeFeature &feature) {
  while (array.next()) {
    if (array.number == 1 && array.bytes) {
      for (Wire packed = array.message(); packed.at != packed.end;) {
        feature.shape.push_back((int64_t)packed.varint());
      }
    } else if (array.number == 2) {
      feature.type = (int64_t)array.value;
    }
  }
}

// FeatureDescription: name = 1, type = 3 {multiArrayType = 5, stateType = 8 {arrayType = 1}}
FakeFeature readFeature(Wire description) {
  FakeFeature feature;
  while (description.next()) {
    if (description.number == 1) {
      feature.name = description.text();
    } else if (description.number == 3) {
      for (Wire type = description.message(); type.next();) {
        if (type.number == 5) {
          readArray(type.message(), feature);
        } else if (type.number == 8) {
          for (Wire state = type.message(); state.next();) {
            if (state.number == 1) {
              readArray(state.message(), feature);
            }
          }
        }
      }
    }
  }
  return feature;
}

// FunctionDescription: name = 1, input = 2, output = 3, state = 6
void readFunctionDescription(Wire description, FakePackage &package) {
  std::string name;
  FakeFunction function;
  while (description.next()) {
    if (description.number == 1) {
      name = description.text();
    } else if (description.number == 2) {
      function.inputs.push_back(readFeature(description.message()));
    } else if (description.number == 3) {
      function.outputs.push_back(readFeature(description.message()));
    } else if (description.number == 6) {
      function.states.push_back(readFeature(description.message()));
    }
  }
  package.functions[name] = function;
}

// ModelDescription: input = 1, output = 10, state = 13, functions = 20, defaultFunctionName = 21
void readDescription(Wire description, FakePackage &package) {
  FakeFunction only;
  while (description.next()) {
    if (description.number == 1) {
      only.inputs.push_back(readFeature(description.message()));
    } else if (description.number == 10) {
      only.outputs.push_back(readFeature(description.message()));
    } else if (description.number == 13) {
      only.states.push_back(readFeature(description.message()));
    } else if (description.number == 20) {
      readFunctionDescription(description.message(), package);
    } else if (description.number == 21) {
      package.defaultFunction = description.text();
    }
  }
  if (package.functions.empty()) {
    package.defaultFunction = "main";
    package.functions["main"] = only;
  }
}

// Map entries: key = 1, value = 2
std::pair<std::string, Wire> readEntry(Wire entry) {
  std::string key;
  Wire value(nullptr, 0);
  while (entry.next()) {
    if (entry.number == 1) {
      key = entry.text();
    } else if (entry.number == 2) {
      value = entry.message();
    }
  }
  return {key, value};
}

// Function: block_specializations = 3; Block: operations = 3; Operation: type = 1
void readOperations(Wire function, std::vector<std::string> &operations) {
  while (function.next()) {
    if (function.number != 3) {
      continue;
    }
    for (Wire block = readEntry(function.message()).second; block.next();) {
      if (block.number == 3) {
        for (Wire operation = block.message(); operation.next();) {
          if (operation.number == 1) {
            operations.push_back(operation.text());
          }
        }
      }
    }
  }
}

// Program: functions = 2
void readProgram(Wire program, FakePackage &package) {
  while (program.next()) {
    if (program.number == 2) {
      auto [name, function] = readEntry(program.message());
      auto described = package.functions.find(name);
      if (described == package.functions.end()) {
        throw std::runtime_error("MIL program function " + name + " is not described");
      }
      readOperations(function, described->second.operations);
    }
  }
}

// Model: specificationVersion = 1, description = 2, mlProgram = 502
void readModel(Wire model, FakePackage &package) {
  uint64_t version = 0;
  while (model.next()) {
    if (model.number == 1) {
      version = model.value;
    } else if (model.number == 2) {
      readDescription(model.message(), package);
    } else if (model.number == 502) {
      readProgram(model.message(), package);
    }
  }
  if (version != 9) {
    throw std::runtime_error("the specification version is " + std::to_string(version) + ", not 9");
  }
}
} // namespace

std::string fakeReadModel(const void *bytes, size_t size, FakePackage &package) {
  try {
    readModel(Wire(static_cast<const uint8_t *>(bytes), size), package);
    return "";
  } catch (const std::runtime_error &e) {
    return std::string("model.mlmodel is damaged: ") + e.what();
  }
}
