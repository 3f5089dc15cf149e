// The part of the macOS SDK's <IOSurface/IOSurfaceRef.h> that metal-cpp needs.
#pragma once

typedef struct __IOSurface *IOSurfaceRef;
