// The part of the macOS SDK's <mach/mach.h> that metal-cpp needs.
#pragma once

typedef int kern_return_t;
typedef unsigned int task_id_token_t;
