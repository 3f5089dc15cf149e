// Whatever fails, at whichever call: a failure with a text, nothing thrown, nothing left behind.
#include "package.h"
#include "run.h"

#include <filesystem>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

static void every_call_may_fail(const std::string &package) {
  for (int32_t kind : {FAKE_COREML_ERROR, FAKE_COREML_EXCEPTION}) {
    int32_t calls = 0;
    for (;; calls++) {
      bitnet_coreml_failure failure = {};
      fake_coreml_fail(calls, kind);
      int32_t status = run(package, &failure);
      if (fake_coreml_fail_no_more()) {
        CHECK(status == 0);
        break;
      }
      CHECK(status == BITNET_COREML_EXCEPTION || status == BITNET_COREML_ERROR); // some can only do one of them
      CHECK(strstr(failure.text, "failed on purpose"));
      if (status == BITNET_COREML_ERROR) {
        CHECK(strcmp(failure.domain, "com.apple.CoreML") == 0 && failure.code == 99);
      } else {
        CHECK(strcmp(failure.domain, "NSInternalInconsistencyException") == 0);
      }
      CHECK(fake_coreml_live(nullptr) == 0);
    }
    CHECK(calls > 30);
  }
}

static void what_is_no_package_is_not_compiled(const std::string &package) {
  bitnet_coreml_failure failure;
  std::string compiled = scratch("no.mlmodelc"), broken = scratch("broken.mlpackage");
  CHECK(bitnet_coreml_compile(scratch("nowhere").c_str(), compiled.c_str(), &failure) == BITNET_COREML_ERROR);
  CHECK(strstr(failure.text, "Manifest.json"));
  CHECK(bitnet_coreml_compile("\xFF", compiled.c_str(), &failure) == BITNET_COREML_EXCEPTION);
  CHECK(strstr(failure.text, "UTF-8"));

  write_package(broken);
  damage_package(broken, "step", "stop"); // described so, and programmed otherwise
  CHECK(bitnet_coreml_compile(broken.c_str(), compiled.c_str(), &failure) == BITNET_COREML_ERROR);
  CHECK(strstr(failure.text, "step is not described"));
  std::filesystem::resize_file(broken + "/Data/com.apple.CoreML/model.mlmodel", 100);
  CHECK(bitnet_coreml_compile(broken.c_str(), compiled.c_str(), &failure) == BITNET_COREML_ERROR);
  std::filesystem::remove_all(broken + "/Data/com.apple.CoreML/weights");
  CHECK(bitnet_coreml_compile(broken.c_str(), compiled.c_str(), &failure) == BITNET_COREML_ERROR);
  CHECK(strstr(failure.text, "weights"));
  CHECK(!std::filesystem::exists(compiled));

  CHECK(bitnet_coreml_compile(package.c_str(), compiled.c_str(), &failure) == 0);
  CHECK(bitnet_coreml_compile(package.c_str(), compiled.c_str(), &failure) == BITNET_COREML_REFUSED);
  CHECK(strstr(failure.text, "there already"));
}

static void texts_are_cut_between_characters() {
  bitnet_coreml_failure failure;
  bitnet_coreml_model *model;
  std::string path = "/";
  for (int i = 0; i < 1000; i++) {
    path += "\xE2\x82\xAC"; // a character of three bytes
  }
  CHECK(bitnet_coreml_model_load(path.c_str(), nullptr, 0, &model, &failure) == BITNET_COREML_ERROR);
  size_t length = strlen(failure.text);
  CHECK(length >= sizeof failure.text - 3 && length < sizeof failure.text);
  CHECK(length < 3 || memcmp(failure.text + length - 3, "\xE2\x82\xAC", 3) == 0);
}

#if !__has_feature(address_sanitizer) // which has an allocator of its own

// Bytes of the heap that an action keeps, each time it is done.
template <typename Action> static double kept(int times, Action action) {
  for (int i = 0; i < times; i++) { // until caches, and the fake's graveyard, are full
    action();
  }
  size_t before = mallinfo2().uordblks;
  for (int i = 0; i < times; i++) {
    action();
  }
  return ((double)mallinfo2().uordblks - (double)before) / times;
}

// Strings, numbers and dictionaries are not counted by the fake, but by the allocator. (Not by a leak checker: GNUstep
// keeps much that it cannot see.) The smallest object has 16 bytes.
static void nothing_is_kept(const std::string &package) {
  bitnet_coreml_failure failure;
  bitnet_coreml_residency plan;
  bitnet_coreml_model *model;
  bitnet_coreml_state *state;
  std::string compiled = scratch("kept.mlmodelc"), other = scratch("again.mlmodelc");
  _Float16 x[3] = {1, 2, 3}, y[3];
  int64_t shape[] = {1, 3, 1, 1};
  bitnet_coreml_array in = {"x", x, shape, 4, BITNET_COREML_F16}, out = {"y", y, shape, 4, BITNET_COREML_F16};
  CHECK(bitnet_coreml_compile(package.c_str(), compiled.c_str(), &failure) == 0);
  CHECK(bitnet_coreml_model_load(compiled.c_str(), "step", BITNET_COREML_ALL, &model, &failure) == 0);
  CHECK(bitnet_coreml_state_new(model, &state, &failure) == 0);

  CHECK(kept(2000, [&] { bitnet_coreml_predict(model, state, &in, 1, &out, 1, &failure); }) < 16);
  CHECK(kept(2000, [&] { bitnet_coreml_predict(model, nullptr, &in, 1, &out, 1, &failure); }) < 16);
  CHECK(kept(2000, [&] {
          bitnet_coreml_state *copy;
          bitnet_coreml_state_new(model, &copy, &failure);
          bitnet_coreml_state_copy(state, copy, "count", &failure);
          bitnet_coreml_state_free(copy);
        }) < 16);
  CHECK(kept(2000, [&] {
          bitnet_coreml_model *another;
          bitnet_coreml_model_load(compiled.c_str(), "steps", BITNET_COREML_ALL, &another, &failure);
          bitnet_coreml_model_free(another);
        }) < 16);
  CHECK(kept(2000, [&] {
          bitnet_coreml_plan(compiled.c_str(), "step", BITNET_COREML_ALL, &plan, &failure);
          fake_coreml_live(nullptr); // waits for the fake's thread
        }) < 16);
  CHECK(kept(300, [&] {
          std::filesystem::remove_all(other);
          bitnet_coreml_compile(package.c_str(), other.c_str(), &failure);
        }) < 16);
  bitnet_coreml_state_free(state);
  bitnet_coreml_model_free(model);
}

#endif

void failures_tests(const std::string &package) {
  every_call_may_fail(package);
  what_is_no_package_is_not_compiled(package);
  texts_are_cut_between_characters();
#if !__has_feature(address_sanitizer)
  nothing_is_kept(package);
#endif
  CHECK(fake_coreml_live(nullptr) == 0);
}
