#include "team.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

static int size = 1;
static team_work job;
static atomic_int round_, finished, arrived, generation;
static pthread_t members[MOST_THREADS];

// Spins for a while, then lets others run.
static void pause_for(int *spins) {
  if (++*spins > 10000) {
    sched_yield();
  }
}

static void *member(void *argument) {
  int thread = (int)(intptr_t)argument;
  for (int seen = 0;;) {
    for (int spins = 0; atomic_load_explicit(&round_, memory_order_acquire) == seen;) {
      pause_for(&spins);
    }
    seen++;
    if (job == NULL) {
      return NULL;
    }
    job(thread, size);
    atomic_fetch_add(&finished, 1);
  }
}

void team_start(int threads) {
  size = threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads;
  for (int i = 1; i < size; i++) {
    if (pthread_create(&members[i], NULL, member, (void *)(intptr_t)i) != 0) {
      exit(2);
    }
  }
}

int team_size(void) {
  return size;
}

void team_run(team_work work) {
  job = work;
  atomic_store(&finished, 0);
  atomic_fetch_add(&round_, 1);
  if (work != NULL) {
    work(0, size);
    for (int spins = 0; atomic_load(&finished) < size - 1;) {
      pause_for(&spins);
    }
  }
}

void team_stop(void) {
  team_run(NULL);
  for (int i = 1; i < size; i++) {
    pthread_join(members[i], NULL);
  }
}

void team_wait(void) {
  int now = atomic_load(&generation);
  if (atomic_fetch_add(&arrived, 1) == size - 1) {
    atomic_store(&arrived, 0);
    atomic_fetch_add(&generation, 1);
    return;
  }
  for (int spins = 0; atomic_load(&generation) == now;) {
    pause_for(&spins);
  }
}
