// What all classes of the fake have in common: each object is counted, and a message to one that was freed aborts the
// process with the name of its class.
#pragma once
#import <Foundation/Foundation.h>

@interface FakeObject : NSObject
// Frees what the object holds: what dealloc is elsewhere. Not to be called by others.
- (void)end;
@end
