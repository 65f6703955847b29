// The Hodges-Lehmann estimate of paired differences, with the interval of Wilcoxon's signed-rank
// test.
#pragma once

#include <cstddef>
#include <span>

#include "compare/statistics/shift.h"

namespace launch_compare {

// More pairs than this would need too much memory: all averages of two differences are listed.
inline constexpr std::size_t kMostPairs = 1000;

// Estimates the typical difference of pairs: the median of the averages of any two differences, a
// difference with itself included. The interval assumes that the differences are distributed
// symmetrically. It is the narrowest pair of ordered averages that reaches `confidence`; at least
// six pairs are needed for 95%. Its coverage is exact up to 100 pairs, and from the normal
// approximation above.
//
// Requires: 1 to kMostPairs finite differences, in any order; 0 < confidence < 1.
ShiftEstimate PairedShift(std::span<const double> differences, double confidence);

}  // namespace launch_compare
