// The kernels of the product, compiled for the host, and how one is run.
#ifndef BITNET_SIM_KERNELS_H
#define BITNET_SIM_KERNELS_H

#include <cstdint>
#include <string>
#include <vector>

namespace bitnet::sim {

struct Dim3 {
  uint32_t x, y, z;
};

// The block that runs.
struct Block {
  Dim3 index, threads, grid;
  uint8_t *dynamic_shared;
};
extern Block block;

// Registers itself.
struct Kernel {
  Kernel(const char *name, size_t argument_bytes, size_t argument_alignment, std::vector<uint32_t> bounds,
         void (*run)(const void *argument));
  static const Kernel *find(const std::string &name);

  const char *name;
  size_t argument_bytes, argument_alignment;
  std::vector<uint32_t> bounds; // most threads of a block, blocks that must fit at once
  void (*run)(const void *argument);
};

struct Launch {
  const Kernel *kernel;
  Dim3 grid, threads;
  uint32_t dynamic_shared_bytes;
  std::vector<uint8_t> argument;
};

// Runs all blocks, one after another, in an order that depends on the seed. Answers what went wrong, or "".
std::string run(const Launch &launch, uint64_t seed);

// Of the memory that kernels declare.
size_t static_shared_bytes();

// ---- For kernels ----

// The calling thread has waited for the kernel in front.
void waited();
// Fails unless it has.
void require_waited();
void copy_later(void *shared, const void *global);
void end_copies();
void finish_copies(uint32_t pending_groups);
// Bulk copies, and the bytes that a round of them has in all. `rounds` counts those that are over. The first thread
// that waits for a round ends it, which it may only when all its copies were begun.
void copy_bulk(void *shared, const void *global, size_t bytes, uint64_t *rounds);
void expect_copies(uint64_t *rounds, size_t bytes);
void finish_round(uint64_t *rounds, uint32_t odd);

} // namespace bitnet::sim

#endif
