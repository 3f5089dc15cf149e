// From NSError and NSException to the failures of the interface. Every function of the interface that can fail is
//
//   BITNET_GUARD(failure) { ... return BITNET_COREML_OK; } BITNET_GUARD_END(failure)
//
// so that what it autoreleases goes with it, and nothing is thrown through it.
#ifndef BITNET_COREML_FAILURE_H
#define BITNET_COREML_FAILURE_H

#import <CoreML/CoreML.h>
#import <Foundation/Foundation.h>

#include "bitnet_coreml.h"

#if __has_feature(objc_arc)
#error "these sources retain and release by hand: compile them with -fno-objc-arc"
#endif

namespace bitnet {

// Each describes the failure and returns its kind.
int32_t failed(bitnet_coreml_failure *failure, NSError *error);
int32_t failed(bitnet_coreml_failure *failure, NSException *exception);
int32_t refused(bitnet_coreml_failure *failure, NSString *text);

NSString *string(const char *utf8);
NSURL *fileURL(const char *path);

} // namespace bitnet

#define BITNET_GUARD(failure)                                                                                          \
  @autoreleasepool {                                                                                                   \
    @try
#define BITNET_GUARD_END(failure)                                                                                      \
  @catch (NSException * exception) {                                                                                   \
    return bitnet::failed(failure, exception);                                                                         \
  }                                                                                                                    \
  }

#endif
