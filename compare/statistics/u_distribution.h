// The null distribution of the Mann-Whitney statistic U, for samples without ties.
#pragma once

#include <cstddef>
#include <vector>

namespace launch_compare {

// U counts the pairs (x, y) with y above x. Under the null hypothesis every order of the m + n
// samples is equally likely, so that the distribution depends on m and n only, and is symmetric
// about m*n/2.
class UDistribution {
 public:
  // Exact up to this many pairs (100 against 100). Beyond, the normal approximation is used: there
  // its error is below 1e-4 wherever both samples have more than a handful of values.
  static constexpr std::size_t kMaxPairs = 10'000;

  // The distribution for m and n samples, m * n <= kMaxPairs. Computed at first use and kept for
  // the life of the program; thread-safe.
  static const UDistribution& For(std::size_t m, std::size_t n);

  // P(U <= u). P(U >= u) is AtMost(m*n - u), by symmetry.
  double AtMost(std::size_t u) const {
    return cumulative_[u < cumulative_.size() ? u : cumulative_.size() - 1];
  }

 private:
  UDistribution(std::size_t m, std::size_t n);

  std::vector<double> cumulative_;  // index: u
};

}  // namespace launch_compare
