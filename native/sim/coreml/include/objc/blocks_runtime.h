// GNUstep's headers ask for this with -fblocks; GCC's Objective-C does not bring it.
#include <Block.h>
