// Threads that run the same work side by side and wait for each other by spinning.
#ifndef TEAM_H
#define TEAM_H

#include "bitnet_cpu.h"

enum { MOST_THREADS = 64 };
typedef void (*team_work)(int thread, int threads);

void team_start(int threads);
void team_stop(void);
int team_size(void);
// Runs work(0 .. threads - 1); the caller is thread 0.
void team_run(team_work work);
// Called by all threads of a piece of work: returns when all have called it.
void team_wait(void);

#endif
