// A model package for the tests, of two functions over one state:
//
//   y = 2 x + count + 1,  count = count + 1      x and y are f16 of (1, 3, 1, n), count is the first of f16 of (2, 1)
//
// "step" has n = 1 and "steps" n = 4. The numbers come from compute(), the executor of the fake.
#pragma once
#include "fake_coreml.h"
#include <string>

// Writes it to `directory`, which it makes.
void write_package(const std::string &directory);

// Its name, with one thing wrong: the text that replaces `from` in model.mlmodel has the same length.
void damage_package(const std::string &directory, const std::string &from, const std::string &to);

int32_t compute(const char *package, const char *function, const bitnet_coreml_array *inputs, int32_t input_count,
                const bitnet_coreml_array *outputs, int32_t output_count, const bitnet_coreml_array *states,
                int32_t state_count, char *text, int32_t room);
