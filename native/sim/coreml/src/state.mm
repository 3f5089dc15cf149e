#include "state.h"
#include "failures.h"

@implementation MLState
- (instancetype)initWithPackage:(NSString *)package arrays:(NSDictionary *)arrays {
  self = [super init];
  if (self) {
    _package = [package copy];
    _arrays = [arrays copy];
  }
  return self;
}
- (void)end {
  [_package release];
  [_arrays release];
}
- (MLMultiArray *)arrayOf:(NSString *)name package:(NSString *)package {
  MLMultiArray *array = [_arrays objectForKey:name];
  if (![package isEqual:_package] || !array) {
    [NSException raise:NSInvalidArgumentException format:@"the state is one of %@ and not of %@", _package, package];
  }
  return array;
}
- (void)getMultiArrayForStateNamed:(NSString *)name handler:(void (^)(MLMultiArray *))handler {
  fakeMayRaise("getMultiArrayForStateNamed");
  handler([self arrayOf:name package:_package]);
}
@end
