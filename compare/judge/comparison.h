// What two sides say about each other, metric by metric.
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
  std::size_t samples =
      0;  // launches, or runs where the run is the sampling unit; failed ones included
  std::size_t failed = 0;     // of these, at +infinity
  double median = 0;          // +infinity where failures reach the middle
  double median_of_rest = 0;  // without the failed ones; NaN where nothing is left
};

struct MetricComparison {
  std::string metric;  // as in the file
  MetricKind kind;
  Side baseline;
  Side candidate;
  bool constant = false;    // every sample of both sides is the same number
  bool non_finite = false;  // values were left out because they are no numbers
  // All in the metric's unit: milliseconds, dollars, or plain. Unset where a side has no samples to
  // test.
  std::optional<ShiftEstimate> shift;
  ShiftBounds bounds;  // the shift's interval, widened by where the marks can lie
  std::optional<RankTest> test;
  double least_p = 0;  // the smallest p that these numbers of samples can reach
  double margin = 0;
  std::optional<Verdict> verdict;  // unset where the direction is unknown
  // Undecided: the smallest difference that these samples, spread as they are, would have shown.
  // Unset where their number alone forbids a verdict.
  std::optional<double> detectable;
  std::vector<std::string> remarks;

  // What the instruments add to the interval, at its longer side.
  double resolution() const {
    return shift ? std::max(shift->lower - bounds.lower, bounds.upper - shift->upper) : 0;
  }

  bool one_sided() const { return std::isnan(baseline.median) != std::isnan(candidate.median); }
};

struct BenchmarkComparison {
  std::string name;
  // real_time and its slow end first, phases in order, then the rest by name.
  std::vector<MetricComparison> metrics;
  // Over all runs of a side.
  std::size_t baseline_launches = 0;
  std::size_t baseline_failures = 0;
  std::size_t candidate_launches = 0;
  std::size_t candidate_failures = 0;
  std::vector<std::string> failure_messages;  // the candidate's, distinct
  std::vector<std::string>
      missing_from;  // candidate runs without it, though every baseline run has it
  std::vector<std::string> phase_errors;  // samples whose phases do not add up to real_time
};

struct CompareOptions {
  Policy policy;        // the margins
  double alpha = 0.05;  // intervals have confidence 1 - alpha
  // A launch is slow above this; unset: above the p95 of the baseline's launches.
  std::optional<double> slow_above_ms;
  // ContextDifference::name of what is meant to differ. Of interleaved runs everything is: the
  // settings in which the two differ are what they were made for.
  std::vector<std::string> expected_differences;
};

struct Comparison {
  // The run is the sampling unit as soon as a side has several: each run then counts once, by its
  // median.
  bool by_run = false;
  // One run a side, and their launches took turns: each file's context names the other's run
  // (launch_bench --interleave).
  bool interleaved = false;
  bool itself = false;  // both sides are the same run: nothing can differ
  std::vector<std::string> baseline_paths;
  std::vector<std::string> candidate_paths;
  double confidence = 0.95;
  std::vector<BenchmarkComparison> benchmarks;  // on both sides
  std::vector<std::string> only_in_baseline;    // in no candidate run
  std::vector<std::string> only_in_candidate;
  std::vector<std::string> context_differences;   // comparability.h; these forbid a gate
  std::vector<std::string> expected_differences;  // and these, which were asked for, do not
  std::vector<std::string> warnings;
  bool modelled = false;  // any run of either side
};

// REQUIRES: something was paired.
Comparison Compare(const std::vector<BenchmarkRun>& baseline,
                   const std::vector<BenchmarkRun>& candidate, const std::vector<Pairing>& pairings,
                   const CompareOptions& options);

}  // namespace launch_compare
