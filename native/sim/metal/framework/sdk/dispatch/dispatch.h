// The part of the macOS SDK's <dispatch/dispatch.h> that metal-cpp needs.
#pragma once

#include <stddef.h>

typedef struct dispatch_queue_s *dispatch_queue_t;
typedef struct dispatch_data_s *dispatch_data_t;
#ifdef __BLOCKS__
typedef void (^dispatch_block_t)(void);
#else
typedef void *dispatch_block_t;
#endif

#define DISPATCH_DATA_DESTRUCTOR_DEFAULT NULL

#ifdef __cplusplus
extern "C" {
#endif

// Copies the bytes where the destructor is the default one.
dispatch_data_t dispatch_data_create(const void *bytes, size_t size, dispatch_queue_t queue,
                                     dispatch_block_t destructor);
void dispatch_release(dispatch_data_t data);

#ifdef __cplusplus
}
#endif
