#include "team.h"
#include "sanitizers.h"
#include <algorithm>
#include <bit>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bitnet::sim {

namespace {
// A library that is loaded late still has room for so little of it, and gets at it without a call.
__attribute__((tls_model("initial-exec"))) thread_local Team *current_team;

uint64_t splitmix64(uint64_t &state) {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}
} // namespace

Team::Team() = default;
Team::~Team() = default;

Team &Team::current() {
  if (current_team == nullptr) {
    fprintf(stderr, "a barrier or an exchange outside of a kernel\n");
    abort();
  }
  return *current_team;
}

std::string Team::run(const TeamShape &s, Body b, void *c, uint64_t seed) {
  if (current_team != nullptr) {
    return "a kernel is started inside of a kernel";
  }
  Context here;
  caller = &here;
  current_team = this;
  shape = s;
  body = b;
  context = c;
  random = seed;
  error[0] = 0;
  live = shape.groups * shape.threads;
  reset();
  for (uint32_t i = 0; i < live; i++) {
    start(i);
  }
  release(&begin);
  if (Fiber *first = next()) {
    running = first;
    Context::switch_to(*caller, first->context);
  }
  acquire(&end);
  if (error[0] == 0 && live > 0) {
    stuck();
  }
  if (error[0] != 0) {
    for (auto &fiber : fibers) {
      fiber->context.restart();
    }
  }
  running = nullptr;
  caller = nullptr;
  current_team = nullptr;
  return error;
}

// Makes room for everything, so that fibers allocate next to nothing.
void Team::reset() {
  size_t all = shape.groups * ((shape.threads + LANES - 1) / LANES);
  subgroups.resize(std::max(subgroups.size(), all));
  for (Subgroup &subgroup : subgroups) {
    subgroup.live = 0;
    subgroup.meetings.resize(std::max<size_t>(subgroup.meetings.size(), 8));
    for (Meeting &meeting : subgroup.meetings) {
      meeting.operation = nullptr;
    }
  }
  barriers.resize(std::max<size_t>(barriers.size(), shape.groups + 1));
  for (uint32_t g = 0; g <= shape.groups; g++) {
    Barrier &barrier = barriers[g];
    barrier.live = g < shape.groups ? shape.threads : live;
    barrier.returned = barrier.waiting = 0;
    barrier.threads.clear();
    barrier.threads.reserve(barrier.live);
  }
  firsts.clear();
  parts.clear();
  ready.resize(std::max<size_t>(ready.size(), std::bit_ceil(live)));
  first_ready = ready_count = 0;
  while (fibers.size() < live) {
    fibers.push_back(std::make_unique<Fiber>(entry));
  }
}

void Team::start(uint32_t number) {
  Fiber &fiber = *fibers[number];
  uint32_t group = number / shape.threads, in_group = number % shape.threads;
  fiber.number = number;
  fiber.in_group = in_group;
  fiber.of_group = group;
  fiber.lane = in_group % LANES;
  fiber.subgroup = &subgroups[group * ((shape.threads + LANES - 1) / LANES) + in_group / LANES];
  fiber.group = &barriers[group];
  fiber.read = nullptr;
  if (fiber.lane == 0) {
    fiber.subgroup->first = &fibers[number];
  }
  fiber.subgroup->live |= 1u << fiber.lane;
  make_ready(fiber);
}

void Team::entry() {
  Context::entered();
  for (;;) {
    Team &team = *current_team;
    acquire(&team.begin);
    team.body(team.context, team.running->number);
    release(&team.end);
    team.returned();
  }
}

// The calling fiber's body has returned: nobody waits for it any more.
void Team::returned() {
  Fiber &fiber = *running;
  fiber.state = Fiber::State::RETURNED;
  live--;
  Subgroup &subgroup = *fiber.subgroup;
  subgroup.live &= ~(1u << fiber.lane);
  if (fiber.read != nullptr && --fiber.read->readers == 0) {
    fiber.read->operation = nullptr;
  }
  fiber.read = nullptr;
  for (Meeting &meeting : subgroup.meetings) {
    if (meeting.operation != nullptr && !meeting.complete) {
      meet(subgroup, meeting);
    }
  }
  for (Barrier *barrier : {fiber.group, &barriers[shape.groups]}) {
    barrier->live--;
    barrier->returned++;
    if (barrier->waiting > 0 && barrier->waiting == barrier->live) {
      open(*barrier);
    }
  }
  wait();
}

void Team::make_ready(Fiber &fiber) {
  fiber.state = Fiber::State::READY;
  ready[(first_ready + ready_count++) & (ready.size() - 1)] = &fiber;
}

Team::Fiber *Team::next() {
  if (ready_count == 0) {
    return nullptr;
  }
  Fiber *&first = ready[first_ready];
  if (random != 0) {
    std::swap(first, ready[(first_ready + splitmix64(random) % ready_count) & (ready.size() - 1)]);
  }
  first_ready = (first_ready + 1) & (ready.size() - 1);
  ready_count--;
  return first;
}

// Lets another fiber run; when none can, the run is over.
void Team::wait() {
  Fiber *self = running, *other = error[0] == 0 ? next() : nullptr;
  if (other == self) {
    return;
  }
  running = other;
  Context::switch_to(self->context, other != nullptr ? other->context : *caller);
}

void Team::fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error, sizeof error, format, arguments);
  va_end(arguments);
  wait();
  abort(); // nobody switches back
}

void Team::barrier(Scope scope, uint32_t site) {
  wait_at(scope == Scope::GROUP ? *running->group : barriers[shape.groups], site);
}

