// What a metric's name tells: its unit, which direction is better, and how failed launches count.
#pragma once

#include <string_view>

namespace launch_compare {

enum class MetricUnit { kMilliseconds, kUsd, kShare, kPlain };

enum class Direction { kUnknown, kLower, kHigher };

struct MetricKind {
  MetricUnit unit = MetricUnit::kPlain;
  // The direction that is better. If unknown, the metric is shown, but has no verdict and is never
  // gated.
  Direction better = Direction::kUnknown;
  // True: a failed launch counts as slower than every launch that succeeded (censored). This holds
  // for the total and the phases. False: a failed launch has no value.
  bool failure_ranks_slowest = false;

  bool judged() const { return better != Direction::kUnknown; }
};

// Lower is better for times, money and API calls. Higher is better for the library's
// items_per_second and bytes_per_second. For other rates (requests_per_ms) and counters the
// direction is unknown, unless a policy states it.
MetricKind KindOf(std::string_view metric);

// The metrics of the slow end. They are computed (tail.h) and appear in no file.
inline constexpr std::string_view kP90 = "real_time_p90";
inline constexpr std::string_view kP99 = "real_time_p99";
inline constexpr std::string_view kMaximum = "real_time_max";
inline constexpr std::string_view kSlowLaunches = "slow_launches";

// Counters of a fleet's baseline: replayed_<variant>_ms is what its measured graph gives with the
// variant's edit.
inline constexpr std::string_view kReplayed = "replayed_";

// Returns false for launch_index and repetition, which are numbers and not quantities, and for what
// was computed from another metric.
bool IsCompared(std::string_view metric);

// Returns "total" for real_time, "total p90" for real_time_p90, "api" for api_ms. Other names stay
// as they are.
std::string_view ShownName(std::string_view metric);

}  // namespace launch_compare
