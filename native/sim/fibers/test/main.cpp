// The rules of barriers and exchanges, and every error that breaks them.
#include "team.h"
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

using bitnet::sim::LANES;
using bitnet::sim::Team;
using bitnet::sim::TeamShape;

namespace {

void check(bool condition, const char *what, uint64_t seed = 0) {
  if (!condition) {
    fprintf(stderr, "FAILED: %s (seed %llu)\n", what, static_cast<unsigned long long>(seed));
    exit(1);
  }
}

// Runs a closure as a body.
std::string run(Team &team, const TeamShape &shape, uint64_t seed, const std::function<void(uint32_t)> &body) {
  std::function<void(uint32_t)> copy = body;
  return team.run(
      shape, [](void *f, uint32_t thread) { (*static_cast<std::function<void(uint32_t)> *>(f))(thread); }, &copy, seed);
}

uint32_t exchanged(const char *operation, uint32_t value, uint32_t from, uint32_t lanes = bitnet::sim::ALL_LANES) {
  return static_cast<uint32_t>(Team::current().exchange(operation, {{value, 0}}, lanes).values[from].words[0]);
}

void barrier(uint32_t site) {
  Team::current().barrier(Team::Scope::GROUP, site);
}

// A tree of sums over threads, which only barriers make right.
void sums(Team &team, uint32_t threads, uint64_t seed) {
  std::vector<uint32_t> s(threads), seen(threads);
  check(run(team, {1, threads}, seed,
            [&](uint32_t t) {
              s[t] = t + 1;
              for (uint32_t stride = 1; stride < threads; stride *= 2) {
                barrier(1);
                uint32_t other = t + stride < threads && t % (2 * stride) == 0 ? s[t + stride] : 0;
                barrier(2);
                s[t] += other;
              }
              barrier(3);
              seen[t] = s[0];
            })
            .empty(),
        "sums run", seed);
  for (uint32_t t = 0; t < threads; t++) {
    check(seen[t] == threads * (threads + 1) / 2, "sum of all threads", seed);
  }
}

// Rotations within subgroups, many in a row: results must not mix.
void rotations(Team &team, uint32_t threads, uint64_t seed) {
  std::vector<uint32_t> v(threads);
  check(run(team, {1, threads}, seed,
            [&](uint32_t t) {
              uint32_t lane = t % LANES, lanes = std::min<uint32_t>(LANES, threads - t / LANES * LANES);
              v[t] = t;
              for (uint32_t i = 0; i < 2 * lanes; i++) {
                v[t] = exchanged("rotate", v[t], (lane + 1) % lanes);
              }
            })
            .empty(),
        "rotations run", seed);
  for (uint32_t t = 0; t < threads; t++) {
    check(v[t] == t, "rotated all the way around", seed);
  }
}

// Halves of a subgroup at different operations, by their masks.
void masks(Team &team, uint64_t seed) {
  std::vector<uint32_t> v(LANES);
  check(run(team, {1, LANES}, seed,
            [&](uint32_t t) {
              for (uint32_t i = 0; i < 10; i++) {
                v[t] = t < 16 ? exchanged("low", t + i, 3, 0xffff) : exchanged("high", t + i, 19, 0xffff0000);
              }
              v[t] += exchanged("all", t, 31);
            })
            .empty(),
        "masks run", seed);
  for (uint32_t t = 0; t < LANES; t++) {
    check(v[t] == (t < 16 ? 3 : 19) + 9 + 31, "exchange in a half", seed);
  }
}

// Groups that exist at once and wait for each other.
void groups(Team &team, uint64_t seed) {
  std::vector<uint32_t> s(3 * 40), seen(3 * 40);
  check(run(team, {3, 40}, seed,
            [&](uint32_t t) {
              barrier(1);
              s[t] = exchanged("first", t, 0);
              Team::current().barrier(Team::Scope::TEAM, 2);
              seen[t] = s[(t + 40) % 120];
            })
            .empty(),
        "groups run", seed);
  for (uint32_t t = 0; t < 120; t++) {
    uint32_t other = (t + 40) % 120;
    check(seen[t] == other / 40 * 40 + other % 40 / LANES * LANES, "value of another group", seed);
  }
}

void errors(Team &team, uint64_t seed) {
  auto expect = [&](const TeamShape &shape, const char *message, const std::function<void(uint32_t)> &body) {
    std::string error = run(team, shape, seed, body);
    if (error.find(message) == std::string::npos) {
      fprintf(stderr, "expected '%s', not '%s'\n", message, error.c_str());
      check(false, "error", seed);
    }
    sums(team, 64, seed); // the team is as good as new
  };
  expect({1, 64}, "different barriers (lines 1 and 2)", [](uint32_t t) { barrier(t < 7 ? 1 : 2); });
  expect({1, 64}, "at line 5: 7 threads have returned", [](uint32_t t) {
    if (t >= 7) {
      barrier(5);
    }
  });
  expect({1, 64}, "different operations (max and sum)", [](uint32_t t) { exchanged(t & 1 ? "max" : "sum", t, 0); });
  expect({1, 64}, "lanes wait for others in sum", [](uint32_t t) {
    if (t & 1) {
      exchanged("sum", t, 0);
    } else {
      barrier(1);
    }
  });
  expect({1, 64}, "not among those that take part", [](uint32_t t) { exchanged("sum", t, 0, 0xff); });
  expect({1, 64}, "of my own", [](uint32_t t) {
    if (t == 40) {
      Team::current().fail("of my own");
    }
    barrier(1);
  });
  expect({1, 64}, "started inside", [&](uint32_t) {
    char error[100];
    {
      Team other;
      snprintf(error, sizeof error, "%s", run(other, {1, 1}, 0, [](uint32_t) {}).c_str());
    }
    Team::current().fail("%s", error);
  });
  check(run(team, {1, 64, true}, seed,
            [](uint32_t t) {
              if (t >= 7) {
                barrier(5);
              }
            })
            .empty(),
        "returned threads count as arrived where they may", seed);
  std::vector<uint32_t> took_part(64);
  check(run(team, {1, 64}, seed,
            [&](uint32_t t) {
              if (t >= 40) {
                took_part[t] = Team::current().exchange("ballot", {}).lanes;
              }
            }).empty() &&
            took_part[63] == 0xffffff00,
        "exchange without the lanes that returned", seed);
}

void all(uint64_t seed) {
  Team team;
  for (uint32_t threads : {1u, 2u, 31u, 32u, 33u, 100u, 256u, 1024u}) {
    sums(team, threads, seed);
    rotations(team, threads, seed);
  }
  masks(team, seed);
  groups(team, seed);
  errors(team, seed);
}

// That the order in which threads run is shuffled, differently for each seed.
void orders() {
  std::set<std::vector<uint32_t>> different;
  for (uint64_t seed = 0; seed < 10; seed++) {
    std::vector<uint32_t> order(32);
    std::atomic<uint32_t> next = 0;
    Team team;
    check(run(team, {1, 32}, seed, [&](uint32_t t) { order[next++] = t; }).empty(), "orders run", seed);
    check(seed != 0 || std::is_sorted(order.begin(), order.end()), "seed 0 is in order");
    different.insert(order);
  }
  check(different.size() == 10, "seeds give orders of their own");
}

} // namespace

int main() {
  orders();
  for (uint64_t seed = 0; seed < 5; seed++) {
    all(seed);
  }
  std::thread one([] { all(7); }), two([] { all(8); });
  one.join();
  two.join();
  puts("fibers     ok");
  return 0;
}
