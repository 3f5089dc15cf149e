// What the fake's own classes see of each other's arrays.
#pragma once
#import <CoreML/CoreML.h>

NSInteger fakeElementSize(MLMultiArrayDataType type);

// Row-major strides whose last dimension is followed by so many elements of padding.
NSArray *fakeDenseStrides(NSArray *shape, NSInteger rowPadding);

// A new array of zeros that owns its memory.
MLMultiArray *fakeArray(NSArray *shape, MLMultiArrayDataType type, NSInteger rowPadding);

MLFeatureValue *fakeValue(MLMultiArray *array);

// These do not fail on purpose, unlike those of the interface.
@interface MLFeatureValue (Fake)
- (instancetype)initWithArray:(MLMultiArray *)array;
@end
@interface MLDictionaryFeatureProvider (Fake)
- (instancetype)initWithFeatures:(NSDictionary *)features;
@end
@interface MLMultiArray (Fake)
// Takes memory from malloc.
- (instancetype)initWithBytes:(char *)bytes
                        shape:(NSArray *)shape
                         type:(MLMultiArrayDataType)type
                      strides:(NSArray *)strides;
- (char *)bytes;
@end
