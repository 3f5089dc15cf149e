// The part of Core ML's interface (macOS 15 SDK) that native/coreml uses, declared anew for GNUstep. Only superclass
// and instance variables differ. Of what is behind it, fake_coreml.h tells.
#pragma once
#import <Foundation/Foundation.h>

#include "fake_object.h"

@class MLMultiArray, MLFeatureValue, MLState, MLComputePlan;

typedef NS_ENUM(NSInteger, MLComputeUnits) {
  MLComputeUnitsCPUOnly = 0,
  MLComputeUnitsCPUAndGPU = 1,
  MLComputeUnitsAll = 2,
  MLComputeUnitsCPUAndNeuralEngine = 3
};

typedef NS_ENUM(NSInteger, MLMultiArrayDataType) {
  MLMultiArrayDataTypeFloat32 = 0x10000 | 32,
  MLMultiArrayDataTypeFloat16 = 0x10000 | 16,
  MLMultiArrayDataTypeInt32 = 0x20000 | 32
};

#define MLModelErrorDomain @"com.apple.CoreML"

@interface MLMultiArray : FakeObject {
  char *_data;
  NSArray *_shape, *_strides;
  MLMultiArrayDataType _type;
  BOOL _own;
}
- (instancetype)initWithDataPointer:(void *)data
                              shape:(NSArray *)shape
                           dataType:(MLMultiArrayDataType)type
                            strides:(NSArray *)strides
                        deallocator:(void (^)(void *bytes))deallocator
                              error:(NSError **)error;
- (NSArray *)shape;
- (NSArray *)strides;
- (MLMultiArrayDataType)dataType;
- (void)getBytesWithHandler:(void (^)(const void *bytes, NSInteger size))handler;
- (void)getMutableBytesWithHandler:(void (^)(void *bytes, NSInteger size, NSArray *strides))handler;
@end

@interface MLFeatureValue : FakeObject {
  MLMultiArray *_array;
}
+ (instancetype)featureValueWithMultiArray:(MLMultiArray *)array;
- (MLMultiArray *)multiArrayValue;
@end

@protocol MLFeatureProvider <NSObject>
- (NSSet *)featureNames;
- (MLFeatureValue *)featureValueForName:(NSString *)name;
@end

@interface MLDictionaryFeatureProvider : FakeObject <MLFeatureProvider> {
  NSDictionary *_features;
}
- (instancetype)initWithDictionary:(NSDictionary *)features error:(NSError **)error;
@end

@interface MLModelConfiguration : FakeObject {
  MLComputeUnits _units;
  NSString *_function;
}
- (void)setComputeUnits:(MLComputeUnits)units;
- (MLComputeUnits)computeUnits;
- (void)setFunctionName:(NSString *)name;
- (NSString *)functionName;
@end

@interface MLPredictionOptions : FakeObject {
  NSDictionary *_backings;
}
- (void)setOutputBackings:(NSDictionary *)backings;
- (NSDictionary *)outputBackings;
@end

@interface MLState : FakeObject {
  NSString *_package;
  NSDictionary *_arrays;
}
- (void)getMultiArrayForStateNamed:(NSString *)name handler:(void (^)(MLMultiArray *buffer))handler;
@end

@interface MLModel : FakeObject {
  struct FakeModel *_model;
}
+ (NSURL *)compileModelAtURL:(NSURL *)package error:(NSError **)error;
+ (instancetype)modelWithContentsOfURL:(NSURL *)compiled
                         configuration:(MLModelConfiguration *)configuration
                                 error:(NSError **)error;
- (MLState *)newState;
- (id<MLFeatureProvider>)predictionFromFeatures:(id<MLFeatureProvider>)features
                                        options:(MLPredictionOptions *)options
                                          error:(NSError **)error;
- (id<MLFeatureProvider>)predictionFromFeatures:(id<MLFeatureProvider>)features
                                     usingState:(MLState *)state
                                        options:(MLPredictionOptions *)options
                                          error:(NSError **)error;
@end

@protocol MLComputeDeviceProtocol <NSObject>
@end
@interface MLCPUComputeDevice : FakeObject <MLComputeDeviceProtocol>
@end
@interface MLGPUComputeDevice : FakeObject <MLComputeDeviceProtocol>
@end
@interface MLNeuralEngineComputeDevice : FakeObject <MLComputeDeviceProtocol>
@end

@interface MLModelStructureProgramOperation : FakeObject {
  NSString *_name;
}
- (NSString *)operatorName;
- (NSArray *)blocks;
@end

@interface MLModelStructureProgramBlock : FakeObject {
  NSArray *_operations;
}
- (NSArray *)operations;
@end

@interface MLModelStructureProgramFunction : FakeObject {
  MLModelStructureProgramBlock *_block;
}
- (MLModelStructureProgramBlock *)block;
@end

@interface MLModelStructureProgram : FakeObject {
  NSDictionary *_functions;
}
- (NSDictionary *)functions;
@end

@interface MLModelStructure : FakeObject {
  MLModelStructureProgram *_program;
}
- (MLModelStructureProgram *)program;
@end

@interface MLComputePlanDeviceUsage : FakeObject {
  id<MLComputeDeviceProtocol> _device;
}
- (id<MLComputeDeviceProtocol>)preferredComputeDevice;
@end

@interface MLComputePlan : FakeObject {
  MLModelStructure *_structure;
  MLComputeUnits _units;
}
+ (void)loadContentsOfURL:(NSURL *)compiled
            configuration:(MLModelConfiguration *)configuration
        completionHandler:(void (^)(MLComputePlan *plan, NSError *error))handler;
- (MLModelStructure *)modelStructure;
- (MLComputePlanDeviceUsage *)computeDeviceUsageForMLProgramOperation:(MLModelStructureProgramOperation *)operation;
@end
