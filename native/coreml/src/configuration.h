// What to load, and for which processors.
#ifndef BITNET_COREML_CONFIGURATION_H
#define BITNET_COREML_CONFIGURATION_H

#include "failure.h"

namespace bitnet {

inline MLModelConfiguration *configuration(const char *function, int32_t processors) {
  static_assert((int)BITNET_COREML_CPU == (int)MLComputeUnitsCPUOnly);
  static_assert((int)BITNET_COREML_CPU_AND_GPU == (int)MLComputeUnitsCPUAndGPU);
  static_assert((int)BITNET_COREML_ALL == (int)MLComputeUnitsAll);
  static_assert((int)BITNET_COREML_CPU_AND_NEURAL_ENGINE == (int)MLComputeUnitsCPUAndNeuralEngine);
  MLModelConfiguration *configuration = [[[MLModelConfiguration alloc] init] autorelease];
  [configuration setComputeUnits:(MLComputeUnits)processors];
  if (function) {
    [configuration setFunctionName:string(function)];
  }
  return configuration;
}

} // namespace bitnet

#endif
