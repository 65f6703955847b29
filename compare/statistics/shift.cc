#include "compare/statistics/shift.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "compare/statistics/u_distribution.h"

namespace launch_compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// If the coverage equals the wanted confidence, rounding must not decide.
constexpr double kRounding = 1e-12;
constexpr std::size_t kMaxPairsInMemory = std::size_t{1} << 20;

double Difference(double x, double y, double both_failed) {
  return x == kInfinity && y == kInfinity ? both_failed : y - x;
}

// Maps doubles to integers in the same order, so that a bisection finds the exact value in 64
// steps.
std::uint64_t ToOrdered(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // + 0.0: no negative zero
  return bits >> 63 ? ~bits : bits | (std::uint64_t{1} << 63);
}

double FromOrdered(std::uint64_t ordered) {
  return std::bit_cast<double>(ordered >> 63 ? ordered & ~(std::uint64_t{1} << 63) : ~ordered);
}

// Returns how many differences are at most `limit`. Differences fall as x grows and rise as y
// grows, so one pass over both samples is enough.
std::size_t CountAtMost(std::span<const double> x, std::span<const double> y, double limit,
                        double both_failed) {
  std::size_t count = 0;
  std::size_t i = 0;
  for (const double value : y) {
    while (i < x.size() && Difference(x[i], value, both_failed) > limit) ++i;
    count += x.size() - i;
  }
  return count;
}

double KthByBisection(std::span<const double> x, std::span<const double> y, std::size_t k,
                      double both_failed) {
  std::uint64_t low = ToOrdered(-kInfinity);
  std::uint64_t high = ToOrdered(kInfinity);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (CountAtMost(x, y, FromOrdered(middle), both_failed) > k) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return FromOrdered(low);
}

// Finds differences y - x by their rank.
class Differences {
 public:
  Differences(std::span<const double> x, std::span<const double> y) : x_(x), y_(y) {}

  double Kth(std::size_t k, double both_failed) {
    if (x_.size() * y_.size() > kMaxPairsInMemory) return KthByBisection(x_, y_, k, both_failed);
    if (differences_.empty() || (x_.back() == kInfinity && y_.back() == kInfinity))
      List(both_failed);
    const auto kth = differences_.begin() + static_cast<std::ptrdiff_t>(k);
    std::nth_element(differences_.begin(), kth, differences_.end());
    return *kth;
  }

 private:
  void List(double both_failed) {
    differences_.clear();
    differences_.reserve(x_.size() * y_.size());
    for (const double a : x_) {
      for (const double b : y_) differences_.push_back(Difference(a, b, both_failed));
    }
  }

  std::span<const double> x_;
  std::span<const double> y_;
  std::vector<double> differences_;
};

// The rank (from 1) of the interval's lower end among the ordered differences, and the interval's
// coverage.
struct Cut {
  std::size_t rank = 1;
  double coverage = 0;
};

Cut ExactCut(std::size_t m, std::size_t n, double tail) {
  const UDistribution& u = UDistribution::For(m, n);
  std::size_t rank = 1;
  while (2 * (rank + 1) <= m * n && u.AtMost(rank) <= tail + kRounding) ++rank;
  return {rank, 1 - 2 * u.AtMost(rank - 1)};
}

Cut NormalCut(std::size_t m, std::size_t n, double tail) {
  const double pairs = static_cast<double>(m) * static_cast<double>(n);
  const double deviation = std::sqrt(pairs * static_cast<double>(m + n + 1) / 12);
  const auto at_most = [&](double u) {
    return std::erfc((pairs / 2 - u - 0.5) / deviation / std::sqrt(2.0)) / 2;
  };
  double low = 0;
  double high = pairs / 2;
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (at_most(middle) <= tail ? low : high) = middle;
  }
  return {static_cast<std::size_t>(low) + 1, 1 - 2 * at_most(low)};
}

}  // namespace

double KthDifference(std::span<const double> x, std::span<const double> y, std::size_t k,
                     double both_failed) {
  return Differences(x, y).Kth(k, both_failed);
}

double Median(std::span<const double> sorted) {
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

ShiftEstimate HodgesLehmann(std::span<const double> x, std::span<const double> y,
                            double confidence) {
  const std::size_t pairs = x.size() * y.size();
  const double tail = (1 - confidence) / 2;
  const Cut cut = pairs <= UDistribution::kMaxPairs ? ExactCut(x.size(), y.size(), tail)
                                                    : NormalCut(x.size(), y.size(), tail);
  ShiftEstimate estimate;
  estimate.coverage = std::max(0.0, cut.coverage);
  estimate.reaches_confidence = cut.coverage >= confidence - kRounding;
  Differences differences(x, y);
  estimate.lower = differences.Kth(cut.rank - 1, -kInfinity);
  estimate.upper = differences.Kth(pairs - cut.rank, kInfinity);
  estimate.shift = differences.Kth(pairs / 2, 0);
  if (pairs % 2 == 0) estimate.shift = (differences.Kth(pairs / 2 - 1, 0) + estimate.shift) / 2;
  return estimate;
}

}  // namespace launch_compare
