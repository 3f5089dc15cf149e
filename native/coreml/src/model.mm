// Compiling and loading.
#include "configuration.h"
#include "failure.h"

int32_t bitnet_coreml_abi_version(void) {
  return BITNET_COREML_ABI_VERSION;
}

int32_t bitnet_coreml_compile(const char *package, const char *compiled, bitnet_coreml_failure *failure){
    BITNET_GUARD(failure){NSFileManager *files = [NSFileManager defaultManager];
if ([files fileExistsAtPath:bitnet::string(compiled)]) {
  return bitnet::refused(failure, [bitnet::string(compiled) stringByAppendingString:@" is there already"]);
}
NSError *error = nil;
// A temporary directory, which is ours to move or to remove.
NSURL *temporary = [MLModel compileModelAtURL:bitnet::fileURL(package) error:&error];
if (!temporary) {
  return bitnet::failed(failure, error);
}
if (![files moveItemAtURL:temporary toURL:bitnet::fileURL(compiled) error:&error]) {
  [files removeItemAtURL:temporary error:nullptr];
  return bitnet::failed(failure, error);
}
return BITNET_COREML_OK;
}
BITNET_GUARD_END(failure)
}

int32_t bitnet_coreml_model_load(const char *compiled, const char *function, int32_t processors,
                                 bitnet_coreml_model **model, bitnet_coreml_failure *failure) {
  BITNET_GUARD(failure) {
    NSError *error = nil;
    MLModel *loaded = [MLModel modelWithContentsOfURL:bitnet::fileURL(compiled)
                                        configuration:bitnet::configuration(function, processors)
                                                error:&error];
    if (!loaded) {
      return bitnet::failed(failure, error);
    }
    *model = (bitnet_coreml_model *)[loaded retain];
    return BITNET_COREML_OK;
  }
  BITNET_GUARD_END(failure)
}

void bitnet_coreml_model_free(bitnet_coreml_model *model) {
  @autoreleasepool {
    [(MLModel *)model release];
  }
}
