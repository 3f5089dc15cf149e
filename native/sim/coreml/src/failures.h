// Errors of the fake, and those on purpose.
#pragma once
#import <CoreML/CoreML.h>

// Returns nil with the error, for `return fakeError(error, 1, @"...")`.
id fakeError(NSError **error, NSInteger code, NSString *format, ...) NS_FORMAT_FUNCTION(3, 4);

// Whether this call is to fail with an NSError, which is set then. Raises if it is to fail with an exception and may.
bool fakeFails(NSError **error, const char *call, bool mayRaise = true);
// The same in an initialiser, which is to return nil then: the object has been released, also where this raises.
bool fakeFailsInit(id object, NSError **error, const char *call);
// The same for a call that cannot give an error.
void fakeMayRaise(const char *call);
