#include "compare/statistics/u_distribution.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace launch_compare {

// Mann and Whitney's recurrence. The largest of all i + j samples is one of the i with probability
// i/(i+j), and then it is above all j others. Otherwise it is one of the j and adds nothing to U.
// Uses probabilities, so that nothing overflows. All terms are positive, so that the far tail keeps
// its relative precision.
UDistribution::UDistribution(std::size_t m, std::size_t n) {
  const std::size_t large = std::max(m, n);
  const std::size_t small = std::min(m, n);
  // below[j] is the distribution for i - 1 and j samples, row[j] for i and j. The larger count is
  // the outer loop, so that memory grows with the smaller one.
  std::vector<std::vector<double>> below(small + 1, std::vector<double>{1.0});
  for (std::size_t i = 1; i <= large; ++i) {
    std::vector<std::vector<double>> row(small + 1);
    row[0] = {1.0};
    for (std::size_t j = 1; j <= small; ++j) {
      const double one_of_i = static_cast<double>(i) / static_cast<double>(i + j);
      std::vector<double>& p = row[j];
      p.assign(i * j + 1, 0.0);
      for (std::size_t u = 0; u < below[j].size(); ++u) p[u + j] = one_of_i * below[j][u];
      for (std::size_t u = 0; u < row[j - 1].size(); ++u) p[u] += (1.0 - one_of_i) * row[j - 1][u];
    }
    below = std::move(row);
  }
  cumulative_ = std::move(below[small]);
  double sum = 0;
  for (double& p : cumulative_) p = sum += p;
  cumulative_.back() = 1.0;
}

const UDistribution& UDistribution::For(std::size_t m, std::size_t n) {
  static std::mutex mutex;
  static std::map<std::pair<std::size_t, std::size_t>, std::unique_ptr<const UDistribution>> known;
  const std::lock_guard lock(mutex);
  std::unique_ptr<const UDistribution>& entry = known[std::minmax(m, n)];
  if (!entry) entry.reset(new UDistribution(m, n));
  return *entry;
}

}  // namespace launch_compare
