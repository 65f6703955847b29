// What a metric's name says about it: its unit, which way is better, what a failed launch means for
// it.
#pragma once

#include <string_view>

namespace launch_compare {

enum class MetricUnit { kMilliseconds, kUsd, kShare, kPlain };

enum class Direction { kUnknown, kLower, kHigher };

struct MetricKind {
  MetricUnit unit = MetricUnit::kPlain;
  // Which way is better. Unknown: it is shown, has no verdict, and is never gated.
  Direction better = Direction::kUnknown;
  // A failed launch took longer than any that succeeded, in total and in whatever phase it hung: it
  // ranks slowest there (censored). Elsewhere it has no value.
  bool failure_ranks_slowest = false;

  bool judged() const { return better != Direction::kUnknown; }
};

// Lower is better for times, money and API calls, higher for the library's items_per_second and
// bytes_per_second. Of any other rate (requests_per_ms) and any other counter nothing is guessed:
// a policy may say it.
MetricKind KindOf(std::string_view metric);

// The metrics of the slow end, which no file holds (tail.h).
inline constexpr std::string_view kP90 = "real_time_p90";
inline constexpr std::string_view kP99 = "real_time_p99";
inline constexpr std::string_view kMaximum = "real_time_max";
inline constexpr std::string_view kSlowLaunches = "slow_launches";

// launch_index is an order, not a quantity; nothing is gained by comparing it.
bool IsCompared(std::string_view metric);

// "total" for real_time, "total p90", "api" for api_ms; others as they are.
std::string_view ShownName(std::string_view metric);

}  // namespace launch_compare
