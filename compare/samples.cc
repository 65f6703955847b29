#include "compare/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>

#include "compare/metric_kind.h"
#include "compare/shift.h"

namespace launch_compare {
namespace {

// Phases and total are differences of the same nanosecond stamps; what is left is the rounding of
// doubles printed with 17 digits, and, in files edited by hand, of numbers rounded to 1 us.
constexpr double kPhaseToleranceMs = 0.002;

double MedianResolution(const Benchmark& benchmark, const std::string& mark) {
  const std::vector<double> samples = SortedSamples(benchmark, mark + "_resolution_ms", false);
  return samples.empty() ? 0 : Median(samples);
}

}  // namespace

std::vector<double> SortedSamples(const Benchmark& benchmark, std::string_view metric,
                                  bool failure_ranks_slowest) {
  std::vector<double> samples;
  if (benchmark.aggregates_only) return samples;
  if (const Metric* found = benchmark.find(metric)) {
    samples.reserve(found->values.size());
    for (const double value : found->values) {
      if (!std::isnan(value)) samples.push_back(value);
    }
  }
  if (failure_ranks_slowest) {
    samples.insert(samples.end(), benchmark.failures(), std::numeric_limits<double>::infinity());
  }
  std::sort(samples.begin(), samples.end());
  return samples;
}

const std::vector<std::string>& PhasesOf(const Benchmark& benchmark) {
  static const std::vector<std::string> kNone;
  for (const Label& label : benchmark.labels) {
    if (!label.phases.empty()) return label.phases;
  }
  return kNone;
}

double ResolutionOf(const Benchmark& benchmark, std::string_view metric) {
  const std::vector<std::string>& phases = PhasesOf(benchmark);
  if (metric == "real_time") {  // from the request, stamped as it is sent, to the last mark
    return phases.empty() ? 0 : MedianResolution(benchmark, phases.back());
  }
  if (!metric.ends_with("_ms")) return 0;
  const std::string phase(metric.substr(0, metric.size() - 3));
  double resolution = MedianResolution(benchmark, phase);
  const auto position = std::find(phases.begin(), phases.end(), phase);
  if (position != phases.end() && position != phases.begin()) {
    resolution +=
        MedianResolution(benchmark, *(position - 1));  // a phase starts at the mark before
  } else if (phase == "boot_to_ssh") {
    resolution += MedianResolution(benchmark, "pending_to_running");
  }
  return resolution;
}

std::vector<std::string> MetricOrder(const std::vector<const Benchmark*>& benchmarks) {
  std::vector<std::string> order = {"real_time"};
  std::set<std::string> rest;
  bool cpu_time = false;
  for (const Benchmark* benchmark : benchmarks) {
    if (benchmark == nullptr) continue;
    for (const std::string& phase : PhasesOf(*benchmark)) {
      const std::string metric = phase + "_ms";
      if (std::find(order.begin(), order.end(), metric) == order.end()) order.push_back(metric);
    }
    const bool manual = benchmark->name.find("/manual_time") != std::string::npos;
    for (const Metric& metric : benchmark->metrics) {
      if (metric.name == "cpu_time") {
        cpu_time = cpu_time || !manual;
      } else if (IsCompared(metric.name)) {
        rest.insert(metric.name);
      }
    }
  }
  if (cpu_time) order.insert(order.begin() + 1, "cpu_time");
  for (const std::string& metric : order) rest.erase(metric);
  order.insert(order.end(), rest.begin(), rest.end());
  return order;
}

std::vector<std::string> PhaseErrors(const Benchmark& benchmark) {
  std::vector<std::string> errors;
  const std::vector<std::string>& phases = PhasesOf(benchmark);
  const Metric* total = benchmark.find("real_time");
  if (phases.empty() || total == nullptr || benchmark.aggregates_only) return errors;
  std::vector<const Metric*> metrics;
  metrics.reserve(phases.size());
  for (const std::string& phase : phases) metrics.push_back(benchmark.find(phase + "_ms"));
  for (std::size_t i = 0; i < total->values.size(); ++i) {
    if (std::isnan(total->values[i])) continue;
    double sum = 0;
    for (const Metric* metric : metrics) {
      if (metric != nullptr && !std::isnan(metric->values[i])) sum += metric->values[i];
    }
    if (std::abs(sum - total->values[i]) > kPhaseToleranceMs + 1e-9 * std::abs(sum)) {
      errors.push_back(fmt::format("repetition {}: phases make {:.3f} ms, real_time is {:.3f} ms",
                                   i, sum, total->values[i]));
    }
  }
  return errors;
}

}  // namespace launch_compare
