// Compares two sides, metric by metric.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "compare/input/metric_kind.h"
#include "compare/input/names.h"
#include "compare/input/run.h"
#include "compare/judge/policy.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/mann_whitney.h"
#include "compare/statistics/shift.h"

namespace launch_compare {

// One side of a metric.
struct Side {
  // Launches, or runs if the run is the sampling unit (Comparison::by_run). Includes failed ones.
  std::size_t samples = 0;
  std::size_t failed = 0;     // of these, the failed ones; they count as +infinity
  double median = 0;          // +infinity if half of the samples or more have failed
  double median_of_rest = 0;  // without the failed ones; NaN if nothing is left
};

struct MetricComparison {
  std::string metric;  // as in the file
  MetricKind kind;
  Side baseline;
  Side candidate;
  bool constant = false;    // every sample of both sides is the same number
  bool non_finite = false;  // values were left out (BenchmarkRun::non_finite)
  // In the metric's unit: milliseconds, dollars, or plain. Unset if a side has no samples to test.
  std::optional<ShiftEstimate> shift;
  ShiftBounds bounds;  // the shift's interval, widened by the error bounds of the marks
  std::optional<RankTest> test;
  double least_p = 0;  // the smallest p that these numbers of samples can reach
  double margin = 0;
  std::optional<Verdict> verdict;  // unset if the direction is unknown
  // If undecided: the smallest difference that these samples, with their spread, would have shown.
  // Unset if the samples are too few for any verdict.
  std::optional<double> detectable;
  std::vector<std::string> remarks;

  // Returns how much the error bounds of the marks widen the interval, at the side where they widen
  // it more.
  double resolution() const {
    return shift ? std::max(shift->lower - bounds.lower, bounds.upper - shift->upper) : 0;
  }

  bool one_sided() const { return std::isnan(baseline.median) != std::isnan(candidate.median); }
};

struct BenchmarkComparison {
  std::string name;
  // real_time and its slow end, the phases in order, then the rest by name.
  std::vector<MetricComparison> metrics;
  // Sums over all runs of a side.
  std::size_t baseline_launches = 0;
  std::size_t baseline_failures = 0;
  std::size_t candidate_launches = 0;
  std::size_t candidate_failures = 0;
  std::vector<std::string> failure_messages;  // the candidate's, distinct
  // Candidate runs without this benchmark, if every baseline run has it.
  std::vector<std::string> missing_from;
  std::vector<std::string> phase_errors;  // launches whose phases do not add up to real_time
};

struct CompareOptions {
  Policy policy;        // the margins
  double alpha = 0.05;  // intervals have confidence 1 - alpha
  // A launch is slow above this. If unset, above the p95 of the baseline's launches.
  std::optional<double> slow_above_ms;
  // Names (ContextDifference::name) of intended differences. In interleaved runs every difference
  // is intended: such runs are made to compare their settings.
  std::vector<std::string> expected_differences;
};

struct Comparison {
  // True if a side has several runs. The run is then the sampling unit: each run counts once, by
  // its median.
  bool by_run = false;
  // True if there is one run per side, and the launches of both took turns (launch_bench
  // --interleave). The context of each file then names the other run.
  bool interleaved = false;
  bool itself = false;  // both sides are the same run: nothing can differ
  std::vector<std::string> baseline_paths;
  std::vector<std::string> candidate_paths;
  double confidence = 0.95;
  std::vector<BenchmarkComparison> benchmarks;  // on both sides
  std::vector<std::string> only_in_baseline;    // in no candidate run
  std::vector<std::string> only_in_candidate;
  std::vector<std::string> context_differences;   // unexpected ones, which prevent gating
  std::vector<std::string> expected_differences;  // intended ones, which do not
  std::vector<std::string> warnings;
  // Each is true if it holds for any run of either side.
  bool modelled = false;
  bool virtual_machines = false;
};

// Requires: neither side is empty, nor is `pairings`.
Comparison Compare(const std::vector<BenchmarkRun>& baseline,
                   const std::vector<BenchmarkRun>& candidate, const std::vector<Pairing>& pairings,
                   const CompareOptions& options);

}  // namespace launch_compare
