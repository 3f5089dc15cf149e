// The table of one instruction set.
#include "kernels.h"

extern const bitnet_kernels KERNEL(kernels);
const bitnet_kernels KERNEL(kernels) = {
#define BITNET_ENTRY(name) .name = KERNEL(name),
    BITNET_OPERATIONS(BITNET_ENTRY)
#undef BITNET_ENTRY
};
