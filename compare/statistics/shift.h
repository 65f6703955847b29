// The Hodges-Lehmann shift between two samples, with its interval.
#pragma once

#include <cstddef>
#include <span>

namespace launch_compare {

struct ShiftEstimate {
  double shift = 0;  // the median of all differences y - x
  double lower = 0;  // the interval, both ends included
  double upper = 0;
  double coverage = 0;  // the interval's coverage, at least; ties only raise it
  // False: too few samples. The interval is then the widest possible, and covers less.
  bool reaches_confidence = false;
};

// Estimates the shift from x to y, in their unit. +infinity stands for a failed launch. The
// difference of two failures is unknown: it counts as zero for the shift, and widens the interval.
// The shift is NaN if half of the differences are +infinity and half are -infinity.
//
// The interval belongs to the Mann-Whitney test (exact up to UDistribution::kMaxPairs pairs). It is
// the narrowest pair of ordered differences that reaches `confidence`.
//
// Requires: x and y are sorted ascending, not empty and free of NaN; 0 < confidence < 1.
ShiftEstimate HodgesLehmann(std::span<const double> x, std::span<const double> y,
                            double confidence);

// Returns the k-th smallest (from 0) of the differences y - x. The difference of two failures
// counts as `both_failed`. Lists all differences if there are few pairs. For many pairs it uses
// bisection, which needs no memory for them and time linear in the number of samples.
double KthDifference(std::span<const double> x, std::span<const double> y, std::size_t k,
                     double both_failed);

// Returns the median; of an even number of values, the mean of the middle two. Requires: `sorted`
// is not empty.
double Median(std::span<const double> sorted);

}  // namespace launch_compare
