// The null distribution of the Mann-Whitney statistic U, for samples without ties.
#pragma once

#include <cstddef>
#include <vector>

namespace launch_compare {

// U counts the pairs (x, y) with y above x. Under the null hypothesis every order of the m + n
// samples is equally likely. So the distribution depends only on m and n, and is symmetric about
// m*n/2.
class UDistribution {
 public:
  // Up to this many pairs (100 against 100) the exact distribution is used, above it the normal
  // approximation. Its error is then below 1e-4, if both samples have more than a handful of
  // values.
  static constexpr std::size_t kMaxPairs = 10'000;

  // Returns the distribution for m and n samples. Computed at first use and kept for the life of
  // the program. Thread-safe. Requires: m * n <= kMaxPairs.
  static const UDistribution& For(std::size_t m, std::size_t n);

  // Returns P(U <= u). By symmetry P(U >= u) is AtMost(m*n - u).
  double AtMost(std::size_t u) const {
    return cumulative_[u < cumulative_.size() ? u : cumulative_.size() - 1];
  }

 private:
  UDistribution(std::size_t m, std::size_t n);

  std::vector<double> cumulative_;  // index: u
};

}  // namespace launch_compare
