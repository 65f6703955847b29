#include "localcloud/qemu/wall_clock.h"

#include <algorithm>
#include <ctime>

namespace localcloud {
namespace {

std::chrono::nanoseconds Reading(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Clock::time_point MonotonicOf(std::chrono::nanoseconds time_of_day) {
  constexpr std::chrono::microseconds kCloseEnough{10};
  std::chrono::nanoseconds best_gap = std::chrono::nanoseconds::max();
  std::chrono::nanoseconds offset{};
  std::chrono::nanoseconds now{};
  for (int tries = 0; tries < 5 && best_gap > kCloseEnough; ++tries) {
    const auto before = Reading(CLOCK_MONOTONIC);
    const auto real = Reading(CLOCK_REALTIME);
    now = Reading(CLOCK_MONOTONIC);
    if (now - before >= best_gap) continue;
    best_gap = now - before;
    offset = real - before - best_gap / 2;
  }
  return Clock::time_point(std::min(time_of_day - offset, now));
}

}  // namespace localcloud
