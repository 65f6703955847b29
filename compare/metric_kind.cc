#include "compare/metric_kind.h"

namespace launch_compare {

MetricKind KindOf(std::string_view metric) {
  using enum MetricUnit;
  if (metric == "real_time") return {kMilliseconds, true, true};
  if (metric == "cpu_time") return {kMilliseconds, true, false};
  // The instrument and the distance to it, not the launch.
  if (metric.ends_with("_resolution_ms") || metric == "rtt_ms" || metric.ends_with("_rtt_ms")) {
    return {kMilliseconds, false, false};
  }
  if (metric == "retry_wait_ms") return {kMilliseconds, true, false};  // part of a phase, not one
  // Before the clock: what EC2's request rates imposed, not the launch.
  if (metric == "prepare_wait_ms" || metric == "prepare_once_wait_ms")
    return {kMilliseconds, false, false};
  if (metric.ends_with("_ms")) return {kMilliseconds, true, true};
  if (metric == "usd" || metric.starts_with("usd_") || metric.ends_with("_usd"))
    return {kUsd, true, false};
  if (metric == "api_calls") return {kPlain, true, false};
  return {};
}

bool IsCompared(std::string_view metric) { return metric != "launch_index"; }

std::string_view ShownName(std::string_view metric) {
  if (metric == "real_time") return "total";
  if (KindOf(metric).unit == MetricUnit::kMilliseconds && metric.ends_with("_ms") &&
      KindOf(metric).lower_is_better) {
    metric.remove_suffix(3);
  }
  return metric;
}

}  // namespace launch_compare
