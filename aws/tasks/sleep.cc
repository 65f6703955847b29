#include "aws/tasks/sleep.h"

#include <mutex>

#include "aws/tasks/condition.h"

namespace aws {

bool SleepFor(std::chrono::nanoseconds duration, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + duration;
  std::mutex mutex;
  Condition stopped;
  const std::stop_callback wake(stop, [&] {
    const std::lock_guard lock(mutex);
    stopped.NotifyAll();
  });
  std::unique_lock lock(mutex);
  return !stopped.WaitUntil(lock, deadline, [&] { return stop.stop_requested(); });
}

}  // namespace aws
