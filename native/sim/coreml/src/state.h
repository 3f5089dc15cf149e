#pragma once
#import <CoreML/CoreML.h>

@interface MLState (Fake)
// `arrays` by name, of the model that was loaded from `package`.
- (instancetype)initWithPackage:(NSString *)package arrays:(NSDictionary *)arrays;
// Raises if the state is of another package or has no such array.
- (MLMultiArray *)arrayOf:(NSString *)name package:(NSString *)package;
@end
