// The two-sided Mann-Whitney U test.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace launch_compare {

enum class PMethod {
  kExact,            // no ties: the null distribution of U
  kEnumeration,      // ties, small samples: every assignment of the observed ranks to the two sides
  kAsymptotic,       // large samples: normal approximation with tie and continuity correction
  kOrderStatistics,  // for a quantile (tail.h)
  kHypergeometric,   // for a share (tail.h)
};

// Returns "exact", "enumeration", "asymptotic", "order statistics" or "hypergeometric".
std::string_view Name(PMethod method);

struct RankTest {
  double u = 0;        // pairs (x, y) with y above x; a tied pair counts one half
  double p_value = 1;  // two-sided: twice the smaller tail, at most 1
  // P(y > x) - P(y < x) over all pairs. -1: every y is below every x. +1: every y is above every x.
  // NaN: the method does not give it.
  double cliffs_delta = 0;
  PMethod method = PMethod::kExact;
};

// Samples with ties are tested by enumeration up to this many pairs. For samples without ties see
// UDistribution::kMaxPairs.
inline constexpr std::size_t kMaxEnumeratedPairs = 400;  // 20 against 20

// Tests y against x. Requires: both are sorted ascending, not empty and free of NaN. +infinity
// stands for a failed launch, slower than any other.
RankTest MannWhitney(std::span<const double> x, std::span<const double> y);

// Returns the smallest p-value that m against n samples can reach: 2 / (m+n choose m). A smaller
// alpha can never be met.
double SmallestPossibleP(std::size_t m, std::size_t n);

// Returns the smallest n such that n against n samples can get below alpha in a family of `tests`
// under Holm's correction.
std::size_t SamplesNeeded(double alpha, std::size_t tests);

// Returns Holm's step-down adjusted p-values, in the order of the input.
std::vector<double> HolmAdjust(std::span<const double> p_values);

}  // namespace launch_compare
