#include "failure.h"

#include <string.h>

namespace bitnet {

// Cut where it does not fit, between characters: of UTF-8's bytes those that continue one begin with 10.
static void copy(char *to, size_t room, NSString *text) {
  const char *from = [text UTF8String];
  if (!from) {
    from = "";
  }
  size_t length = strlen(from);
  if (length >= room) {
    length = room - 1;
    while (length > 0 && (from[length] & 0xC0) == 0x80) {
      length--;
    }
  }
  memcpy(to, from, length);
  to[length] = 0;
}

static int32_t describe(bitnet_coreml_failure *failure, int32_t kind, NSString *domain, int64_t code, NSString *text) {
  failure->code = code;
  copy(failure->domain, sizeof failure->domain, domain);
  copy(failure->text, sizeof failure->text, text);
  return kind;
}

int32_t failed(bitnet_coreml_failure *failure, NSError *error) {
  if (!error) {
    return describe(failure, BITNET_COREML_ERROR, @"", 0, @"Core ML failed and did not say why");
  }
  NSString *text = [error localizedDescription];
  NSError *cause = [[error userInfo] objectForKey:NSUnderlyingErrorKey];
  if (cause) {
    text = [NSString stringWithFormat:@"%@ (%@)", text, [cause localizedDescription]];
  }
  return describe(failure, BITNET_COREML_ERROR, [error domain], [error code], text);
}

int32_t failed(bitnet_coreml_failure *failure, NSException *exception) {
  return describe(failure, BITNET_COREML_EXCEPTION, [exception name], 0, [exception reason]);
}

int32_t refused(bitnet_coreml_failure *failure, NSString *text) {
  return describe(failure, BITNET_COREML_REFUSED, @"bitnet", 0, text);
}

NSString *string(const char *utf8) {
  NSString *text = [NSString stringWithUTF8String:utf8];
  if (!text) {
    [NSException raise:NSInvalidArgumentException format:@"a name or path is not UTF-8"];
  }
  return text;
}

NSURL *fileURL(const char *path) {
  return [NSURL fileURLWithPath:string(path)];
}

} // namespace bitnet
