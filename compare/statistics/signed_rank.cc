#include "compare/statistics/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace launch_compare {
namespace {

// Up to this many pairs the exact distribution is used.
constexpr std::size_t kMostExactPairs = 100;
// If the coverage equals the wanted confidence, rounding must not decide.
constexpr double kRoundingOfCoverage = 1e-12;

// Returns P(W <= w) for each w. W is the sum of the ranks of the positive differences. Under the
// null hypothesis each of the ranks 1 to n is in it with probability 1/2.
std::vector<double> CumulativeSignedRanks(std::size_t n) {
  std::vector<double> p(n * (n + 1) / 2 + 1, 0.0);
  p[0] = 1;
  std::size_t highest = 0;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    highest += rank;
    for (std::size_t w = highest + 1; w-- > 0;) p[w] = (p[w] + (w >= rank ? p[w - rank] : 0)) / 2;
  }
  double sum = 0;
  for (double& one : p) one = sum += one;
  return p;
}

// Returns P(W <= w) by the normal approximation with continuity correction.
double NormalAtMost(std::size_t n, double w) {
  const double pairs = static_cast<double>(n);
  const double mean = pairs * (pairs + 1) / 4;
  const double deviation = std::sqrt(pairs * (pairs + 1) * (2 * pairs + 1) / 24);
  return std::erfc((mean - w - 0.5) / deviation / std::sqrt(2.0)) / 2;
}

}  // namespace

ShiftEstimate PairedShift(std::span<const double> differences, double confidence) {
  const std::size_t n = differences.size();
  std::vector<double> averages;
  averages.reserve(n * (n + 1) / 2);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) averages.push_back(differences[i] / 2 + differences[j] / 2);
  }
  std::sort(averages.begin(), averages.end());

  const std::vector<double> exact =
      n <= kMostExactPairs ? CumulativeSignedRanks(n) : std::vector<double>();
  const auto at_most = [&](std::size_t w) {
    return exact.empty() ? NormalAtMost(n, static_cast<double>(w)) : exact[w];
  };
  // The rank (from 1) of the interval's lower end among the ordered averages.
  const double tail = (1 - confidence) / 2;
  std::size_t rank = 1;
  while (2 * (rank + 1) <= averages.size() && at_most(rank) <= tail + kRoundingOfCoverage) ++rank;

  ShiftEstimate estimate;
  estimate.shift = Median(averages);
  estimate.lower = averages[rank - 1];
  estimate.upper = averages[averages.size() - rank];
  const double coverage = 1 - 2 * at_most(rank - 1);
  estimate.coverage = std::max(0.0, coverage);
  estimate.reaches_confidence = coverage >= confidence - kRoundingOfCoverage;
  return estimate;
}

}  // namespace launch_compare
