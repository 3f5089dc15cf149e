#include "classes.h"
#include "control.h"

#include <vector>

namespace framework {

namespace {

constexpr uintptr_t UTF8 = 4;

Class &strings() {
  static Class &type = define("NSString");
  return type;
}

Class &errors() {
  static Class &type = define("NSError");
  return type;
}

Class &pools() {
  static Class &type = define("NSAutoreleasePool");
  return type;
}

struct Pool : Object {
  Pool() : Object(pools()) {}
  void finish() override;
  std::vector<Object *> objects;
};

// Of this thread, the innermost last.
thread_local std::vector<Pool *> open;

void Pool::finish() {
  if (open.empty() || open.back() != this) {
    violation("an NSAutoreleasePool is drained out of turn");
    return;
  }
  // Those that are autoreleased meanwhile go with the rest.
  while (!objects.empty()) {
    Object *last = objects.back();
    objects.pop_back();
    release(last);
  }
  open.pop_back();
}

} // namespace

void autorelease(Object *object) {
  if (open.empty()) {
    violation("a %s was autoreleased where there is no pool: it leaks", object->type->name);
  } else {
    open.back()->objects.push_back(object);
  }
}

String::String(std::string text) : Object(strings()), text(std::move(text)) {}

Error::Error(const char *domain, int64_t code, std::string text)
    : Object(errors()), domain(domain), code(code), text(std::move(text)) {}

std::nullptr_t fail(Error **error, const char *domain, int64_t code, std::string text) {
  if (error != nullptr) {
    *error = autoreleased(new Error(domain, code, std::move(text)));
  }
  return nullptr;
}

void defineFoundation() {
  pools().classMethod("alloc", [](Class *, SEL) { return new Pool; });
  pools().method("init", [](Pool *self, SEL) {
    open.push_back(self);
    return self;
  });
  strings().classMethod("stringWithCString:encoding:", [](Class *, SEL, const char *text, uintptr_t encoding) {
    if (encoding != UTF8) {
      violation("stringWithCString: encoding %lu", static_cast<unsigned long>(encoding));
    }
    return autoreleased(new String(text));
  });
  strings().method("UTF8String", [](String *self, SEL) { return self->text.c_str(); });
  errors().method("code", [](Error *self, SEL) { return self->code; });
  errors().method("domain", [](Error *self, SEL) { return autoreleased(new String(self->domain)); });
  errors().method("localizedDescription", [](Error *self, SEL) { return autoreleased(new String(self->text)); });
}

} // namespace framework
