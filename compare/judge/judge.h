// What the samples of both sides say about one metric, and the word for it.
#pragma once

#include "compare/input/samples.h"
#include "compare/judge/comparison.h"

namespace launch_compare {

// Sets shift, bounds, test and least_p, then judges. REQUIRES: both sides have samples; kind and
// margin are set.
void TestSamples(MetricComparison& m, const BoundedSamples& x, const BoundedSamples& y,
                 double alpha);

// Sets the verdict and, where it is undecided or unresolved, the detectable difference. Neither is
// set where the metric's direction is unknown. REQUIRES: shift, bounds and margin are set.
void Judge(MetricComparison& m);

}  // namespace launch_compare
