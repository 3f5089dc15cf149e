// Counting, and a graveyard: freed objects stay a while, as objects that abort when they are sent a message.
#include "background.h"
#include "fake_coreml.h"
#include "fake_object.h"

#include <deque>
#include <map>
#include <mutex>
#include <objc/runtime.h>
#include <string>

namespace {
struct Grave {
  id object;
  Class was;
};
std::mutex lock;
// Never destroyed: objects may be freed while the process ends.
auto &live = *new std::map<std::string, int32_t>;
auto &graves = *new std::deque<Grave>;
const size_t GRAVES = 4096;

const char *buried(id object) {
  std::lock_guard<std::mutex> guard(lock);
  for (const Grave &grave : graves) {
    if (grave.object == object) {
      return class_getName(grave.was);
    }
  }
  return "object";
}
} // namespace

int32_t fake_coreml_live(const char *class_name) {
  fakeAwaitBackground();
  std::lock_guard<std::mutex> guard(lock);
  if (class_name) {
    return live[class_name];
  }
  int32_t all = 0;
  for (const auto &entry : live) {
    all += entry.second;
  }
  return all;
}

@interface FakeFreedObject : NSObject
@end

@implementation FakeFreedObject
- (void)refuse:(SEL)message {
  fprintf(stderr, "fake Core ML: %s sent to a freed %s\n", sel_getName(message), buried(self));
  abort();
}
- (id)retain {
  [self refuse:_cmd];
  return nil;
}
- (oneway void)release {
  [self refuse:_cmd];
}
- (id)autorelease {
  [self refuse:_cmd];
  return nil;
}
- (NSMethodSignature *)methodSignatureForSelector:(SEL)message {
  [self refuse:message];
  return nil;
}
- (void)doesNotRecognizeSelector:(SEL)message {
  [self refuse:message];
}
@end

@implementation FakeObject
+ (id)allocWithZone:(NSZone *)zone {
  id object = [super allocWithZone:zone];
  std::lock_guard<std::mutex> guard(lock);
  live[class_getName(self)]++;
  return object;
}
- (void)end {
}
- (void)dealloc {
  [self end];
  Grave oldest = {nil, Nil};
  {
    std::lock_guard<std::mutex> guard(lock);
    live[class_getName(object_getClass(self))]--;
    graves.push_back({self, object_getClass(self)});
    object_setClass(self, [FakeFreedObject class]);
    if (graves.size() > GRAVES) {
      oldest = graves.front();
      graves.pop_front();
    }
  }
  if (oldest.object) {
    object_setClass(oldest.object, oldest.was);
    NSDeallocateObject(oldest.object);
  }
  return;
  [super dealloc]; // not reached: the compiler wants to see it
}
@end
