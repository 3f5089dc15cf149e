#include "failure.h"

#include <string.h>

static const MLMultiArrayDataType TYPES[] = {MLMultiArrayDataTypeFloat16, MLMultiArrayDataTypeFloat32,
                                             MLMultiArrayDataTypeInt32};
static const size_t SIZES[] = {2, 4, 4};

// The caller's memory as an array of Core ML; nil with `error` if Core ML does not want it.
static MLMultiArray *wrap(const bitnet_coreml_array *array, NSError **error) {
  NSMutableArray *shape = [NSMutableArray arrayWithCapacity:(NSUInteger)array->rank];
  NSMutableArray *strides = [NSMutableArray arrayWithCapacity:(NSUInteger)array->rank];
  int64_t stride = 1;
  for (int32_t i = array->rank - 1; i >= 0; i--) {
    [shape insertObject:[NSNumber numberWithLongLong:array->shape[i]] atIndex:0];
    [strides insertObject:[NSNumber numberWithLongLong:stride] atIndex:0];
    stride *= array->shape[i];
  }
  return [[[MLMultiArray alloc] initWithDataPointer:array->data
                                              shape:shape
                                           dataType:TYPES[array->type]
                                            strides:strides
                                        deallocator:nil
                                              error:error] autorelease];
}

// From dimension `at` on, from memory with strides to dense memory. Returns the end of what it wrote.
static char *gather(const char *from, NSArray *strides, const bitnet_coreml_array *to, int32_t at, char *out) {
  size_t size = SIZES[to->type];
  NSInteger stride = at < to->rank ? [[strides objectAtIndex:(NSUInteger)at] integerValue] : 0;
  if (at >= to->rank - 1 && (stride == 1 || at == to->rank)) {
    size_t bytes = size * (size_t)(at == to->rank ? 1 : to->shape[at]);
    memcpy(out, from, bytes);
    return out + bytes;
  }
  for (int64_t i = 0; i < to->shape[at]; i++) {
    out = gather(from + i * stride * (NSInteger)size, strides, to, at + 1, out);
  }
  return out;
}

// Core ML takes the arrays that it is offered for outputs where it can, and otherwise answers with its own, which may
// be padded.
static int32_t take(MLMultiArray *answer, MLMultiArray *offered, const bitnet_coreml_array *to,
                    bitnet_coreml_failure *failure) {
  if (answer == offered) {
    return BITNET_COREML_OK;
  }
  if ([answer dataType] != TYPES[to->type] || ![[answer shape] isEqual:[offered shape]]) {
    return bitnet::refused(failure, [NSString stringWithFormat:@"the output %@ has another type or shape in the model",
                                                               bitnet::string(to->name)]);
  }
  NSArray *strides = [answer strides];
  [answer getBytesWithHandler:^(const void *bytes, NSInteger) {
    gather((const char *)bytes, strides, to, 0, (char *)to->data);
  }];
  return BITNET_COREML_OK;
}

int32_t bitnet_coreml_predict(bitnet_coreml_model *model, bitnet_coreml_state *state, const bitnet_coreml_array *inputs,
                              int32_t input_count, const bitnet_coreml_array *outputs, int32_t output_count,
                              bitnet_coreml_failure *failure) {
  BITNET_GUARD(failure) {
    NSError *error = nil;
    NSMutableDictionary *features = [NSMutableDictionary dictionaryWithCapacity:(NSUInteger)input_count];
    for (int32_t i = 0; i < input_count; i++) {
      MLMultiArray *array = wrap(&inputs[i], &error);
      if (!array) {
        return bitnet::failed(failure, error);
      }
      [features setObject:[MLFeatureValue featureValueWithMultiArray:array] forKey:bitnet::string(inputs[i].name)];
    }
    NSMutableDictionary *backings = [NSMutableDictionary dictionaryWithCapacity:(NSUInteger)output_count];
    for (int32_t i = 0; i < output_count; i++) {
      MLMultiArray *array = wrap(&outputs[i], &error);
      if (!array) {
        return bitnet::failed(failure, error);
      }
      [backings setObject:array forKey:bitnet::string(outputs[i].name)];
    }
    MLDictionaryFeatureProvider *provider =
        [[[MLDictionaryFeatureProvider alloc] initWithDictionary:features error:&error] autorelease];
    if (!provider) {
      return bitnet::failed(failure, error);
    }
    MLPredictionOptions *options = [[[MLPredictionOptions alloc] init] autorelease];
    [options setOutputBackings:backings];
    id<MLFeatureProvider> answers = nil;
    if (state) {
      answers = [(MLModel *)model predictionFromFeatures:provider
                                              usingState:(MLState *)state
                                                 options:options
                                                   error:&error];
    } else {
      answers = [(MLModel *)model predictionFromFeatures:provider options:options error:&error];
    }
    if (!answers) {
      return bitnet::failed(failure, error);
    }
    for (int32_t i = 0; i < output_count; i++) {
      NSString *name = bitnet::string(outputs[i].name);
      MLMultiArray *answer = [[answers featureValueForName:name] multiArrayValue];
      if (!answer) {
        return bitnet::refused(failure, [NSString stringWithFormat:@"the model has no output %@", name]);
      }
      int32_t taken = take(answer, [backings objectForKey:name], &outputs[i], failure);
      if (taken != BITNET_COREML_OK) {
        return taken;
      }
    }
    return BITNET_COREML_OK;
  }
  BITNET_GUARD_END(failure)
}
