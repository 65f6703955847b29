// The slow end of a benchmark's total: what its median does not show.
#pragma once

#include <vector>

#include "compare/judge/comparison.h"

namespace launch_compare {

// The least launches a side for a 90th and a 99th percentile to be more than the slowest launch.
inline constexpr std::size_t kLeastForP90 = 10;
inline constexpr std::size_t kLeastForP99 = 100;

// Quantiles are launches: the smallest that at least the share q does not exceed.
double Quantile(const std::vector<double>& sorted, double q);

// Of a total with launches on both sides:
//   real_time_p90, real_time_p99  with an interval of their difference from the order statistics of
//       both sides, each at half of alpha (Bonferroni); p is the least alpha that excludes zero. No
//       assumption about the distribution; an upper end for p90 takes 42 launches a side.
//   real_time_max  shown without a verdict: one launch decides it.
//   slow_launches  the share above options.slow_above_ms, by Fisher's exact test, or, without it,
//       above the p95 of the baseline's launches, by the exact distribution of how many of the
//       candidate's fall there. The interval is Newcombe's.
// Where runs are the sampling unit, each is one value for each run, compared as all others are.
std::vector<MetricComparison> CompareTail(const Pairing& pairing, const CompareOptions& options,
                                          bool by_run);

// "the medians agree, the tails do not: ..." where `metrics` say so; else empty.
std::string TailRemark(const std::vector<MetricComparison>& metrics);

}  // namespace launch_compare