void Team::barrier_of_first(uint32_t count, uint32_t site) {
  if (running->in_group >= count || count > shape.threads) {
    fail("a thread is at a barrier of others");
  }
  Barrier &barrier = firsts[{running->of_group, count}];
  barrier.live = count;
  wait_at(barrier, site);
}

void Team::barrier_of_part(uint32_t count, uint32_t site) {
  uint32_t first = running->in_group / count * count;
  if (first + count > shape.threads) {
    fail("a thread is at a barrier of fewer threads than it has");
  }
  Barrier &barrier = parts[running->of_group * shape.threads + first];
  barrier.live = count;
  wait_at(barrier, site);
}

void Team::wait_at(Barrier &barrier, uint32_t site) {
  Fiber &self = *running;
  self.state = Fiber::State::BARRIER;
  self.site = site;
  char *order = &barrier.order[barrier.round % 2];
  release(order);
  barrier.threads.push_back(self.number);
  barrier.waiting++;
  if (barrier.waiting == barrier.live) {
    open(barrier);
  }
  wait();
  acquire(order);
}

void Team::open(Barrier &barrier) {
  uint32_t site = fibers[barrier.threads[0]]->site;
  if (barrier.returned > 0 && !shape.returned_threads_arrive) {
    fail("barrier at line %u: %u threads have returned without reaching it", site, barrier.returned);
  }
  for (uint32_t thread : barrier.threads) {
    uint32_t other = fibers[thread]->site;
    if (other != site) {
      fail("threads of a group are at different barriers (lines %u and %u)", std::min(site, other),
           std::max(site, other));
    }
  }
  for (uint32_t thread : barrier.threads) {
    make_ready(*fibers[thread]);
  }
  barrier.threads.clear();
  barrier.waiting = 0;
  barrier.round++;
}

void Team::pause() {
  make_ready(*running);
  wait();
}

const Exchange &Team::exchange(const char *operation, LaneValue value, uint32_t lanes) {
  return exchange(operation, value, lanes, false);
}

void Team::subgroup_barrier(const char *operation, uint32_t lanes) {
  exchange(operation, {}, lanes, true);
}

Team::Meeting &Team::exchange(const char *operation, LaneValue value, uint32_t lanes, bool orders_memory) {
  Fiber &self = *running;
  Subgroup &subgroup = *self.subgroup;
  uint32_t lane = self.lane;
  if ((lanes >> lane & 1) == 0) {
    fail("%s: lane %u is not among those that take part", operation, lane);
  }
  if (self.read != nullptr && --self.read->readers == 0) {
    self.read->operation = nullptr;
  }
  Meeting &meeting = join(subgroup, operation, lanes);
  self.read = &meeting;
  meeting.values[lane] = value;
  meeting.lanes |= 1u << lane;
  meeting.readers++;
  if (orders_memory) {
    release(&meeting);
  }
  self.state = Fiber::State::EXCHANGE;
  meet(subgroup, meeting);
  if (self.state == Fiber::State::EXCHANGE) {
    wait();
  }
  if (orders_memory) {
    acquire(&meeting);
  }
  return meeting;
}

// The meeting that the lane's exchange belongs to.
Team::Meeting &Team::join(Subgroup &subgroup, const char *operation, uint32_t lanes) {
  Meeting *unused = nullptr, *same = nullptr;
  for (Meeting &m : subgroup.meetings) {
    if (m.operation == nullptr) {
      unused = &m;
    } else if (!m.complete && m.expected == lanes) {
      if (int order = m.operation == operation ? 0 : strcmp(m.operation, operation); order != 0) {
        fail("lanes of a subgroup are at different operations (%s and %s)", order < 0 ? m.operation : operation,
             order < 0 ? operation : m.operation);
      }
      same = &m;
    }
  }
  if (same != nullptr) {
    return *same;
  }
  Meeting &m = unused != nullptr ? *unused : subgroup.meetings.emplace_back();
  m.operation = operation;
  m.expected = lanes;
  m.lanes = 0;
  m.readers = 0;
  m.complete = false;
  return m;
}

// Completes the exchange if nobody is missing. The last lane to arrive goes on without a switch.
void Team::meet(Subgroup &subgroup, Meeting &meeting) {
  if ((meeting.expected & subgroup.live & ~meeting.lanes) != 0) {
    return;
  }
  meeting.complete = true;
  for (uint32_t rest = meeting.lanes; rest != 0; rest &= rest - 1) {
    Fiber &fiber = *subgroup.first[std::countr_zero(rest)];
    if (&fiber == running) {
      fiber.state = Fiber::State::READY;
    } else {
      make_ready(fiber);
    }
  }
}

// Nobody can run and not all have returned.
void Team::stuck() {
  uint32_t at_barriers = 0, at_exchanges = 0, site = 0;
  const char *operation = "";
  for (uint32_t i = 0; i < shape.groups * shape.threads; i++) {
    const Fiber &fiber = *fibers[i];
    if (fiber.state == Fiber::State::BARRIER) {
      at_barriers++;
      site = fiber.site;
    } else if (fiber.state == Fiber::State::EXCHANGE) {
      at_exchanges++;
      operation = fiber.read->operation;
    }
  }
  if (at_exchanges == 0) {
    snprintf(error, sizeof error, "deadlock: %u threads wait at barriers (line %u)", at_barriers, site);
  } else {
    snprintf(error, sizeof error, "deadlock: %u lanes wait for others in %s, %u threads at barriers (line %u)",
             at_exchanges, operation, at_barriers, site);
  }
}

} // namespace bitnet::sim
