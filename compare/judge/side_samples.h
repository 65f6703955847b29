// What one side of a comparison brings to a test: its launches, or, of several runs, one value for
// each run.
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

using Benchmarks = std::vector<const Benchmark*>;  // one for each run; null where the run lacks it

// Of a run's sorted samples, not empty.
using Statistic = std::function<double(const std::vector<double>&)>;

// The launches of the one run, or each run's `statistic` where runs are compared (`by_run`).
BoundedSamples SideSamples(const Benchmarks& runs, std::string_view metric, bool failures,
                           bool by_run, const Statistic& statistic);

// The shift from x to y, both not empty, with where the marks let it lie.
struct BoundedShift {
  ShiftEstimate shift;
  ShiftBounds bounds;
};
BoundedShift ShiftBetween(const BoundedSamples& x, const BoundedSamples& y, double confidence);

}  // namespace launch_compare
