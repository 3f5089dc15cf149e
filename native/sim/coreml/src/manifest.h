#pragma once
#include "package.h"
#import <Foundation/Foundation.h>

// Reads the package in a directory. NO with the error if it is not a whole one.
BOOL fakeOpenPackage(NSString *directory, FakePackage &package, NSError **error);
