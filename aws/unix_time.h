// Converts Unix times that services send.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace aws {

// Returns the time, but not earlier than 1970 and not later than 2200. libstdc++'s system_clock
// counts nanoseconds in 64 bits and ends in 2262, and some tools write 9999-12-31 for "never".
inline std::chrono::system_clock::time_point FromUnixSeconds(std::time_t seconds) {
  constexpr std::time_t kYear2200 = 7'258'118'400;
  return std::chrono::system_clock::from_time_t(std::clamp<std::time_t>(seconds, 0, kYear2200));
}

}  // namespace aws
