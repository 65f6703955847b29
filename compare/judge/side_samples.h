// The samples of one side of a comparison: the launches of one run, or one value for each of
// several runs.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "compare/input/run.h"
#include "compare/input/samples.h"
#include "compare/judge/verdict.h"
#include "compare/statistics/mann_whitney.h"
#include "compare/statistics/shift.h"

namespace launch_compare {

using Benchmarks = std::vector<const Benchmark*>;  // one for each run; null if the run lacks it

// Gets a run's samples, sorted and not empty.
using Statistic = std::function<double(const std::vector<double>&)>;

// Returns the launches of the only run or, if `by_run` is set, the `statistic` of each run.
BoundedSamples SideSamples(const Benchmarks& runs, std::string_view metric, bool failures,
                           bool by_run, const Statistic& statistic);

// The shift from x to y with its error bounds. Requires: neither is empty.
struct BoundedShift {
  ShiftEstimate shift;
  ShiftBounds bounds;
};
BoundedShift ShiftBetween(const BoundedSamples& x, const BoundedSamples& y, double confidence);

}  // namespace launch_compare
