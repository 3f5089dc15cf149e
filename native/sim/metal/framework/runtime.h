// The slice of the Objective-C runtime that metal-cpp stands on: classes and selectors by name, messages, counted
// references. Objects that are gone are remembered for a while, so that a message to one of them is noticed.
#pragma once

#include <objc/runtime.h>

#include <atomic>
#include <unordered_map>

namespace framework {

struct Class;

// What a message can be sent to. Every pointer to one is a pointer to this, the first base class.
struct Receiver {
  Receiver(Class *type, bool isClass) : type(type), isClass(isClass) {}
  virtual ~Receiver() = default;
  Receiver(const Receiver &) = delete;
  Receiver &operator=(const Receiver &) = delete;

  Class *const type;
  const bool isClass;
};

using Method = void (*)();
using Methods = std::unordered_map<SEL, Method>;

struct Class : Receiver {
  explicit Class(const char *name) : Receiver(this, true), name(name) {}

  // Functions take the receiver and the selector, then the arguments.
  template <typename Function> void method(const char *selector, Function function) {
    methods[sel_registerName(selector)] = reinterpret_cast<Method>(+function);
  }
  template <typename Function> void classMethod(const char *selector, Function function) {
    classMethods[sel_registerName(selector)] = reinterpret_cast<Method>(+function);
  }

  const char *const name;
  Methods methods;
  Methods classMethods;
  std::atomic<int64_t> live{0};
};

// An instance. Its memory stays for a while after the last reference went.
struct Object : Receiver {
  explicit Object(Class &type) : Receiver(&type, false) { type.live++; }
  // The last reference went.
  virtual void finish() {}

  std::atomic<int64_t> references{1};
};

// Makes a class whose instances can be retained, released and autoreleased.
Class &define(const char *name);

void retain(Object *object);
void release(Object *object);
// Hands a reference to the innermost pool of the thread.
void autorelease(Object *object);

template <typename T> T *retained(T *object) {
  if (object != nullptr) {
    retain(object);
  }
  return object;
}

template <typename T> T *autoreleased(T *object) {
  if (object != nullptr) {
    autorelease(object);
  }
  return object;
}

} // namespace framework
