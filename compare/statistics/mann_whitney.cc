#include "compare/statistics/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "compare/statistics/u_distribution.h"

namespace launch_compare {
namespace {

// Both samples merged and sorted, as groups of equal values.
struct TieGroup {
  std::size_t from_x = 0;
  std::size_t from_y = 0;
  std::size_t size() const { return from_x + from_y; }
};

std::vector<TieGroup> MergeIntoGroups(std::span<const double> x, std::span<const double> y) {
  std::vector<TieGroup> groups;
  groups.reserve(x.size() + y.size());
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < x.size() || j < y.size()) {
    const double value = j == y.size() || (i < x.size() && x[i] <= y[j]) ? x[i] : y[j];
    TieGroup group;
    for (; i < x.size() && x[i] == value; ++i) ++group.from_x;
    for (; j < y.size() && y[j] == value; ++j) ++group.from_y;
    groups.push_back(group);
  }
  return groups;
}

// Returns twice U, which is a whole number even if there are ties.
std::uint64_t TwiceU(const std::vector<TieGroup>& groups) {
  std::uint64_t twice_u = 0;
  std::uint64_t x_below = 0;
  for (const TieGroup& group : groups) {
    twice_u += group.from_y * (2 * x_below + group.from_x);
    x_below += group.from_x;
  }
  return twice_u;
}

double ExactP(std::size_t m, std::size_t n, std::uint64_t twice_u) {
  const std::size_t u = twice_u / 2;
  return std::min(1.0, 2 * UDistribution::For(m, n).AtMost(std::min(u, m * n - u)));
}

// Counts all (N choose k) ways to assign observed ranks to the smaller side, grouped by their rank
// sum. Counting by sum is much cheaper than listing them. The counts are whole numbers below 2^53,
// so doubles hold them exactly.
double EnumerationP(const std::vector<TieGroup>& groups, std::size_t m, std::size_t n) {
  const bool x_is_smaller = m <= n;
  const std::size_t chosen = std::min(m, n);
  const std::size_t max_sum = 2 * chosen * (m + n);  // the sum of doubled ranks
  // ways[k * stride + s]: how many subsets of k of the ranks so far have the doubled sum s.
  const std::size_t stride = max_sum + 1;
  std::vector<double> ways((chosen + 1) * stride, 0.0);
  ways[0] = 1;
  std::size_t observed_sum = 0;
  std::size_t ranked = 0;
  for (const TieGroup& group : groups) {
    const std::size_t doubled_rank =
        2 * ranked + group.size() + 1;  // twice the mean of the group's ranks
    observed_sum += doubled_rank * (x_is_smaller ? group.from_x : group.from_y);
    for (std::size_t member = 0; member < group.size(); ++member) {
      ++ranked;
      for (std::size_t k = std::min(chosen, ranked); k > 0; --k) {
        const double* from = &ways[(k - 1) * stride];
        double* to = &ways[k * stride + doubled_rank];
        // No rank so far is larger than this one, which bounds the sum of k - 1 of them.
        const std::size_t reach = std::min(max_sum - doubled_rank, (k - 1) * doubled_rank);
        for (std::size_t s = 0; s <= reach; ++s) to[s] += from[s];
      }
    }
  }
  const auto first = ways.begin() + static_cast<std::ptrdiff_t>(chosen * stride);
  const auto observed = first + static_cast<std::ptrdiff_t>(observed_sum);
  const double at_most = std::accumulate(first, observed + 1, 0.0);
  const double at_least = std::accumulate(observed, ways.end(), 0.0);
  const double all = at_most + at_least - *observed;
  return std::min(1.0, 2 * std::min(at_most, at_least) / all);
}

double AsymptoticP(const std::vector<TieGroup>& groups, std::size_t m, std::size_t n,
                   std::uint64_t twice_u) {
  const double pairs = static_cast<double>(m) * static_cast<double>(n);
  const double total = static_cast<double>(m + n);
  double ties = 0;
  for (const TieGroup& group : groups) {
    const auto size = static_cast<double>(group.size());
    ties += size * size * size - size;
  }
  const double variance = pairs / 12 * ((total + 1) - ties / (total * (total - 1)));
  const double distance =
      std::abs(static_cast<double>(twice_u) / 2 - pairs / 2) - 0.5;  // continuity
  if (variance <= 0) return 1;
  return std::min(1.0, std::erfc(distance / std::sqrt(variance) / std::sqrt(2.0)));
}

}  // namespace

std::string_view Name(PMethod method) {
  switch (method) {
    case PMethod::kExact:
      return "exact";
    case PMethod::kEnumeration:
      return "enumeration";
    case PMethod::kAsymptotic:
      return "asymptotic";
    case PMethod::kOrderStatistics:
      return "order statistics";
    case PMethod::kHypergeometric:
      return "hypergeometric";
  }
  return "";
}

RankTest MannWhitney(std::span<const double> x, std::span<const double> y) {
  const std::size_t m = x.size();
  const std::size_t n = y.size();
  const std::vector<TieGroup> groups = MergeIntoGroups(x, y);
  const std::uint64_t twice_u = TwiceU(groups);
  const std::size_t pairs = m * n;
  RankTest test;
  test.u = static_cast<double>(twice_u) / 2;
  test.cliffs_delta = static_cast<double>(twice_u) / static_cast<double>(pairs) - 1;
  const bool tied = groups.size() < m + n;
  if (!tied && pairs <= UDistribution::kMaxPairs) {
    test.method = PMethod::kExact;
    test.p_value = ExactP(m, n, twice_u);
  } else if (tied && pairs <= kMaxEnumeratedPairs) {
    test.method = PMethod::kEnumeration;
    test.p_value = groups.size() == 1 ? 1.0 : EnumerationP(groups, m, n);
  } else {
    test.method = PMethod::kAsymptotic;
    test.p_value = AsymptoticP(groups, m, n, twice_u);
  }
  return test;
}

double SmallestPossibleP(std::size_t m, std::size_t n) {
  double arrangements = 1;  // (m+n choose m), as a product whose factors are all above 1
  const std::size_t small = std::min(m, n);
  for (std::size_t i = 1; i <= small; ++i) {
    arrangements *= static_cast<double>(std::max(m, n) + i) / static_cast<double>(i);
  }
  return std::min(1.0, 2 / arrangements);
}

std::size_t SamplesNeeded(double alpha, std::size_t tests) {
  std::size_t n = 1;
  while (SmallestPossibleP(n, n) * static_cast<double>(tests) >= alpha) ++n;
  return n;
}

std::vector<double> HolmAdjust(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest_so_far = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto not_yet_rejected = static_cast<double>(order.size() - i);
    largest_so_far = std::max(largest_so_far, std::min(1.0, not_yet_rejected * p_values[order[i]]));
    adjusted[order[i]] = largest_so_far;
  }
  return adjusted;
}

}  // namespace launch_compare
