#include "compare/judge/findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "compare/input/samples.h"
#include "compare/judge/quantity.h"
#include "compare/judge/side_samples.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/kruskal_wallis.h"
#include "compare/statistics/mann_whitney.h"
#include "compare/statistics/shift.h"

namespace launch_compare {
namespace {

// The sweeps of a run. The labels name them. Files of versions that did not write this key have no
// sweeps: their levels are treated as techniques.
class Sweeps {
 public:
  explicit Sweeps(const std::vector<NamedBenchmark>& benchmarks) {
    for (const NamedBenchmark& named : benchmarks) {
      for (const Label& label : named.benchmark->labels) {
        if (!label.sweep.empty()) names_.insert(label.sweep);
      }
    }
  }

  // Returns the sweep that the benchmark is a level of, or "". It goes by the benchmark's name,
  // because a level whose launches all failed has no label.
  std::string Of(const std::string& benchmark) const {
    const std::size_t slash = benchmark.find('/');
    if (slash == std::string::npos) return "";
    const std::string prefix = benchmark.substr(0, slash);
    return names_.contains(prefix) ? prefix : "";
  }

 private:
  std::set<std::string> names_;
};

std::string Ms(double value) { return FormatValue(value, MetricUnit::kMilliseconds); }

// The largest phase of a technique.
struct LargestPhase {
  std::string phase;
  double share = 0;          // of the total, median over the launches
  std::size_t launches = 0;  // the launches that have all values
  std::size_t largest_in = 0;
  std::size_t over_half_in = 0;
};

LargestPhase FindLargestPhase(const Benchmark& benchmark) {
  LargestPhase largest;
  const Metric* total = benchmark.find("real_time");
  if (total == nullptr) return largest;
  std::vector<const Metric*> phases;
  for (const std::string& phase : PhasesOf(benchmark)) {
    if (const Metric* metric = benchmark.find(phase + "_ms")) phases.push_back(metric);
  }
  const auto share_of = [&](const Metric& phase, std::size_t launch) {
    return phase.values[launch] / total->values[launch];
  };
  for (const Metric* phase : phases) {
    std::vector<double> shares;
    for (std::size_t i = 0; i < total->values.size(); ++i) {
      const double share = share_of(*phase, i);
      if (!std::isnan(share)) shares.push_back(share);
    }
    if (shares.empty()) continue;
    std::sort(shares.begin(), shares.end());
    if (Median(shares) <= largest.share) continue;
    largest = {phase->name.substr(0, phase->name.size() - 3), Median(shares), shares.size(), 0, 0};
  }
  const Metric* winner = benchmark.find(largest.phase + "_ms");
  for (std::size_t i = 0; winner != nullptr && i < total->values.size(); ++i) {
    const double share = share_of(*winner, i);
    if (std::isnan(share)) continue;
    const bool is_largest = std::none_of(phases.begin(), phases.end(),
                                         [&](const Metric* p) { return share_of(*p, i) > share; });
    largest.largest_in += is_largest ? 1 : 0;
    largest.over_half_in += share > 0.5 ? 1 : 0;
  }
  return largest;
}

void AddPhaseFindings(const std::vector<NamedBenchmark>& benchmarks,
                      std::vector<std::string>& findings) {
  std::map<std::string, std::vector<std::string>> dominated;  // phase -> "Cold 69%"
  std::vector<std::string> undominated;
  for (const auto& [name, benchmark] : benchmarks) {
    const LargestPhase largest = FindLargestPhase(*benchmark);
    if (largest.launches == 0) continue;
    if (largest.over_half_in == largest.launches) {
      dominated[largest.phase].push_back(fmt::format("{} {:.0f}%", name, 100 * largest.share));
    } else {
      undominated.push_back(fmt::format(
          "{}: no phase dominates; {} is the largest, {:.0f}% of the total, in {} of {} launches",
          name, largest.phase, 100 * largest.share, largest.largest_in, largest.launches));
    }
  }
  for (const auto& [phase, techniques] : dominated) {
    findings.push_back(fmt::format("{} dominates (more than half of the total in every launch): {}",
                                   phase, fmt::join(techniques, ", ")));
  }
  findings.insert(findings.end(), undominated.begin(), undominated.end());
}

double MedianOr(const Benchmark& benchmark, std::string_view metric, double otherwise) {
  const std::vector<double> samples = SortedSamples(benchmark, metric, false);
  return samples.empty() ? otherwise : Median(samples);
}

// "kernel 500.0 ms, initrd 700.0 ms"
std::string GuestParts(const Benchmark& benchmark,
                       const std::vector<std::pair<std::string, std::string>>& parts) {
  std::vector<std::string> texts;
  for (const auto& [metric, name] : parts) {
    const double value = MedianOr(benchmark, metric, std::nan(""));
    if (!std::isnan(value)) texts.push_back(fmt::format("{} {}", name, Ms(value)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void AddGuestFindings(const std::vector<NamedBenchmark>& benchmarks,
                      std::vector<std::string>& findings) {
  for (const auto& [name, benchmark] : benchmarks) {
    std::string parts = GuestParts(*benchmark, {{"guest_kernel_ms", "kernel"},
                                                {"guest_initrd_ms", "initrd"},
                                                {"guest_userspace_ms", "user space"}});
    if (parts.empty()) continue;
    const std::string within = GuestParts(*benchmark, {{"guest_network_ms", "network after"},
                                                       {"guest_cloud_init_ms", "cloud-init"},
                                                       {"guest_sshd_ms", "sshd after"}});
    if (!within.empty()) parts += fmt::format(" (within it: {})", within);
    // Not a sum: the kernel may start before "running".
    const double boot_to_ssh = MedianOr(*benchmark, "boot_to_ssh_ms", std::nan(""));
    if (!std::isnan(boot_to_ssh)) parts += fmt::format("; boot_to_ssh {}", Ms(boot_to_ssh));
    findings.push_back(fmt::format("{}: the guest's boot: {}", name, parts));
  }
}

// One swept factor: its levels and their samples.
struct Sweep {
  std::vector<std::string> levels;
  std::vector<BoundedSamples> samples;
  double p_value = 1;  // Kruskal-Wallis; meaningless unless testable
  bool testable = false;

  std::size_t Extreme(bool slowest) const {
    const auto less = [](const auto& a, const auto& b) {
      return Median(a.stamped) < Median(b.stamped);
    };
    const auto at = slowest ? std::max_element(samples.begin(), samples.end(), less)
                            : std::min_element(samples.begin(), samples.end(), less);
    return static_cast<std::size_t>(at - samples.begin());
  }
};

// Returns true if all levels are the same: each pair, within the margin of its faster median.
bool AllSame(const Sweep& sweep, Margin margin, double alpha) {
  for (std::size_t a = 0; a < sweep.samples.size(); ++a) {
    for (std::size_t b = a + 1; b < sweep.samples.size(); ++b) {
      const double reference =
          std::min(Median(sweep.samples[a].stamped), Median(sweep.samples[b].stamped));
      const double nothing = margin.Of(reference, MetricUnit::kMilliseconds);
      const BoundedShift between = ShiftBetween(sweep.samples[a], sweep.samples[b], 1 - alpha);
      if (Decide(between.shift, between.bounds, nothing) != Verdict::kSame) return false;
    }
  }
  return true;
}

std::string DescribeSweep(const std::string& factor, const Sweep& sweep, double adjusted_p,
                          Margin margin, double alpha) {
  const std::size_t fast = sweep.Extreme(false);
  const std::size_t slow = sweep.Extreme(true);
  const double low = Median(sweep.samples[fast].stamped);
  const double high = Median(sweep.samples[slow].stamped);
  std::string range = fmt::format("medians from {} ({}) to {} ({})", Ms(low), sweep.levels[fast],
                                  Ms(high), sweep.levels[slow]);
  if (std::isfinite(high - low))  // else the launches of a level mostly failed
    range += fmt::format(", {} apart", FormatRelative(high - low, low).substr(1));
  if (!sweep.testable) {
    return fmt::format("{}: undecided: {}, but a level with a single launch cannot be tested",
                       factor, range);
  }
  const std::string test =
      fmt::format("Kruskal-Wallis by permutation, adjusted p {}", FormatP(adjusted_p));
  if (AllSame(sweep, margin, alpha)) {
    return fmt::format(
        "{}: makes no difference beyond {:g}% (every pair's interval lies inside): {}; {}", factor,
        100 * margin.relative, range, test);
  }
  if (adjusted_p < alpha) return fmt::format("{}: matters: {}; {}", factor, range, test);
  return fmt::format("{}: undecided: {}; {}", factor, range, test);
}

void AddSweepFindings(const std::vector<NamedBenchmark>& benchmarks, const Sweeps& known,
                      Margin margin, double alpha, std::vector<std::string>& findings) {
  std::map<std::string, Sweep> sweeps;
  for (const auto& [name, benchmark] : benchmarks) {
    const std::string factor = known.Of(name);
    BoundedSamples samples = SamplesWithBounds(*benchmark, "real_time", true);
    if (factor.empty() || samples.stamped.empty()) continue;
    Sweep& sweep = sweeps[factor];
    sweep.levels.push_back(name.substr(factor.size() + 1));
    sweep.samples.push_back(std::move(samples));
  }
  std::erase_if(sweeps, [](const auto& entry) { return entry.second.levels.size() < 2; });
  std::vector<double> p_values;
  for (auto& [factor, sweep] : sweeps) {
    sweep.testable = std::all_of(sweep.samples.begin(), sweep.samples.end(),
                                 [](const auto& s) { return s.stamped.size() > 1; });
    if (!sweep.testable) continue;
    std::vector<std::vector<double>> stamped;
    for (const BoundedSamples& samples : sweep.samples) stamped.push_back(samples.stamped);
    sweep.p_value = KruskalWallisP(stamped);
    p_values.push_back(sweep.p_value);
  }
  const std::vector<double> adjusted = HolmAdjust(p_values);
  std::size_t next = 0;
  for (const auto& [factor, sweep] : sweeps) {
    findings.push_back(
        DescribeSweep(factor, sweep, sweep.testable ? adjusted[next++] : 1, margin, alpha));
  }
}

std::string DescribeCost(const Benchmark& benchmark) {
  const double launch = MedianOr(benchmark, "usd", std::nan(""));
  const double idle = MedianOr(benchmark, "usd_idle_per_hour", 0);
  std::string cost;
  if (!std::isnan(launch))
    cost = fmt::format("; costs {} a launch", FormatValue(launch, MetricUnit::kUsd));
  if (idle > 0)
    cost += fmt::format("{} {} an hour while waiting", cost.empty() ? "; costs" : " and",
                        FormatValue(idle, MetricUnit::kUsd));
  return cost;
}

void AddSavings(const std::vector<NamedBenchmark>& benchmarks, const Sweeps& sweeps, Margin margin,
                double alpha, std::vector<std::string>& findings) {
  const auto cold = std::find_if(benchmarks.begin(), benchmarks.end(),
                                 [](const auto& b) { return b.name == "Cold"; });
  if (cold == benchmarks.end()) return;
  const BoundedSamples reference = SamplesWithBounds(*cold->benchmark, "real_time", true);
  if (reference.stamped.empty()) return;
  const double middle = Median(reference.stamped);
  const double nothing = margin.Of(middle, MetricUnit::kMilliseconds);
  for (const auto& [name, benchmark] : benchmarks) {
    const BoundedSamples samples = SamplesWithBounds(*benchmark, "real_time", true);
    if (samples.stamped.empty() || name == "Cold" || !sweeps.Of(name).empty()) continue;
    const BoundedShift between = ShiftBetween(reference, samples, 1 - alpha);
    const ShiftEstimate& shift = between.shift;
    const Verdict verdict = Decide(shift, between.bounds, nothing);
    std::string line = fmt::format("{} against Cold: {} ({}), {}", name,
                                   FormatShift(shift.shift, MetricUnit::kMilliseconds),
                                   FormatRelative(shift.shift, middle), Name(verdict));
    if (shift.reaches_confidence) {
      line += fmt::format(", {:.1f}% interval {}", 100 * shift.coverage,
                          FormatInterval(shift.lower, shift.upper, MetricUnit::kMilliseconds));
    } else {
      line += fmt::format(": {} against {} launches are too few to test", reference.stamped.size(),
                          samples.stamped.size());
    }
    findings.push_back(line + DescribeCost(*benchmark));
  }
}

}  // namespace

std::vector<std::string> Findings(const std::vector<NamedBenchmark>& benchmarks, Margin margin,
                                  double alpha) {
  std::vector<std::string> findings;
  const Sweeps sweeps(benchmarks);
  AddPhaseFindings(benchmarks, findings);
  AddGuestFindings(benchmarks, findings);
  AddSweepFindings(benchmarks, sweeps, margin, alpha, findings);
  AddSavings(benchmarks, sweeps, margin, alpha, findings);
  return findings;
}

}  // namespace launch_compare
