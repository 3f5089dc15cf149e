#include "runtime.h"

#include "classes.h"
#include "control.h"

#include <cstring>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace framework {

namespace {

constexpr size_t MOST_DEAD = 4096;

// What a message to nil answers.
uintptr_t nothing(void *, SEL) {
  return 0;
}

const Method NOTHING = reinterpret_cast<Method>(&nothing);

// Deletes the oldest of the objects whose last reference went. The list is never freed: threads may outlive it.
void bury(Object *object) {
  static std::mutex mutex;
  static auto *dead = new std::deque<Object *>;
  const std::lock_guard lock(mutex);
  dead->push_back(object);
  if (dead->size() > MOST_DEAD) {
    delete dead->front();
    dead->pop_front();
  }
}

std::vector<Class *> &classes() {
  static auto *all = new std::vector<Class *>;
  return *all;
}

Class *findClass(const char *name) {
  static const bool defined = (defineFoundation(), defineData(), defineMetal(), true);
  (void)defined;
  for (Class *type : classes()) {
    if (strcmp(type->name, name) == 0) {
      return type;
    }
  }
  return nullptr;
}

} // namespace

Class &define(const char *name) {
  auto *type = new Class(name);
  type->method("retain", [](Object *self, SEL) { return retained(self); });
  type->method("release", [](Object *self, SEL) { release(self); });
  type->method("autorelease", [](Object *self, SEL) { return autoreleased(self); });
  type->method("retainCount", [](Object *self, SEL) { return static_cast<uintptr_t>(self->references.load()); });
  classes().push_back(type);
  return *type;
}

void retain(Object *object) {
  object->references++;
}

void release(Object *object) {
  const int64_t left = --object->references;
  if (left == 0) {
    object->type->live--;
    object->finish();
    bury(object);
  } else if (left < 0) {
    violation("%s %p was released once more than it was retained", object->type->name, static_cast<void *>(object));
  }
}

// Where a message goes; called for each one.
extern "C" __attribute__((visibility("hidden"))) Method framework_method(Receiver *receiver, SEL selector) {
  if (receiver == nullptr) {
    return NOTHING;
  }
  const char *name = reinterpret_cast<const char *>(selector);
  const Class &type = *receiver->type;
  if (!receiver->isClass && static_cast<Object *>(receiver)->references <= 0) {
    violation("%s was sent to a %s that is gone", name, type.name);
    return NOTHING;
  }
  const Methods &methods = receiver->isClass ? type.classMethods : type.methods;
  const auto found = methods.find(selector);
  if (found == methods.end()) {
    violation("%s %s does not know %s", receiver->isClass ? "class" : "a", type.name, name);
    return NOTHING;
  }
  return found->second;
}

} // namespace framework

using namespace framework;

SEL sel_registerName(const char *name) {
  static std::mutex mutex;
  static auto *selectors = new std::set<std::string>;
  const std::lock_guard lock(mutex);
  return reinterpret_cast<SEL>(const_cast<char *>(selectors->insert(name).first->c_str()));
}

void *objc_lookUpClass(const char *name) {
  return findClass(name);
}

void *objc_getProtocol(const char *) {
  return nullptr;
}

int64_t metal_double_live() {
  int64_t live = 0;
  for (const Class *type : classes()) {
    live += type->live;
  }
  return live;
}

int64_t metal_double_live_of(const char *class_name) {
  const Class *type = findClass(class_name);
  return type == nullptr ? -1 : type->live.load();
}
