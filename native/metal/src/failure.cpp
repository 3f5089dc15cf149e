#include "failure.h"

#include <cstdarg>
#include <cstdio>

namespace bitnet {

void Failure::set(const char *newDomain, int64_t newCode, const char *format, ...) {
  snprintf(domain, sizeof domain, "%s", newDomain);
  code = newCode;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
}

void Failure::take(const char *what, NS::Error *error) {
  if (error == nullptr) {
    set("Metal", 0, "%s failed without a reason", what);
    return;
  }
  const char *errorDomain = error->domain() == nullptr ? "" : error->domain()->utf8String();
  const char *description = error->localizedDescription() == nullptr ? "" : error->localizedDescription()->utf8String();
  set(errorDomain, error->code(), "%s failed: %s (%s %lld)", what, description, errorDomain,
      static_cast<long long>(error->code()));
}

} // namespace bitnet
