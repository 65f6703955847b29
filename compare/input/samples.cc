#include "compare/input/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "compare/input/metric_kind.h"
#include "compare/statistics/shift.h"

namespace launch_compare {
namespace {

// Phases and total are differences of the same nanosecond timestamps, so only rounding errors are
// allowed: of doubles printed with 17 digits, and of numbers rounded to 1 us in files edited by
// hand.
constexpr double kPhaseToleranceMs = 0.002;

// The metrics with the resolutions of the marks at the end and at the start of a metric. Empty: the
// mark is exact, or its resolution is not known.
struct Marks {
  std::string end;
  std::string start;
};

Marks MarksOf(const Benchmark& benchmark, std::string_view metric) {
  const std::vector<std::string>& phases = PhasesOf(benchmark);
  const auto resolution = [](const std::string& mark) { return mark + "_resolution_ms"; };
  // Files of launch_bench before 0.2 have no bound of the total; it is that of the last phase.
  std::string last = resolution("total");
  if (benchmark.find(last) == nullptr && !phases.empty()) last = resolution(phases.back());
  // The total starts with the request, whose timestamp is exact.
  if (metric == "real_time") return {phases.empty() ? "" : last, ""};
  if (!metric.ends_with("_ms")) return {};
  const std::string phase(metric.substr(0, metric.size() - 3));
  if (phase == "boot_to_ssh") return {last, resolution("pending_to_running")};
  const auto position = std::find(phases.begin(), phases.end(), phase);
  if (position == phases.end()) return {resolution(phase), ""};
  return {position + 1 == phases.end() ? last : resolution(phase),
          position == phases.begin() ? "" : resolution(*(position - 1))};
}

// What guests told of their boot (docs/reference.md).
constexpr std::string_view kGuestParts[] = {"guest_kernel_ms",     "guest_initrd_ms",
                                            "guest_userspace_ms",  "guest_network_ms",
                                            "guest_cloud_init_ms", "guest_sshd_ms"};

bool IsGuestPart(std::string_view metric) {
  return std::ranges::find(kGuestParts, metric) != std::end(kGuestParts);
}

void AppendGuestParts(const std::set<std::string>& from, std::vector<std::string>* order) {
  for (const std::string_view part : kGuestParts) {
    if (from.contains(std::string(part))) order->emplace_back(part);
  }
}

double ValueOr(const Metric* metric, std::size_t launch, double otherwise) {
  if (metric == nullptr || !std::isfinite(metric->values[launch])) return otherwise;
  return metric->values[launch];
}

// A launch's total, and the least that its error bound allows.
struct BoundedTotal {
  double stamped = 0;
  double least = 0;
};

std::map<double, BoundedTotal> TotalsByRepetition(const Benchmark& benchmark) {
  std::map<double, BoundedTotal> totals;
  const Metric* total = benchmark.find("real_time");
  const Metric* repetition = benchmark.find("repetition");
  if (benchmark.aggregates_only || total == nullptr || repetition == nullptr) return totals;
  const Metric* bound = benchmark.find(MarksOf(benchmark, "real_time").end);
  for (std::size_t i = 0; i < total->values.size(); ++i) {
    const double value = total->values[i];
    if (!std::isfinite(value) || !std::isfinite(repetition->values[i])) continue;
    totals[repetition->values[i]] = {value, std::max(0.0, value - ValueOr(bound, i, 0))};
  }
  return totals;
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

BoundedSamples SamplesWithBounds(const Benchmark& benchmark, std::string_view metric,
                                 bool failure_ranks_slowest) {
  BoundedSamples samples;
  samples.stamped = SortedSamples(benchmark, metric, failure_ranks_slowest);
  samples.least = samples.stamped;
  samples.most = samples.stamped;
  const Metric* found = benchmark.find(metric);
  const Marks marks = MarksOf(benchmark, metric);
  const Metric* end = benchmark.find(marks.end);
  const Metric* start = benchmark.find(marks.start);
  if (benchmark.aggregates_only || found == nullptr || (end == nullptr && start == nullptr))
    return samples;
  samples.least.clear();
  samples.most.clear();
  for (std::size_t i = 0; i < found->values.size(); ++i) {
    const double value = found->values[i];
    if (std::isnan(value)) continue;
    samples.least.push_back(std::max(0.0, value - ValueOr(end, i, 0)));
    samples.most.push_back(value + ValueOr(start, i, 0));
  }
  for (std::vector<double>* side : {&samples.least, &samples.most}) {
    side->resize(samples.stamped.size(), std::numeric_limits<double>::infinity());  // failures
    std::sort(side->begin(), side->end());
  }
  return samples;
}

BoundedSamples PairedDifferences(const Benchmark& baseline, const Benchmark& candidate,
                                 std::size_t most_pairs) {
  BoundedSamples differences;
  const std::map<double, BoundedTotal> before = TotalsByRepetition(baseline);
  for (const auto& [repetition, after] : TotalsByRepetition(candidate)) {
    const auto pair = before.find(repetition);
    if (pair == before.end()) continue;
    if (differences.stamped.size() == most_pairs) break;
    differences.stamped.push_back(after.stamped - pair->second.stamped);
    differences.least.push_back(after.least - pair->second.stamped);
    differences.most.push_back(after.stamped - pair->second.least);
  }
  for (std::vector<double>* side : {&differences.stamped, &differences.least, &differences.most})
    std::sort(side->begin(), side->end());
  return differences;
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
  bool has_guest_parts = false;
  for (const std::string& metric : rest) {
    if (!IsGuestPart(metric)) {
      order.push_back(metric);
    } else if (!std::exchange(has_guest_parts, true)) {
      AppendGuestParts(rest, &order);  // all of them, in the order of a boot
    }
  }
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
