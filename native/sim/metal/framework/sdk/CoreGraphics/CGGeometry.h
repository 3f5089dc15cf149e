// The part of the macOS SDK's <CoreGraphics/CGGeometry.h> that metal-cpp needs.
#pragma once

typedef struct CGSize {
  double width;
  double height;
} CGSize;
