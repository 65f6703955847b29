// Pauses that a stop ends.
#pragma once

#include <chrono>
#include <stop_token>

namespace aws {

// Blocks for `duration`, or until `stop` is requested. Returns true if no stop was requested. If a
// task calls it, the other tasks of its thread go on.
bool SleepFor(std::chrono::nanoseconds duration, const std::stop_token& stop = {});

}  // namespace aws
