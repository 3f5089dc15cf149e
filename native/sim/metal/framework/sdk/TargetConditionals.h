// The part of the macOS SDK's <TargetConditionals.h> that metal-cpp needs.
#pragma once

#define TARGET_OS_MAC 1
#define TARGET_OS_OSX 1
#define TARGET_OS_IPHONE 0
