// What the tests share: a checked claim, and a run through the whole interface.
#pragma once
#include "fake_coreml.h"
#include <string>

extern int failed_checks;

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
void check(bool condition, const char *text, const char *file, int line);

// A place of this process's own for files; gone when it ends.
std::string scratch(const std::string &name);

// The kind of the first failure in compile, load, predict twice, copy the state, predict, plan, free; 0 for none. Frees
// everything either way.
int32_t run(const std::string &package, bitnet_coreml_failure *failure);
