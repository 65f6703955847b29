// The Hodges-Lehmann shift between two samples, with its interval.
#pragma once

#include <cstddef>
#include <span>

namespace launch_compare {

struct ShiftEstimate {
  double shift = 0;  // the median of all differences y - x
  double lower = 0;  // the interval, both ends included
  double upper = 0;
  double coverage = 0;  // what the interval attains, at least; ties only raise it
  bool reaches_confidence =
      false;  // false: too few samples; the interval is all they have, and covers less
};

// x and y sorted ascending, not empty, no NaN; +infinity stands for a failed launch. The difference
// of two failures is unknown: it counts as zero for the shift and as whatever widens the interval.
// shift is NaN where half of the differences are +infinity and half -infinity. Units are those of x
// and y.
//
// The interval is the one that belongs to the Mann-Whitney test (exact up to
// UDistribution::kMaxPairs pairs): the narrowest pair of ordered differences that attains
// `confidence` (0 < confidence < 1).
ShiftEstimate HodgesLehmann(std::span<const double> x, std::span<const double> y,
                            double confidence);

// The k-th smallest (from 0) of the differences y - x, the difference of two failures taken as
// `both_failed`. In memory for few pairs, by bisection for many: never more than linear in the
// samples then.
double KthDifference(std::span<const double> x, std::span<const double> y, std::size_t k,
                     double both_failed);

// Of a sorted sample, not empty. The mean of the middle two where their number is even.
double Median(std::span<const double> sorted);

}  // namespace launch_compare
