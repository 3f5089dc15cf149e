// The part of the macOS SDK's <objc/runtime.h> that metal-cpp needs, for other systems.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct objc_object {
  void *isa;
};
typedef struct objc_object *id;
typedef struct objc_selector *SEL;

// Class and Protocol * in the SDK; metal-cpp keeps both as void *.
void *objc_lookUpClass(const char *name);
void *objc_getProtocol(const char *name);
SEL sel_registerName(const char *name);

#ifdef __cplusplus
}
#endif
