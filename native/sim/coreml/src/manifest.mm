// A package on disk: Manifest.json, and what it names.
#include "manifest.h"
#include "failures.h"

// The path of model.mlmodel; nil with the error.
static NSString *rootModel(NSString *directory, NSError **error) {
  NSString *path = [directory stringByAppendingPathComponent:@"Manifest.json"];
  NSData *data = [NSData dataWithContentsOfFile:path];
  id manifest = data ? [NSJSONSerialization JSONObjectWithData:data options:0 error:nullptr] : nil;
  if (![manifest isKindOfClass:[NSDictionary class]]) {
    return fakeError(error, 0, @"A valid manifest does not exist at path: %@", path);
  }
  NSString *content = [directory stringByAppendingPathComponent:@"Data"];
  NSDictionary *items = [manifest objectForKey:@"itemInfoEntries"];
  for (NSString *key in items) {
    NSString *file = [content stringByAppendingPathComponent:[[items objectForKey:key] objectForKey:@"path"]];
    if (![[NSFileManager defaultManager] fileExistsAtPath:file]) {
      return fakeError(error, 0, @"the manifest names what is not there: %@", file);
    }
  }
  NSString *root = [[items objectForKey:[manifest objectForKey:@"rootModelIdentifier"]] objectForKey:@"path"];
  return root ? [content stringByAppendingPathComponent:root]
              : fakeError(error, 0, @"the manifest has no root model: %@", path);
}

BOOL fakeOpenPackage(NSString *directory, FakePackage &package, NSError **error) {
  NSString *path = rootModel(directory, error);
  if (!path) {
    return NO;
  }
  NSData *data = [NSData dataWithContentsOfFile:path];
  std::string problem = fakeReadModel([data bytes], [data length], package);
  if (!problem.empty()) {
    fakeError(error, 0, @"%s: %@", problem.c_str(), path);
    return NO;
  }
  return YES;
}
