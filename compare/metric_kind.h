// What a metric's name says about it: its unit, which way is better, what a failed launch means for
// it.
#pragma once

#include <string_view>

namespace launch_compare {

enum class MetricUnit { kMilliseconds, kUsd, kPlain };

struct MetricKind {
  MetricUnit unit = MetricUnit::kPlain;
  // Lower is better for times, money and API calls. Of any other counter the direction is unknown:
  // it is shown, has no verdict, and is never gated.
  bool lower_is_better = false;
  // A failed launch took longer than any that succeeded, in total and in whatever phase it hung: it
  // ranks slowest there (censored). Elsewhere it has no value.
  bool failure_ranks_slowest = false;
};

MetricKind KindOf(std::string_view metric);

// launch_index is an order, not a quantity; nothing is gained by comparing it.
bool IsCompared(std::string_view metric);

// "total" for real_time, "api" for api_ms; others as they are.
std::string_view ShownName(std::string_view metric);

}  // namespace launch_compare
