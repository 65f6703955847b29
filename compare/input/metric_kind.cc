#include "compare/input/metric_kind.h"

namespace launch_compare {

MetricKind KindOf(std::string_view metric) {
  using enum MetricUnit;
  using enum Direction;
  if (metric == "real_time" || metric == kP90 || metric == kP99)
    return {kMilliseconds, kLower, true};
  if (metric == kMaximum) return {kMilliseconds, kUnknown, true};  // shown: one launch decides it
  if (metric == kSlowLaunches) return {kShare, kLower, true};
  if (metric == "cpu_time") return {kMilliseconds, kLower, false};
  if (metric == "items_per_second" || metric == "bytes_per_second") return {kPlain, kHigher, false};
  if (metric == "usd" || metric.starts_with("usd_")) return {kUsd, kLower, false};
  if (metric.find("_per_") != std::string_view::npos) return {};
  if (metric.ends_with("_usd")) return {kUsd, kLower, false};
  // These describe the measurement and its distance, not the launch.
  if (metric.ends_with("_resolution_ms") || metric == "rtt_ms" || metric.ends_with("_rtt_ms")) {
    return {kMilliseconds, kUnknown, false};
  }
  if (metric == "retry_wait_ms") return {kMilliseconds, kLower, false};  // part of a phase, not one
  // Waits before the clock starts. EC2's request rates cause them, not the launch.
  if (metric == "prepare_wait_ms" || metric == "prepare_once_wait_ms")
    return {kMilliseconds, kUnknown, false};
  if (metric.ends_with("_ms")) return {kMilliseconds, kLower, true};
  if (metric == "api_calls") return {kPlain, kLower, false};
  return {};
}

bool IsCompared(std::string_view metric) {
  return metric != "launch_index" && metric != "repetition" && !metric.starts_with(kReplayed);
}

std::string_view ShownName(std::string_view metric) {
  if (metric == "real_time") return "total";
  if (metric == kP90) return "total p90";
  if (metric == kP99) return "total p99";
  if (metric == kMaximum) return "total max";
  if (metric == kSlowLaunches) return "slow launches";
  if (KindOf(metric).unit == MetricUnit::kMilliseconds && metric.ends_with("_ms") &&
      KindOf(metric).judged()) {
    metric.remove_suffix(3);
  }
  return metric;
}

}  // namespace launch_compare
