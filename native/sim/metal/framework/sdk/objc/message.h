// The part of the macOS SDK's <objc/message.h> that metal-cpp needs. Callers cast to the type of the method.
#pragma once

#include <objc/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

void objc_msgSend(void);
#if defined(__x86_64__)
void objc_msgSend_fpret(void);
void objc_msgSend_stret(void);
#endif

#ifdef __cplusplus
}
#endif
