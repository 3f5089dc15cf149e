// Compiling, loading, predicting.
#include "arrays.h"
#include "failures.h"
#include "fake_coreml.h"
#include "manifest.h"
#include "state.h"

#include <atomic>

struct FakeModel {
  std::string directory, name;
  FakeFunction function;
  std::atomic<bool> busy{false};
};

namespace {
std::atomic<fake_coreml_executor> executor{nullptr};
std::atomic<bool> ownOutputs{false};
std::atomic<bool> padStates{false};

NSString *string(const std::string &text) {
  return [NSString stringWithUTF8String:text.c_str()];
}

NSArray *shapeOf(const FakeFeature &feature) {
  NSMutableArray *shape = [NSMutableArray array];
  for (int64_t dimension : feature.shape) {
    [shape addObject:[NSNumber numberWithLongLong:dimension]];
  }
  return shape;
}

// What is wrong with an array for a feature, or nil.
NSString *misfit(MLMultiArray *array, const FakeFeature &feature) {
  if ([array dataType] != feature.type) {
    return [NSString stringWithFormat:@"its type is %d and not %d", (int)[array dataType], (int)feature.type];
  }
  if (![[array shape] isEqual:shapeOf(feature)]) {
    return [NSString stringWithFormat:@"its shape is %@ and not %@", [array shape], shapeOf(feature)];
  }
  if (![[array strides] isEqual:fakeDenseStrides([array shape], 0)]) {
    return [NSString stringWithFormat:@"its strides are %@", [array strides]];
  }
  return nil;
}

const FakeFeature *find(const std::vector<FakeFeature> &features, NSString *name) {
  for (const FakeFeature &feature : features) {
    if (feature.name == [name UTF8String]) {
      return &feature;
    }
  }
  return nullptr;
}

// The same array as the executor sees it; keeps the name and shape of the feature.
bitnet_coreml_array seen(MLMultiArray *array, const FakeFeature &feature) {
  int32_t type = feature.type == MLMultiArrayDataTypeFloat16   ? BITNET_COREML_F16
                 : feature.type == MLMultiArrayDataTypeFloat32 ? BITNET_COREML_F32
                                                               : BITNET_COREML_I32;
  return {feature.name.c_str(), [array bytes], feature.shape.data(), (int32_t)feature.shape.size(), type};
}

// Dense to padded rows.
MLMultiArray *padded(MLMultiArray *dense) {
  MLMultiArray *copy = fakeArray([dense shape], [dense dataType], 32);
  NSInteger size = fakeElementSize([dense dataType]), count = 1;
  for (NSNumber *dimension in [dense shape]) {
    count *= [dimension integerValue];
  }
  for (NSInteger i = 0; i < count; i++) {
    NSInteger rest = i, offset = 0;
    for (NSInteger d = (NSInteger)[[dense shape] count] - 1; d >= 0; d--) {
      NSInteger dimension = [[[dense shape] objectAtIndex:d] integerValue];
      offset += rest % dimension * [[[copy strides] objectAtIndex:d] integerValue];
      rest /= dimension;
    }
    memcpy([copy bytes] + offset * size, [dense bytes] + i * size, size);
  }
  return copy;
}

// One thread at a time: raises where a second one comes.
struct Busy {
  std::atomic<bool> &flag;
  explicit Busy(std::atomic<bool> &f) : flag(f) {
    if (flag.exchange(true)) {
      [NSException raise:NSInternalInconsistencyException format:@"a model is used by two threads at once"];
    }
  }
  ~Busy() { flag = false; }
};
} // namespace

void fake_coreml_execute_by(fake_coreml_executor by) {
  executor = by;
}

void fake_coreml_own_outputs(int32_t own) {
  ownOutputs = own != 0;
}

void fake_coreml_pad_states(int32_t pad) {
  padStates = pad != 0;
}

@implementation MLModel
+ (NSURL *)compileModelAtURL:(NSURL *)package error:(NSError **)error {
  if (fakeFails(error, "compileModelAtURL")) {
    return nil;
  }
  FakePackage content;
  if (!fakeOpenPackage([package path], content, error)) {
    return nil;
  }
  NSString *to =
      [NSTemporaryDirectory() stringByAppendingPathComponent:[[NSProcessInfo processInfo] globallyUniqueString]];
  to = [to stringByAppendingPathExtension:@"mlmodelc"];
  if (![[NSFileManager defaultManager] copyItemAtPath:[package path] toPath:to error:error]) {
    return nil;
  }
  return [NSURL fileURLWithPath:to];
}

