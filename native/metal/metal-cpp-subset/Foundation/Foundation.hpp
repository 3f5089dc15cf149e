// The part of metal-cpp's Foundation that bitnet uses: the same names, signatures and selectors, over the Objective-C
// runtime. Stands in for Apple's headers where METAL_CPP_DIR does not name them.
#pragma once

#include <objc/message.h>
#include <objc/runtime.h>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace NS {

using UInteger = std::uintptr_t;
using Integer = std::intptr_t;

namespace subset {

// Looked up once for each place that names it.
#define BITNET_SELECTOR(name)                                                                                          \
  ([] {                                                                                                                \
    static const SEL selector = sel_registerName(name);                                                                \
    return selector;                                                                                                   \
  }())

template <typename Result, typename... Arguments>
Result send(const void *receiver, SEL selector, Arguments... arguments) {
#if defined(__x86_64__)
  // A structure beyond two registers is returned through memory, and on x86-64 by an entry of its own.
  if constexpr (std::is_class_v<Result>) {
    static_assert(sizeof(Result) > 16);
    return reinterpret_cast<Result (*)(const void *, SEL, Arguments...)>(&objc_msgSend_stret)(receiver, selector,
                                                                                              arguments...);
  } else
#endif
  {
    return reinterpret_cast<Result (*)(const void *, SEL, Arguments...)>(&objc_msgSend)(receiver, selector,
                                                                                        arguments...);
  }
}

inline const void *classOf(const char *name) {
  return reinterpret_cast<const void *>(objc_lookUpClass(name));
}

} // namespace subset

// Objects are handled by pointers only.
template <typename Class> class Referencing {
public:
  Class *retain() { return subset::send<Class *>(this, BITNET_SELECTOR("retain")); }
  void release() { subset::send<void>(this, BITNET_SELECTOR("release")); }
  Class *autorelease() { return subset::send<Class *>(this, BITNET_SELECTOR("autorelease")); }

  Referencing() = delete;
  Referencing(const Referencing &) = delete;
  Referencing &operator=(const Referencing &) = delete;
};

enum StringEncoding : UInteger { UTF8StringEncoding = 4 };

class String : public Referencing<String> {
public:
  static String *string(const char *text, StringEncoding encoding) {
    return subset::send<String *>(subset::classOf("NSString"), BITNET_SELECTOR("stringWithCString:encoding:"), text,
                                  encoding);
  }
  const char *utf8String() const { return subset::send<const char *>(this, BITNET_SELECTOR("UTF8String")); }
};

class Error : public Referencing<Error> {
public:
  Integer code() const { return subset::send<Integer>(this, BITNET_SELECTOR("code")); }
  String *domain() const { return subset::send<String *>(this, BITNET_SELECTOR("domain")); }
  String *localizedDescription() const { return subset::send<String *>(this, BITNET_SELECTOR("localizedDescription")); }
};

class AutoreleasePool : public Referencing<AutoreleasePool> {
public:
  static AutoreleasePool *alloc() {
    return subset::send<AutoreleasePool *>(subset::classOf("NSAutoreleasePool"), BITNET_SELECTOR("alloc"));
  }
  AutoreleasePool *init() { return subset::send<AutoreleasePool *>(this, BITNET_SELECTOR("init")); }
};

// A counted reference.
template <typename Class> class SharedPtr {
public:
  SharedPtr() = default;
  SharedPtr(const SharedPtr &other) : object(other.object) {
    if (object != nullptr) {
      object->retain();
    }
  }
  SharedPtr(SharedPtr &&other) noexcept : object(std::exchange(other.object, nullptr)) {}
  SharedPtr &operator=(SharedPtr other) noexcept {
    std::swap(object, other.object);
    return *this;
  }
  ~SharedPtr() { reset(); }

  Class *get() const { return object; }
  Class *operator->() const { return object; }
  explicit operator bool() const { return object != nullptr; }
  void reset() {
    if (Class *last = std::exchange(object, nullptr)) {
      last->release();
    }
  }

  template <typename Other> friend SharedPtr<Other> TransferPtr(Other *object);

private:
  Class *object = nullptr;
};

// Takes over a reference.
template <typename Class> SharedPtr<Class> TransferPtr(Class *object) {
  SharedPtr<Class> pointer;
  pointer.object = object;
  return pointer;
}

// Adds a reference.
template <typename Class> SharedPtr<Class> RetainPtr(Class *object) {
  return TransferPtr(object->retain());
}

} // namespace NS
