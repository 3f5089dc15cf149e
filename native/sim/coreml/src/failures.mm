#include "failures.h"
#include "fake_coreml.h"

#include <atomic>

namespace {
// Calls until the failure; below zero for none.
std::atomic<int32_t> countdown{-1};
std::atomic<int32_t> wanted{0};

bool due() {
  int32_t left = countdown.load();
  while (left >= 0 && !countdown.compare_exchange_weak(left, left - 1)) {
  }
  return left == 0;
}

void raise(const char *call) {
  [NSException raise:NSInternalInconsistencyException format:@"%s failed on purpose", call];
}
} // namespace

void fake_coreml_fail(int32_t after, int32_t kind) {
  wanted = kind;
  countdown = after;
}

int32_t fake_coreml_fail_no_more(void) {
  return countdown.exchange(-1) >= 0;
}

id fakeError(NSError **error, NSInteger code, NSString *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  NSString *text = [[[NSString alloc] initWithFormat:format arguments:arguments] autorelease];
  va_end(arguments);
  if (error) {
    *error = [NSError errorWithDomain:MLModelErrorDomain code:code userInfo:@{NSLocalizedDescriptionKey : text}];
  }
  return nil;
}

static void fail(NSError **error, const char *call, bool mayRaise) {
  if (wanted == FAKE_COREML_EXCEPTION && mayRaise) {
    raise(call);
  }
  fakeError(error, 99, @"%s failed on purpose", call);
}

bool fakeFails(NSError **error, const char *call, bool mayRaise) {
  if (!due()) {
    return false;
  }
  fail(error, call, mayRaise);
  return true;
}

bool fakeFailsInit(id object, NSError **error, const char *call) {
  if (!due()) {
    return false;
  }
  [object release];
  fail(error, call, true);
  return true;
}

void fakeMayRaise(const char *call) {
  if (due()) {
    raise(call);
  }
}