+ (instancetype)modelWithContentsOfURL:(NSURL *)compiled
                         configuration:(MLModelConfiguration *)configuration
                                 error:(NSError **)error {
  if (fakeFails(error, "modelWithContentsOfURL")) {
    return nil;
  }
  if (![[compiled path] hasSuffix:@".mlmodelc"]) {
    return fakeError(error, 3, @"%@ is not a compiled model", [compiled path]);
  }
  FakePackage package;
  if (!fakeOpenPackage([compiled path], package, error)) {
    return nil;
  }
  NSString *wanted = [configuration functionName];
  std::string name = wanted ? [wanted UTF8String] : package.defaultFunction;
  if (!package.functions.count(name)) {
    return fakeError(error, 0, @"there is no function %s in %@", name.c_str(), [compiled path]);
  }
  MLModel *model = [[[self alloc] init] autorelease];
  model->_model = new FakeModel;
  model->_model->directory = [[compiled path] UTF8String];
  model->_model->name = name;
  model->_model->function = package.functions[name];
  return model;
}

- (void)end {
  delete _model;
}

- (MLState *)newState {
  fakeMayRaise("newState");
  NSMutableDictionary *arrays = [NSMutableDictionary dictionary];
  for (const FakeFeature &feature : _model->function.states) {
    [arrays setObject:fakeArray(shapeOf(feature), (MLMultiArrayDataType)feature.type, padStates ? 32 : 0)
               forKey:string(feature.name)];
  }
  return [[MLState alloc] initWithPackage:string(_model->directory) arrays:arrays];
}

- (id<MLFeatureProvider>)predictionFromFeatures:(id<MLFeatureProvider>)features
                                        options:(MLPredictionOptions *)options
                                          error:(NSError **)error {
  return [self predictionFromFeatures:features usingState:nil options:options error:error];
}

- (id<MLFeatureProvider>)predictionFromFeatures:(id<MLFeatureProvider>)features
                                     usingState:(MLState *)state
                                        options:(MLPredictionOptions *)options
                                          error:(NSError **)error {
  if (fakeFails(error, "predictionFromFeatures")) {
    return nil;
  }
  Busy busy(_model->busy);
  const FakeFunction &function = _model->function;
  std::vector<bitnet_coreml_array> inputs, outputs, states;

  for (NSString *name in [features featureNames]) {
    if (!find(function.inputs, name)) {
      return fakeError(error, 1, @"%s has no input %@", _model->name.c_str(), name);
    }
  }
  for (const FakeFeature &feature : function.inputs) {
    MLMultiArray *array = [[features featureValueForName:string(feature.name)] multiArrayValue];
    if (!array) {
      return fakeError(error, 1, @"Required input feature not passed in: %s", feature.name.c_str());
    }
    NSString *problem = misfit(array, feature);
    if (problem) {
      return fakeError(error, 1, @"input %s: %@", feature.name.c_str(), problem);
    }
    inputs.push_back(seen(array, feature));
  }

  if ((state == nil) != function.states.empty()) {
    return fakeError(error, 1, state ? @"%s has no state" : @"%s needs a state", _model->name.c_str());
  }
  for (const FakeFeature &feature : function.states) {
    MLMultiArray *array = [state arrayOf:string(feature.name) package:string(_model->directory)];
    if (misfit(array, feature)) {
      [NSException raise:NSInvalidArgumentException
                  format:@"the state %s: %@", feature.name.c_str(), misfit(array, feature)];
    }
    states.push_back(seen(array, feature));
  }

  for (NSString *name in [options outputBackings]) {
    if (!find(function.outputs, name)) {
      return fakeError(error, 1, @"%s has no output %@", _model->name.c_str(), name);
    }
  }
  NSMutableDictionary *answers = [NSMutableDictionary dictionary];
  for (const FakeFeature &feature : function.outputs) {
    NSString *name = string(feature.name);
    MLMultiArray *array = [[options outputBackings] objectForKey:name];
    NSString *problem = array ? misfit(array, feature) : nil;
    if (problem) {
      return fakeError(error, 1, @"output backing %s: %@", feature.name.c_str(), problem);
    }
    if (!array || ownOutputs) {
      array = fakeArray(shapeOf(feature), (MLMultiArrayDataType)feature.type, 0);
    }
    [answers setObject:array forKey:name];
    outputs.push_back(seen(array, feature));
  }

  if (!executor.load()) {
    return fakeError(error, 0, @"nobody computes: fake_coreml_execute_by was not called");
  }
  char text[512] = "";
  if (executor.load()(_model->directory.c_str(), _model->name.c_str(), inputs.data(), (int32_t)inputs.size(),
                      outputs.data(), (int32_t)outputs.size(), states.data(), (int32_t)states.size(), text,
                      sizeof text) != 0) {
    return fakeError(error, 0, @"%s", text);
  }
  NSMutableDictionary *values = [NSMutableDictionary dictionary];
  for (NSString *name in answers) {
    MLMultiArray *array = [answers objectForKey:name];
    [values setObject:fakeValue(ownOutputs ? padded(array) : array) forKey:name];
  }
  return [[[MLDictionaryFeatureProvider alloc] initWithFeatures:values] autorelease];
}
@end
