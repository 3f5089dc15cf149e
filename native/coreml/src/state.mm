#include "failure.h"

#include <string.h>

int32_t bitnet_coreml_state_new(bitnet_coreml_model *model, bitnet_coreml_state **state,
                                bitnet_coreml_failure *failure) {
  BITNET_GUARD(failure) {
    MLState *made = [(MLModel *)model newState];
    if (!made) {
      return bitnet::failed(failure, (NSError *)nil);
    }
    *state = (bitnet_coreml_state *)made; // retained, as its name begins with "new"
    return BITNET_COREML_OK;
  }
  BITNET_GUARD_END(failure)
}

// Whether the two lie alike, as those of one model do: then all bytes of one go to the other. To be written to, an
// array may be given other memory with other strides, which only the handler sees.
static BOOL copyBytes(MLMultiArray *from, MLMultiArray *to) {
  __block BOOL copied = NO;
  [from getBytesWithHandler:^(const void *bytes, NSInteger size) {
    [to getMutableBytesWithHandler:^(void *room, NSInteger roomSize, NSArray *strides) {
      if (size == roomSize && [strides isEqual:[from strides]] && [from dataType] == [to dataType]) {
        memcpy(room, bytes, (size_t)size);
        copied = YES;
      }
    }];
  }];
  return copied;
}

// The memory of a state may move, so it is only touched within handlers.
int32_t bitnet_coreml_state_copy(bitnet_coreml_state *from, bitnet_coreml_state *to, const char *name,
                                 bitnet_coreml_failure *failure) {
  BITNET_GUARD(failure) {
    NSString *key = bitnet::string(name);
    __block BOOL copied = NO;
    void (^take)(MLMultiArray *) = ^(MLMultiArray *source) {
      void (^put)(MLMultiArray *) = ^(MLMultiArray *target) {
        copied = copyBytes(source, target);
      };
      [(MLState *)to getMultiArrayForStateNamed:key handler:put];
    };
    [(MLState *)from getMultiArrayForStateNamed:key handler:take];
    if (!copied) {
      return bitnet::refused(failure, [NSString stringWithFormat:@"the two states do not hold %@ alike", key]);
    }
    return BITNET_COREML_OK;
  }
  BITNET_GUARD_END(failure)
}

void bitnet_coreml_state_free(bitnet_coreml_state *state) {
  @autoreleasepool {
    [(MLState *)state release];
  }
}
