#include "compare/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <thread>

#include "compare/honesty_checks.h"
#include "compare/input_error.h"
#include "compare/quantity.h"
#include "compare/samples.h"

namespace launch_compare {
namespace {

using Benchmarks = std::vector<const Benchmark*>;  // one for each run; null where the run lacks it

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// What is compared: the launches of one run, or, of several, each run's median.
std::vector<double> UnitSamples(const Benchmarks& runs, std::string_view metric, bool failures,
                                bool by_run) {
  std::vector<double> units;
  for (const Benchmark* benchmark : runs) {
    if (benchmark == nullptr) continue;
    std::vector<double> samples = SortedSamples(*benchmark, metric, failures);
    if (!by_run) return samples;
    if (!samples.empty()) units.push_back(Median(samples));
  }
  std::sort(units.begin(), units.end());
  return units;
}

// The stated median where a side has aggregates only; of several such runs, the median of these.
double AggregateMedian(const Benchmarks& runs, std::string_view metric) {
  std::vector<double> medians;
  for (const Benchmark* benchmark : runs) {
    const Metric* found =
        benchmark != nullptr && benchmark->aggregates_only ? benchmark->find(metric) : nullptr;
    if (found != nullptr) medians.push_back(found->values.front());
  }
  std::sort(medians.begin(), medians.end());
  return medians.empty() ? kNone : Median(medians);
}

Side Describe(const std::vector<double>& samples, const Benchmarks& runs, std::string_view metric,
              bool by_run) {
  Side side;
  side.samples = samples.size();
  side.failed = static_cast<std::size_t>(
      std::count_if(samples.begin(), samples.end(), [](double v) { return std::isinf(v); }));
  side.median = samples.empty() ? AggregateMedian(runs, metric) : Median(samples);
  const std::vector<double> rest = UnitSamples(runs, metric, false, by_run);
  side.median_of_rest = rest.empty() ? kNone : Median(rest);
  return side;
}

double CoarsestResolution(const Benchmarks& runs, std::string_view metric) {
  double coarsest = 0;
  for (const Benchmark* benchmark : runs) {
    if (benchmark != nullptr) coarsest = std::max(coarsest, ResolutionOf(*benchmark, metric));
  }
  return coarsest;
}

bool LeftOut(const Benchmarks& runs, const std::string& metric) {
  return std::any_of(runs.begin(), runs.end(), [&](const Benchmark* b) {
    return b != nullptr &&
           std::find(b->non_finite.begin(), b->non_finite.end(), metric) != b->non_finite.end();
  });
}

void RemarkOnFailures(MetricComparison& m, const Side& side, std::string_view which) {
  const bool moved = side.median != side.median_of_rest && !std::isnan(side.median);
  if (!m.kind.failure_ranks_slowest || side.samples == 0 || !moved) return;
  m.remarks.push_back(fmt::format(
      "failed launches rank slowest: they move the {} median from {} to {}", which,
      FormatValue(side.median_of_rest, m.kind.unit), FormatValue(side.median, m.kind.unit)));
}

void RemarkOnSamples(MetricComparison& m, const CompareOptions& options, bool by_run) {
  const std::size_t b = m.baseline.samples;
  const std::size_t c = m.candidate.samples;
  if (b == 0 || c == 0) {
    if (!m.one_sided()) m.remarks.push_back("aggregates only: shown, not tested");
  } else if (!m.shift->reaches_confidence && m.metric == "real_time") {  // said once for all
    const std::size_t needed = SamplesNeeded(options.alpha, 1);
    m.remarks.push_back(fmt::format(
        "{} against {} {} cannot reach {:g}% confidence whatever they say; {} against {} can", b, c,
        by_run ? "runs" : "repetitions", 100 * (1 - options.alpha), needed, needed));
  } else if (m.verdict == Verdict::kSame && m.resolution > m.margin &&
             std::max(std::abs(m.shift->lower), std::abs(m.shift->upper)) > m.margin) {
    m.remarks.push_back(fmt::format("below the resolution of the measurement, {}",
                                    FormatValue(m.resolution, m.kind.unit)));
  }
}

MetricComparison CompareMetric(const Pairing& pairing, const std::string& metric,
                               const CompareOptions& options, bool by_run) {
  MetricComparison m;
  m.metric = metric;
  m.kind = KindOf(metric);
  const bool failures = m.kind.failure_ranks_slowest;
  const std::vector<double> x = UnitSamples(pairing.baseline, metric, failures, by_run);
  const std::vector<double> y = UnitSamples(pairing.candidate, metric, failures, by_run);
  m.baseline = Describe(x, pairing.baseline, metric, by_run);
  m.candidate = Describe(y, pairing.candidate, metric, by_run);
  const Margin margin = options.policy.RuleFor(pairing.name, metric).margin;
  m.margin = margin.relative == 0 ? 0 : margin.relative * std::abs(m.baseline.median);
  if (m.kind.unit == MetricUnit::kMilliseconds) {
    m.margin = std::max(m.margin, margin.milliseconds);
    m.resolution = std::max(CoarsestResolution(pairing.baseline, metric),
                            CoarsestResolution(pairing.candidate, metric));
  }
  if (!x.empty() && !y.empty()) {
    m.constant = x.front() == x.back() && y.front() == y.back() && x.front() == y.front();
    m.shift = HodgesLehmann(x, y, 1 - options.alpha);
    m.test = MannWhitney(x, y);
    if (m.kind.lower_is_better) m.verdict = Decide(*m.shift, m.margin, m.resolution);
    if (m.verdict == Verdict::kUndecided)
      m.detectable = SmallestDetectable(*m.shift, m.margin, m.resolution);
  } else if (m.kind.lower_is_better && !m.one_sided()) {
    m.verdict = Verdict::kUndecided;
  }
  m.non_finite = LeftOut(pairing.baseline, metric) || LeftOut(pairing.candidate, metric);
  RemarkOnFailures(m, m.baseline, "baseline's");
  RemarkOnFailures(m, m.candidate, "candidate's");
  RemarkOnSamples(m, options, by_run);
  return m;
}

void CountLaunches(const Benchmarks& runs, std::size_t& launches, std::size_t& failures) {
  for (const Benchmark* benchmark : runs) {
    if (benchmark == nullptr) continue;
    launches += benchmark->repetitions();
    failures += benchmark->failures();
  }
}

bool HasAny(const Benchmarks& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Benchmark* b) { return b != nullptr; });
}

