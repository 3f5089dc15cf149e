// Tests of the interface against the fake. Quiet when all is well.
#include "package.h"
#include "run.h"

#include <malloc.h>
#include <stdio.h>

void predict_tests(const std::string &package);
void failures_tests(const std::string &package);
void misuse_tests(const std::string &package);

int main() {
  mallopt(M_ARENA_MAX, 1); // or mallinfo2 does not see what other threads allocate
  std::string package = scratch("test.mlpackage");
  write_package(package);
  fake_coreml_execute_by(compute);
  predict_tests(package);
  failures_tests(package);
  misuse_tests(package);
  if (failed_checks > 0) {
    fprintf(stderr, "%d checks failed\n", failed_checks);
  }
  return failed_checks == 0 ? 0 : 1;
}
