// Where operations would run.
#include "background.h"
#include "failures.h"
#include "fake_coreml.h"
#include "manifest.h"

#include <Block.h>
#include <mutex>
#include <string>

namespace {
std::mutex lock;
auto &onCpu = *new std::string;
} // namespace

void fake_coreml_keep_on_cpu(const char *operation) {
  std::lock_guard<std::mutex> guard(lock);
  onCpu = operation ? operation : "";
}

@implementation MLCPUComputeDevice
@end
@implementation MLGPUComputeDevice
@end
@implementation MLNeuralEngineComputeDevice
@end

@implementation MLModelStructureProgramOperation
- (instancetype)initWithName:(const std::string &)name {
  self = [super init];
  _name = [[NSString alloc] initWithUTF8String:name.c_str()];
  return self;
}
- (void)end {
  [_name release];
}
- (NSString *)operatorName {
  return _name;
}
- (NSArray *)blocks {
  return @[];
}
@end

@implementation MLModelStructureProgramBlock
- (instancetype)initWithOperations:(NSArray *)operations {
  self = [super init];
  _operations = [operations copy];
  return self;
}
- (void)end {
  [_operations release];
}
- (NSArray *)operations {
  return _operations;
}
@end

@implementation MLModelStructureProgramFunction
- (instancetype)initWithFunction:(const FakeFunction &)function {
  self = [super init];
  NSMutableArray *operations = [NSMutableArray array];
  for (const std::string &name : function.operations) {
    [operations addObject:[[[MLModelStructureProgramOperation alloc] initWithName:name] autorelease]];
  }
  _block = [[MLModelStructureProgramBlock alloc] initWithOperations:operations];
  return self;
}
- (void)end {
  [_block release];
}
- (MLModelStructureProgramBlock *)block {
  return _block;
}
@end

@implementation MLModelStructureProgram
- (instancetype)initWithFunctions:(NSDictionary *)functions {
  self = [super init];
  _functions = [functions copy];
  return self;
}
- (void)end {
  [_functions release];
}
- (NSDictionary *)functions {
  return _functions;
}
@end

@implementation MLModelStructure
- (instancetype)initWithProgram:(MLModelStructureProgram *)program {
  self = [super init];
  _program = [program retain];
  return self;
}
- (void)end {
  [_program release];
}
- (MLModelStructureProgram *)program {
  fakeMayRaise("program");
  return _program;
}
@end

@implementation MLComputePlanDeviceUsage
- (instancetype)initWithDevice:(id<MLComputeDeviceProtocol>)device {
  self = [super init];
  _device = [device retain];
  return self;
}
- (void)end {
  [_device release];
}
- (id<MLComputeDeviceProtocol>)preferredComputeDevice {
  return _device;
}
@end

@implementation MLComputePlan
- (instancetype)initWithStructure:(MLModelStructure *)structure units:(MLComputeUnits)units {
  self = [super init];
  _structure = [structure retain];
  _units = units;
  return self;
}
- (void)end {
  [_structure release];
}

+ (MLComputePlan *)planOf:(NSURL *)compiled
            configuration:(MLModelConfiguration *)configuration
                    error:(NSError **)error {
  FakePackage package;
  if (!fakeOpenPackage([compiled path], package, error)) {
    return nil;
  }
  NSMutableDictionary *functions = [NSMutableDictionary dictionary];
  for (const auto &[name, function] : package.functions) {
    [functions setObject:[[[MLModelStructureProgramFunction alloc] initWithFunction:function] autorelease]
                  forKey:[NSString stringWithUTF8String:name.c_str()]];
  }
  MLModelStructureProgram *program = [[[MLModelStructureProgram alloc] initWithFunctions:functions] autorelease];
  MLModelStructure *structure = [[[MLModelStructure alloc] initWithProgram:program] autorelease];
  return [[[self alloc] initWithStructure:structure units:[configuration computeUnits]] autorelease];
}

// On another thread, after this has returned or before, as it happens.
+ (void)loadContentsOfURL:(NSURL *)compiled
            configuration:(MLModelConfiguration *)configuration
        completionHandler:(void (^)(MLComputePlan *, NSError *))handler {
  [compiled retain];
  [configuration retain];
  auto answer = (void (^)(MLComputePlan *, NSError *))Block_copy(handler); // no object here, unlike on macOS
  fakeInBackground([=] {
    @autoreleasepool {
      NSError *error = nil;
      MLComputePlan *plan = nil;
      if (!fakeFails(&error, "MLComputePlan load", false)) {
        plan = [MLComputePlan planOf:compiled configuration:configuration error:&error];
      }
      answer(plan, error);
    }
    Block_release(answer);
    [configuration release];
    [compiled release];
  });
}

- (MLModelStructure *)modelStructure {
  fakeMayRaise("modelStructure");
  return _structure;
}

- (MLComputePlanDeviceUsage *)computeDeviceUsageForMLProgramOperation:(MLModelStructureProgramOperation *)operation {
  Class device = _units == MLComputeUnitsCPUOnly     ? [MLCPUComputeDevice class]
                 : _units == MLComputeUnitsCPUAndGPU ? [MLGPUComputeDevice class]
                                                     : [MLNeuralEngineComputeDevice class];
  {
    std::lock_guard<std::mutex> guard(lock);
    if (onCpu == [[operation operatorName] UTF8String]) {
      device = [MLCPUComputeDevice class];
    }
  }
  return [[[MLComputePlanDeviceUsage alloc] initWithDevice:[[[device alloc] init] autorelease]] autorelease];
}
@end