bool HasAll(const Benchmarks& runs) {
  return std::none_of(runs.begin(), runs.end(), [](const Benchmark* b) { return b == nullptr; });
}

void AddPhaseErrors(BenchmarkComparison& result, const Benchmarks& runs,
                    const std::vector<std::string>& paths) {
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r] == nullptr) continue;
    for (const std::string& error : PhaseErrors(*runs[r]))
      result.phase_errors.push_back(paths[r] + ", " + error);
  }
}

BenchmarkComparison CompareBenchmark(const Pairing& pairing, const Comparison& all,
                                     const CompareOptions& options) {
  BenchmarkComparison result;
  result.name = pairing.name;
  CountLaunches(pairing.baseline, result.baseline_launches, result.baseline_failures);
  CountLaunches(pairing.candidate, result.candidate_launches, result.candidate_failures);
  AddPhaseErrors(result, pairing.baseline, all.baseline_paths);
  AddPhaseErrors(result, pairing.candidate, all.candidate_paths);
  for (std::size_t r = 0; r < pairing.candidate.size(); ++r) {
    const Benchmark* benchmark = pairing.candidate[r];
    if (benchmark == nullptr && HasAll(pairing.baseline))
      result.missing_from.push_back(all.candidate_paths[r]);
    if (benchmark == nullptr) continue;
    for (const std::string& message : benchmark->failure_messages) {
      std::vector<std::string>& known = result.failure_messages;
      if (std::find(known.begin(), known.end(), message) == known.end()) known.push_back(message);
    }
  }
  Benchmarks both = pairing.baseline;
  both.insert(both.end(), pairing.candidate.begin(), pairing.candidate.end());
  for (const std::string& metric : MetricOrder(both)) {
    result.metrics.push_back(CompareMetric(pairing, metric, options, all.by_run));
  }
  return result;
}

// Benchmarks do not depend on each other: the machine's cores share them.
std::vector<BenchmarkComparison> CompareBenchmarks(const std::vector<const Pairing*>& pairings,
                                                   const Comparison& all,
                                                   const CompareOptions& options) {
  std::vector<BenchmarkComparison> results(pairings.size());
  const std::size_t workers =
      pairings.size() < 64 ? 1 : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::future<void>> work;
  for (std::size_t w = 0; w < workers; ++w) {
    work.push_back(std::async(workers == 1 ? std::launch::deferred : std::launch::async, [&, w] {
      for (std::size_t i = w; i < pairings.size(); i += workers)
        results[i] = CompareBenchmark(*pairings[i], all, options);
    }));
  }
  for (std::future<void>& part : work) part.get();
  return results;
}

bool TookTurns(const BenchmarkRun& a, const BenchmarkRun& b) {
  const std::string_view id = a.context_value("run_id");
  return !id.empty() && b.context_value("interleaved_with") == id &&
         a.context_value("interleaved_with") == b.context_value("run_id");
}

}  // namespace

Comparison Compare(const std::vector<BenchmarkRun>& baseline,
                   const std::vector<BenchmarkRun>& candidate, const std::vector<Pairing>& pairings,
                   const CompareOptions& options) {
  if (pairings.empty()) throw InputError("--benchmark_filter: no benchmark of any run matches");
  Comparison result;
  result.by_run = baseline.size() > 1 || candidate.size() > 1;
  result.interleaved = !result.by_run && TookTurns(baseline.front(), candidate.front());
  result.confidence = 1 - options.alpha;
  for (const BenchmarkRun& run : baseline) result.baseline_paths.push_back(run.path);
  for (const BenchmarkRun& run : candidate) result.candidate_paths.push_back(run.path);
  for (const std::vector<BenchmarkRun>* side : {&baseline, &candidate}) {
    for (const BenchmarkRun& run : *side) {
      result.modelled = result.modelled || run.modelled();
      for (const std::string& value : run.non_finite) {
        result.warnings.push_back(fmt::format("{}: {}: left out", run.path, value));
      }
    }
  }
  result.context_differences = ContextDifferences(baseline, candidate, pairings);
  std::vector<const Pairing*> on_both;
  for (const Pairing& pairing : pairings) {
    if (!HasAny(pairing.candidate)) {
      result.only_in_baseline.push_back(pairing.name);
    } else if (!HasAny(pairing.baseline)) {
      result.only_in_candidate.push_back(pairing.name);
    } else {
      on_both.push_back(&pairing);
    }
  }
  result.benchmarks = CompareBenchmarks(on_both, result, options);
  return result;
}

}  // namespace launch_compare
