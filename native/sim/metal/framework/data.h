// dispatch_data_t: bytes in one piece.
#pragma once

#include "runtime.h"

#include <string>

namespace framework {

struct Data : Object {
  explicit Data(std::string bytes);
  const std::string bytes;
};

} // namespace framework
