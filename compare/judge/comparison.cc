#include "compare/judge/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <thread>

#include "compare/input/samples.h"
#include "compare/judge/comparability.h"
#include "compare/judge/judge.h"
#include "compare/judge/quantity.h"
#include "compare/judge/side_samples.h"
#include "compare/judge/tail.h"

namespace launch_compare {
namespace {

double MedianOf(const std::vector<double>& samples) { return Median(samples); }

// Returns the median that the file states, for a side that has only aggregates. For several such
// runs, returns the median of their medians.
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
  const BoundedSamples rest = SideSamples(runs, metric, false, by_run, MedianOf);
  side.median_of_rest = rest.stamped.empty() ? kNone : Median(rest.stamped);
  return side;
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
  } else if (!m.shift->reaches_confidence && m.metric == "real_time") {  // same for all metrics
    const std::size_t needed = SamplesNeeded(options.alpha, 1);
    m.remarks.push_back(fmt::format(
        "{} against {} {} cannot reach {:g}% confidence whatever their values are; {} against {} "
        "can",
        b, c, by_run ? "runs" : "repetitions", 100 * (1 - options.alpha), needed, needed));
  } else if (m.verdict == Verdict::kUnresolved) {
    m.remarks.push_back(fmt::format(
        "unresolved: each time may be too long by up to its resolution, so the true difference may "
        "be anything from {} to {}",
        FormatShift(m.bounds.lower, m.kind.unit), FormatShift(m.bounds.upper, m.kind.unit)));
  } else if (m.verdict == Verdict::kPerhapsSlower || m.verdict == Verdict::kPerhapsFaster) {
    m.remarks.push_back(
        fmt::format("{} ({})", Name(*m.verdict), FormatValue(m.margin, m.kind.unit)));
  }
}

MetricComparison CompareMetric(const Pairing& pairing, const std::string& metric,
                               const CompareOptions& options, bool by_run) {
  MetricComparison m;
  m.metric = metric;
  m.kind = KindOf(metric);
  const GateRule rule = options.policy.RuleFor(pairing.name, metric);
  m.kind.better = rule.better;
  const bool failures = m.kind.failure_ranks_slowest;
  const BoundedSamples x = SideSamples(pairing.baseline, metric, failures, by_run, MedianOf);
  const BoundedSamples y = SideSamples(pairing.candidate, metric, failures, by_run, MedianOf);
  m.baseline = Describe(x.stamped, pairing.baseline, metric, by_run);
  m.candidate = Describe(y.stamped, pairing.candidate, metric, by_run);
  m.margin = rule.margin.Of(m.baseline.median, m.kind.unit);
  m.non_finite = LeftOut(pairing.baseline, metric) || LeftOut(pairing.candidate, metric);
  if (!x.stamped.empty() && !y.stamped.empty()) {
    const bool alike =
        x.stamped.front() == x.stamped.back() && y.stamped.front() == y.stamped.back();
    m.constant = alike && x.stamped.front() == y.stamped.front();
    TestSamples(m, x, y, options.alpha);
    if (m.non_finite) m.verdict.reset();  // the skipped values might change it
    if (m.non_finite) m.detectable.reset();
  } else if (m.kind.judged() && !m.one_sided() && !m.non_finite) {
    m.verdict = Verdict::kUndecided;
  }
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
  std::vector<MetricComparison> tail;
  if (!result.metrics.front().non_finite) tail = CompareTail(pairing, options, all.by_run);
  result.metrics.insert(result.metrics.begin() + 1, tail.begin(), tail.end());
  if (const std::string remark = TailRemark(result.metrics); !remark.empty())
    result.metrics.front().remarks.push_back(remark);
  return result;
}

// Benchmarks do not depend on each other, so all cores work on them.
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
  Comparison result;
  result.by_run = baseline.size() > 1 || candidate.size() > 1;
  result.interleaved = !result.by_run && TookTurns(baseline.front(), candidate.front());
  result.confidence = 1 - options.alpha;
  for (const BenchmarkRun& run : baseline) result.baseline_paths.push_back(run.path);
  for (const BenchmarkRun& run : candidate) result.candidate_paths.push_back(run.path);
  for (const std::vector<BenchmarkRun>* side : {&baseline, &candidate}) {
    for (const BenchmarkRun& run : *side) {
      result.modelled = result.modelled || run.modelled();
      result.virtual_machines = result.virtual_machines || run.on_virtual_machines();
      for (const std::string& value : run.non_finite) {
        result.warnings.push_back(fmt::format("{}: {}: left out", run.path, value));
      }
      if (!run.left_out.empty()) {
        result.warnings.push_back(fmt::format("{}: not measurements, left out: {}", run.path,
                                              fmt::join(run.left_out, ", ")));
      }
    }
  }
  for (const ContextDifference& difference : ContextDifferences(baseline, candidate, pairings)) {
    const std::vector<std::string>& expected = options.expected_differences;
    const bool is_expected = result.interleaved || std::find(expected.begin(), expected.end(),
                                                             difference.name) != expected.end();
    (is_expected ? result.expected_differences : result.context_differences)
        .push_back(difference.line);
  }
  if (const std::string line = PollIntervalWarning(baseline, candidate); !line.empty())
    result.warnings.push_back(line);
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
