// Tests the samples of both sides for one metric, and sets the verdict.
#pragma once

#include "compare/input/samples.h"
#include "compare/judge/comparison.h"

namespace launch_compare {

// Sets shift, bounds, test and least_p, then calls Judge(). Requires: both sides have samples; kind
// and margin are set.
void TestSamples(MetricComparison& m, const BoundedSamples& x, const BoundedSamples& y,
                 double alpha);

// Sets the verdict and, if it is undecided or unresolved, the detectable difference. Sets neither
// if the metric's direction is unknown. Requires: shift, bounds and margin are set.
void Judge(MetricComparison& m);

}  // namespace launch_compare
