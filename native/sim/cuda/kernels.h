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

// A block that exists: one at a time, those of a cluster, or all of a cooperative launch.
struct Block {
  Dim3 index, threads, grid;
  uint8_t *dynamic_shared;
};
// That of the calling thread.
const Block &block();

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
  bool cooperative;
  bool clusters; // of the blocks that differ in z only
  std::vector<uint8_t> argument;
};

// Runs all blocks, one after another in an order that depends on the seed, or at once those of a cluster, or all if the
// launch is cooperative; then what kernels declare as shared is not each block's own. Answers what went wrong, or "".
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
// Barriers in shared memory that count arrivals and bytes of copies, which are done when they have been waited for.
void bulk_begin(uint64_t *barrier, uint32_t arrivals);
// Arrives.
void bulk_expect(uint64_t *barrier, uint32_t bytes);
void bulk_copy(void *shared, const void *global, uint32_t bytes, uint64_t *barrier);
void bulk_wait(uint64_t *barrier, uint32_t parity);

// What block `rank` of the cluster has where this one has `own`.
const void *peer(const void *own, uint32_t rank);

// In a loop that waits for another block: only those of a cooperative launch can.
void others_go_on();

} // namespace bitnet::sim

#endif
