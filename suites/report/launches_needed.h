// How many launches are needed for a conclusion.
#pragma once

#include <span>
#include <string>

#include "suites/report/technique_results.h"

namespace suites {

// The difference that users want to detect, as a share of the total.
inline constexpr double kSmallDifference = 0.05;

// Returns the fewest launches per side with which launch_compare can call a difference significant:
// a two-sided Mann-Whitney test, alpha 0.05, with Holm's correction for `techniques` comparisons.
int LeastToCompare(std::size_t techniques);

// The fewest pairs of a variant and its baseline with which launch_compare's signed-rank test can
// reach a confidence of 95%.
inline constexpr int kLeastPairs = 6;

// Returns about how many launches per side are needed to detect a difference of `share` in 8 of 10
// runs, if totals vary like `totals`. Computed as for means of normal values; a rank test needs
// 1/0.955 as many. Requires: at least two `totals`.
int LaunchesToSee(double share, const std::vector<double>& totals);

// Returns one paragraph of advice; empty if the launches of `results` suffice.
std::string AdviseMoreLaunches(std::span<const TechniqueResult> results, int repetitions);

}  // namespace suites
