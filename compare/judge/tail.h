// The slow end of a benchmark's total, which its median does not show.
#pragma once

#include <vector>

#include "compare/judge/comparison.h"

namespace launch_compare {

// With fewer launches per side, a 90th or 99th percentile is just the slowest launch.
inline constexpr std::size_t kLeastForP90 = 10;
inline constexpr std::size_t kLeastForP99 = 100;

// Returns the smallest launch such that at least the share q of the launches does not exceed it.
// Requires: `sorted` is not empty.
double Quantile(const std::vector<double>& sorted, double q);

// Compares the slow ends, if both sides have launches. Returns:
//   real_time_p90, real_time_p99  The interval of the difference comes from the order statistics of
//       both sides, each at half of alpha (Bonferroni). p is the smallest alpha that excludes zero.
//       Nothing is assumed about the distribution. An upper end for p90 needs 42 launches per side.
//   real_time_max  Has no verdict, because a single launch decides it.
//   slow_launches  The share of launches above options.slow_above_ms, by Fisher's exact test. If
//       that is unset, the share above the p95 of the baseline's launches, by the exact
//       distribution of how many launches of the candidate are above it. The interval is
//       Newcombe's.
// If runs are the sampling unit, each metric has one value per run and is compared like all others.
std::vector<MetricComparison> CompareTail(const Pairing& pairing, const CompareOptions& options,
                                          bool by_run);

// Returns "the medians agree, the tails do not: ..." if that is so, else "".
std::string TailRemark(const std::vector<MetricComparison>& metrics);

}  // namespace launch_compare
