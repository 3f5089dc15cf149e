// The threads of a GPU kernel as fibers of one OS thread: groups of threads that meet at barriers, and subgroups of up
// to 32 lanes that exchange values. Threads run until they wait; a mistake that a GPU would answer with a hang or with
// garbage (a barrier that not all reach, lanes at different operations) ends the run with an error.
#ifndef BITNET_SIM_TEAM_H
#define BITNET_SIM_TEAM_H

#include "context.h"
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bitnet::sim {

enum : uint32_t {
  LANES = 32,      // of a subgroup; the last one of a group may have fewer
  ALL_LANES = ~0u, // of the subgroup that have not returned
};

struct TeamShape {
  uint32_t groups = 1;  // that exist at once
  uint32_t threads = 1; // of a group
  // Whether a barrier of a group waits for the threads that have not returned only. Otherwise it is an error when some
  // have.
  bool returned_threads_arrive = false;
};

// What a lane gives: the bytes of anything that fits.
struct alignas(16) LaneValue {
  uint64_t words[2];
};

// What the lanes of a subgroup gave.
struct Exchange {
  LaneValue values[LANES];
  uint32_t lanes; // bit i: lane i took part
};

class Team {
public:
  using Body = void (*)(void *context, uint32_t thread);

  Team();
  ~Team();
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;

  // Runs body(context, thread) for thread 0 .. groups * threads - 1, group by group, to the end. With seed 0 threads
  // take turns; any other shuffles the order in which they go on. Answers what went wrong, or "". Called inside of a
  // run of the same OS thread, it is an error.
  std::string run(const TeamShape &shape, Body body, void *context, uint64_t seed);

  // ---- For bodies ----

  // The team that the calling fiber belongs to.
  static Team &current();
  // The number of the calling thread.
  uint32_t thread() const { return running->number; }
  // Its number within its group, and the group's.
  uint32_t in_group() const { return running->in_group; }
  uint32_t group() const { return running->of_group; }
  // Its number within its subgroup.
  uint32_t lane() const { return running->lane; }

  enum class Scope { GROUP, TEAM };
  // Waits for all threads of the group, or of all groups. All of them must be at the same `site`.
  void barrier(Scope scope, uint32_t site);
  // Waits for the first `count` threads of the group, none of which has returned.
  void barrier_of_first(uint32_t count, uint32_t site);
  // Waits for those of the group whose numbers have the same quotient by `count`, none of which has returned.
  void barrier_of_part(uint32_t count, uint32_t site);
  // Gives a value to the lanes of the subgroup whose bits are set (the caller's among them) and waits for theirs, but
  // not for those that have returned. All must name the same lanes and the same operation. Valid until the caller's
  // next exchange. Orders nothing but itself: what lanes wrote to memory before is not the others' to read.
  const Exchange &exchange(const char *operation, LaneValue value, uint32_t lanes = ALL_LANES);
  // The same without a value; what lanes wrote before is seen by the others afterwards.
  void subgroup_barrier(const char *operation, uint32_t lanes = ALL_LANES);
  // Lets the others go on, in a loop that waits for what one of them writes.
  void pause();
  // Ends the run with an error. The stacks of the fibers are abandoned: no destructor runs.
  [[noreturn]] void fail(const char *format, ...) __attribute__((format(printf, 2, 3)));

private:
  struct Meeting : Exchange {
    const char *operation = nullptr; // null: not in use
    uint32_t expected = 0;           // as named by the lanes
    uint32_t readers = 0;            // lanes that may still look at it
    bool complete = false;
  };
  struct Fiber;
  struct Subgroup {
    std::deque<Meeting> meetings;
    uint32_t live = 0;                       // bits of the lanes that have not returned
    std::unique_ptr<Fiber> *first = nullptr; // its lanes
  };
  struct Barrier {
    uint32_t live = 0, returned = 0, waiting = 0, round = 0;
    std::vector<uint32_t> threads; // that wait, in order of arrival
    char order[2];                 // for the sanitizer: this round and the one before
  };
  struct Fiber {
    explicit Fiber(void (*entry)()) : context(entry) {}
    Context context;
    uint32_t number = 0, in_group = 0, of_group = 0, lane = 0, site = 0;
    Subgroup *subgroup = nullptr;
    Barrier *group = nullptr;
    Meeting *read = nullptr;
    enum class State { READY, BARRIER, EXCHANGE, RETURNED } state = State::READY;
  };

  static void entry();
  void reset();
  void start(uint32_t number);
  void returned();
  void wait();
  Fiber *next();
  void make_ready(Fiber &fiber);
  Meeting &exchange(const char *operation, LaneValue value, uint32_t lanes, bool orders_memory);
  void meet(Subgroup &subgroup, Meeting &meeting);
  void wait_at(Barrier &barrier, uint32_t site);
  void open(Barrier &barrier);
  Meeting &join(Subgroup &subgroup, const char *operation, uint32_t lanes);
  void stuck();

  TeamShape shape;
  Body body = nullptr;
  void *context = nullptr;
  uint64_t random = 0;
  char error[256] = {};
  Context *caller = nullptr; // of the OS thread, while it runs
  std::vector<std::unique_ptr<Fiber>> fibers;
  std::vector<Subgroup> subgroups;
  std::vector<Barrier> barriers;                           // of the groups, then of all
  std::map<std::pair<uint32_t, uint32_t>, Barrier> firsts; // of the first threads of a group, by it and their number
  std::map<uint32_t, Barrier> parts;                       // of parts of a group, by their first thread
  // A ring of the fibers that can run; its size is a power of two.
  std::vector<Fiber *> ready;
  size_t first_ready = 0, ready_count = 0;
  Fiber *running = nullptr;
  uint32_t live = 0;
  char begin = 0, end = 0; // for the sanitizer
};

} // namespace bitnet::sim

#endif
