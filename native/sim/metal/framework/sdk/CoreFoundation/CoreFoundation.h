// The part of the macOS SDK's <CoreFoundation/CoreFoundation.h> that metal-cpp needs.
#pragma once

#include <dispatch/dispatch.h>
#include <objc/runtime.h>

#include <math.h>

typedef double CFTimeInterval;
typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;

#ifdef __cplusplus
extern "C" CFStringRef __CFStringMakeConstantString(const char *text);
#endif
