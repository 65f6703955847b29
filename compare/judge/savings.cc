#include "compare/judge/savings.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "compare/input/metric_kind.h"
#include "compare/input/samples.h"
#include "compare/statistics/signed_rank.h"

namespace launch_compare {
namespace {

const NamedBenchmark* FindNamed(const std::vector<NamedBenchmark>& benchmarks,
                                std::string_view name) {
  const auto found =
      std::ranges::find_if(benchmarks, [&](const NamedBenchmark& one) { return one.name == name; });
  return found == benchmarks.end() ? nullptr : &*found;
}

// Labels of one benchmark can differ in other things.
std::string FromLabels(const Benchmark& benchmark, std::string Label::*member) {
  for (const Label& label : benchmark.labels) {
    if (!(label.*member).empty()) return label.*member;
  }
  return "";
}

// Returns the median change that `baseline` predicts with `metric`; NaN if there is none.
double ReplayedChange(const Benchmark& baseline, const std::string& metric) {
  const Metric* replayed = baseline.find(metric);
  const Metric* total = baseline.find("real_time");
  std::vector<double> changes;
  for (std::size_t i = 0; replayed != nullptr && total != nullptr && i < total->values.size();
       ++i) {
    const double change = replayed->values[i] - total->values[i];
    if (std::isfinite(change)) changes.push_back(change);
  }
  if (changes.empty()) return kNone;
  std::ranges::sort(changes);
  return Median(changes);
}

void JudgePairs(const Benchmark& baseline, const Benchmark& variant, Margin margin, double alpha,
                Saving* saving) {
  const BoundedSamples differences = PairedDifferences(baseline, variant, kMostPairs);
  saving->pairs = differences.stamped.size();
  if (saving->pairs == 0) return;
  saving->shift = PairedShift(differences.stamped, 1 - alpha);
  const ShiftBounds bounds{PairedShift(differences.least, 1 - alpha).lower,
                           PairedShift(differences.most, 1 - alpha).upper};
  const double middle = Median(SortedSamples(baseline, "real_time", false));
  saving->verdict = Decide(saving->shift, bounds, margin.Of(middle, MetricUnit::kMilliseconds));
}

std::string ReplayedMetric(const std::string& variant) {
  return std::string(kReplayed) + variant.substr(variant.find('/') + 1) + "_ms";
}

// Returns what `baseline` predicts for variants that are not in `benchmarks`.
std::vector<Saving> Predicted(const NamedBenchmark& baseline,
                              const std::vector<NamedBenchmark>& benchmarks) {
  std::vector<Saving> savings;
  const std::string group = baseline.name.substr(0, baseline.name.find('/') + 1);
  for (const Metric& metric : baseline.benchmark->metrics) {
    std::string_view name = metric.name;
    if (!name.starts_with(kReplayed) || !name.ends_with("_ms")) continue;
    name.remove_prefix(kReplayed.size());
    name.remove_suffix(3);
    Saving saving;
    saving.variant = group + std::string(name);
    saving.baseline = baseline.name;
    saving.replayed = ReplayedChange(*baseline.benchmark, metric.name);
    if (FindNamed(benchmarks, saving.variant) == nullptr) savings.push_back(std::move(saving));
  }
  return savings;
}

}  // namespace

std::vector<Saving> Savings(const std::vector<NamedBenchmark>& benchmarks, Margin margin,
                            double alpha) {
  std::vector<Saving> savings;
  std::vector<Saving> predicted;
  for (const NamedBenchmark& named : benchmarks) {
    Saving saving;
    saving.variant = named.name;
    saving.baseline = FromLabels(*named.benchmark, &Label::baseline);
    if (saving.baseline.empty()) continue;
    const NamedBenchmark* baseline = FindNamed(benchmarks, saving.baseline);
    if (baseline == nullptr) continue;
    if (baseline == &named) {
      for (Saving& one : Predicted(named, benchmarks)) predicted.push_back(std::move(one));
      continue;
    }
    JudgePairs(*baseline->benchmark, *named.benchmark, margin, alpha, &saving);
    saving.replayed = ReplayedChange(*baseline->benchmark, ReplayedMetric(named.name));
    saving.replay_assumes = FromLabels(*named.benchmark, &Label::replay_assumes);
    savings.push_back(std::move(saving));
  }
  savings.insert(savings.end(), predicted.begin(), predicted.end());
  return savings;
}

}  // namespace launch_compare
