#include "background.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace {
std::mutex lock;
std::condition_variable idle;
int running = 0;
} // namespace

void fakeInBackground(std::function<void()> work) {
  {
    std::lock_guard<std::mutex> guard(lock);
    running++;
  }
  std::thread([work = std::move(work)]() mutable {
    work();
    work = nullptr;
    std::lock_guard<std::mutex> guard(lock);
    running--;
    idle.notify_all();
  }).detach();
}

void fakeAwaitBackground() {
  std::unique_lock<std::mutex> guard(lock);
  idle.wait(guard, [] { return running == 0; });
}
