// Frees what Metal hands out autoreleased, at the end of a scope. Every function that the JVM calls has one: its
// threads have none of their own.
#pragma once

#include <Foundation/Foundation.hpp>

namespace bitnet {

class Pool {
public:
  Pool() : pool(NS::AutoreleasePool::alloc()->init()) {}
  ~Pool() { pool->release(); }
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;

private:
  NS::AutoreleasePool *pool;
};

} // namespace bitnet
