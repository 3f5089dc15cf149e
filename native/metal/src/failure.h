// Why a call failed: what Metal said, or a mistake of the caller.
#pragma once

#include <Foundation/Foundation.hpp>

#include <cstdint>

namespace bitnet {

struct Failure {
  char domain[64] = "";
  int64_t code = 0;
  char text[1024] = "";

  __attribute__((format(printf, 4, 5))) void set(const char *domain, int64_t code, const char *format, ...);
  // `what` failed with this error, which may be null.
  void take(const char *what, NS::Error *error);
};

} // namespace bitnet
