#include "configuration.h"
#include "failure.h"

// The plan comes on another thread. Retained, or nil with `error`.
static MLComputePlan *newPlan(NSURL *compiled, MLModelConfiguration *configuration, NSError **error) {
  NSCondition *condition = [[[NSCondition alloc] init] autorelease];
  __block BOOL done = NO;
  __block MLComputePlan *plan = nil;
  __block NSError *problem = nil;
  [MLComputePlan loadContentsOfURL:compiled
                     configuration:configuration
                 completionHandler:^(MLComputePlan *made, NSError *failed) {
                   [condition lock];
                   plan = [made retain];
                   problem = [failed retain];
                   done = YES;
                   [condition signal];
                   [condition unlock];
                 }];
  [condition lock];
  while (!done) {
    [condition wait];
  }
  [condition unlock];
  *error = [problem autorelease];
  return plan;
}

static void count(MLComputePlan *plan, MLModelStructureProgramBlock *block, bitnet_coreml_residency *residency) {
  for (MLModelStructureProgramOperation *operation in [block operations]) {
    for (MLModelStructureProgramBlock *inner in [operation blocks]) {
      count(plan, inner, residency);
    }
    if ([[operation operatorName] isEqualToString:@"const"] || [[operation operatorName] hasPrefix:@"constexpr_"]) {
      continue;
    }
    id device = [[plan computeDeviceUsageForMLProgramOperation:operation] preferredComputeDevice];
    if ([device isKindOfClass:[MLNeuralEngineComputeDevice class]]) {
      residency->neural_engine++;
    } else if ([device isKindOfClass:[MLGPUComputeDevice class]]) {
      residency->gpu++;
    } else if ([device isKindOfClass:[MLCPUComputeDevice class]]) {
      residency->cpu++;
    } else {
      residency->unknown++;
    }
  }
}

int32_t bitnet_coreml_plan(const char *compiled, const char *function, int32_t processors,
                           bitnet_coreml_residency *residency, bitnet_coreml_failure *failure) {
  BITNET_GUARD(failure) {
    NSError *error = nil;
    MLComputePlan *plan =
        [newPlan(bitnet::fileURL(compiled), bitnet::configuration(function, processors), &error) autorelease];
    if (!plan) {
      return bitnet::failed(failure, error);
    }
    NSString *name = bitnet::string(function);
    MLModelStructureProgramFunction *planned = [[[[plan modelStructure] program] functions] objectForKey:name];
    if (!planned) {
      return bitnet::refused(failure, [NSString stringWithFormat:@"the model has no function %@", name]);
    }
    bitnet_coreml_residency counted = {0, 0, 0, 0};
    count(plan, [planned block], &counted);
    *residency = counted;
    return BITNET_COREML_OK;
  }
  BITNET_GUARD_END(failure)
}
