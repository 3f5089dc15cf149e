// The classes of the double.
#pragma once

#include "runtime.h"

#include "kernels_double.h"

#include <string>

namespace framework {

void defineFoundation();
void defineData();
void defineMetal(); // all of these:
void defineDevice();
void defineBuffer();
void defineLibrary();
void defineCommandBuffer();
void defineEncoder();

// ---- Foundation ----

struct String : Object {
  explicit String(std::string text);
  const std::string text;
};

struct Error : Object {
  Error(const char *domain, int64_t code, std::string text);
  const char *const domain;
  const int64_t code;
  const std::string text;
};

// Sets *error, if there is one to set, and answers nil.
std::nullptr_t fail(Error **error, const char *domain, int64_t code, std::string text);

// ---- Metal ----

Object *newQueue();

// Memory with a page before and one after it that nobody may touch.
struct Buffer : Object {
  // Filled with 0xff, which no one should take for data.
  static Buffer *allocate(uint64_t bytes);
  static Buffer *wrap(void *memory, uint64_t bytes);
  void finish() override;
  // Whether the GPU may reach it, while others are hidden.
  void reachable(bool yes) const;

  char *const contents;
  const uint64_t bytes;
  // Whether someone asked where the GPU sees it.
  std::atomic<bool> addressTaken{false};

private:
  Buffer(char *contents, uint64_t bytes, char *mapping, uint64_t mappedBytes);
  char *const mapping; // null if the memory is another's
  const uint64_t mappedBytes;
};

// Makes all buffers whose address was taken reachable, or none.
void reachAll(bool yes);

Object *newLibraryFromSource(const String *source, const Object *options, Error **error);
struct Data;
Object *newLibraryFromData(const Data *data, Error **error);

struct Pipeline : Object {
  explicit Pipeline(const msl_kernel &kernel);
  const msl_kernel &kernel;
};
Object *newPipeline(const Object *function, Error **error);

struct CommandBuffer;
Object *newEncoder(CommandBuffer *commands);

} // namespace framework
