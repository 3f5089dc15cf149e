// Arrays, and the small objects that carry them.
#include "arrays.h"
#include "failures.h"

#include <stdlib.h>

NSInteger fakeElementSize(MLMultiArrayDataType type) {
  return (type & 0xffff) / 8;
}

NSArray *fakeDenseStrides(NSArray *shape, NSInteger rowPadding) {
  NSMutableArray *strides = [NSMutableArray array];
  NSInteger stride = 1;
  for (NSInteger i = (NSInteger)[shape count] - 1; i >= 0; i--) {
    [strides insertObject:[NSNumber numberWithInteger:stride] atIndex:0];
    NSInteger size = [[shape objectAtIndex:i] integerValue];
    stride *= i == (NSInteger)[shape count] - 1 ? size + rowPadding : size;
  }
  return strides;
}

MLMultiArray *fakeArray(NSArray *shape, MLMultiArrayDataType type, NSInteger rowPadding) {
  NSArray *strides = fakeDenseStrides(shape, rowPadding);
  NSInteger count = rowPadding + 1;
  for (NSUInteger i = 0; i < [shape count]; i++) {
    count += ([[shape objectAtIndex:i] integerValue] - 1) * [[strides objectAtIndex:i] integerValue];
  }
  return [[[MLMultiArray alloc] initWithBytes:(char *)calloc((size_t)count, (size_t)fakeElementSize(type))
                                        shape:shape
                                         type:type
                                      strides:strides] autorelease];
}

MLFeatureValue *fakeValue(MLMultiArray *array) {
  return [[[MLFeatureValue alloc] initWithArray:array] autorelease];
}

@implementation MLMultiArray
- (instancetype)initWithBytes:(char *)bytes
                        shape:(NSArray *)shape
                         type:(MLMultiArrayDataType)type
                      strides:(NSArray *)strides {
  self = [super init];
  if (self) {
    _data = bytes;
    _own = YES;
    _shape = [shape copy];
    _strides = [strides copy];
    _type = type;
  }
  return self;
}
- (instancetype)initWithDataPointer:(void *)data
                              shape:(NSArray *)shape
                           dataType:(MLMultiArrayDataType)type
                            strides:(NSArray *)strides
                        deallocator:(void (^)(void *))deallocator
                              error:(NSError **)error {
  if (fakeFailsInit(self, error, "MLMultiArray init")) {
    return nil;
  }
  NSString *problem = nil;
  NSInteger size = fakeElementSize(type);
  if ([shape count] != [strides count]) {
    problem = [NSString stringWithFormat:@"%d dimensions and %d strides", (int)[shape count], (int)[strides count]];
  } else if (!data || (uintptr_t)data % (uintptr_t)size != 0) {
    problem = [NSString stringWithFormat:@"the data pointer is null or not aligned to %d bytes", (int)size];
  } else if (deallocator) {
    problem = @"deallocators are not supported";
  }
  for (NSNumber *dimension in shape) {
    if ([dimension integerValue] < 1) {
      problem = [NSString stringWithFormat:@"a dimension is %@", dimension];
    }
  }
  if (problem) {
    [self release];
    return fakeError(error, 0, @"%@", problem);
  }
  self = [self initWithBytes:(char *)data shape:shape type:type strides:strides];
  _own = NO;
  return self;
}
- (void)end {
  if (_own) {
    free(_data);
  }
  [_shape release];
  [_strides release];
}
- (NSArray *)shape {
  return _shape;
}
- (NSArray *)strides {
  return _strides;
}
- (MLMultiArrayDataType)dataType {
  return _type;
}
- (NSInteger)byteSize {
  NSInteger last = 0;
  for (NSUInteger i = 0; i < [_shape count]; i++) {
    last += ([[_shape objectAtIndex:i] integerValue] - 1) * [[_strides objectAtIndex:i] integerValue];
  }
  return (last + 1) * fakeElementSize(_type);
}
- (char *)bytes {
  return _data;
}
- (void)getBytesWithHandler:(void (^)(const void *, NSInteger))handler {
  fakeMayRaise("getBytesWithHandler");
  handler(_data, [self byteSize]);
}
- (void)getMutableBytesWithHandler:(void (^)(void *, NSInteger, NSArray *))handler {
  fakeMayRaise("getMutableBytesWithHandler");
  handler(_data, [self byteSize], _strides);
}
@end

@implementation MLFeatureValue
+ (instancetype)featureValueWithMultiArray:(MLMultiArray *)array {
  fakeMayRaise("featureValueWithMultiArray");
  return fakeValue(array);
}
- (instancetype)initWithArray:(MLMultiArray *)array {
  self = [super init];
  _array = [array retain];
  return self;
}
- (void)end {
  [_array release];
}
- (MLMultiArray *)multiArrayValue {
  return _array;
}
@end

@implementation MLDictionaryFeatureProvider
- (instancetype)initWithDictionary:(NSDictionary *)features error:(NSError **)error {
  if (fakeFailsInit(self, error, "MLDictionaryFeatureProvider init")) {
    return nil;
  }
  return [self initWithFeatures:features];
}
- (instancetype)initWithFeatures:(NSDictionary *)features {
  self = [super init];
  _features = [features copy];
  return self;
}
- (void)end {
  [_features release];
}
- (NSSet *)featureNames {
  return [NSSet setWithArray:[_features allKeys]];
}
- (MLFeatureValue *)featureValueForName:(NSString *)name {
  fakeMayRaise("featureValueForName");
  return [_features objectForKey:name];
}
@end

@implementation MLModelConfiguration
- (void)end {
  [_function release];
}
- (void)setComputeUnits:(MLComputeUnits)units {
  fakeMayRaise("setComputeUnits");
  if (units < MLComputeUnitsCPUOnly || units > MLComputeUnitsCPUAndNeuralEngine) {
    [NSException raise:NSInvalidArgumentException format:@"no compute units are %d", (int)units];
  }
  _units = units;
}
- (MLComputeUnits)computeUnits {
  return _units;
}
- (void)setFunctionName:(NSString *)name {
  fakeMayRaise("setFunctionName");
  [_function release];
  _function = [name copy];
}
- (NSString *)functionName {
  return _function;
}
@end

@implementation MLPredictionOptions
- (void)end {
  [_backings release];
}
- (void)setOutputBackings:(NSDictionary *)backings {
  fakeMayRaise("setOutputBackings");
  [_backings release];
  _backings = [backings copy];
}
- (NSDictionary *)outputBackings {
  return _backings;
}
@end
