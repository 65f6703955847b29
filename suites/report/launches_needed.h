// How many launches it takes to tell something.
#pragma once

#include <span>
#include <string>

#include "suites/report/technique_results.h"

namespace suites {

// The difference that people want to see.
inline constexpr double kSmallDifference = 0.05;

// The fewest launches on either side with which launch_compare can call a difference significant:
// a two-sided Mann-Whitney test, alpha 0.05, Holm's correction for `techniques` comparisons.
int LeastToCompare(std::size_t techniques);

// About how many on either side it takes to see a difference of `share` in 8 of 10 runs, if totals
// are spread like `totals` (at least two). Planned as for means of normal values; a rank test
// takes 1/0.955 as many.
int LaunchesToSee(double share, const std::vector<double>& totals);

// One paragraph; empty if the launches of `results` suffice.
std::string AdviseMoreLaunches(std::span<const TechniqueResult> results, int repetitions);

}  // namespace suites
