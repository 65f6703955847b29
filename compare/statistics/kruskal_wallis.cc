#include "compare/statistics/kruskal_wallis.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <random>
#include <utility>

namespace launch_compare {
namespace {

// Returns twice the mid-rank of each value, in the order given. These are whole numbers, so that
// equal statistics compare equal.
std::vector<double> DoubledRanks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i)
      ranks[order[i]] = static_cast<double>(begin + end + 1);
    begin = end;
  }
  return ranks;
}

// Returns the part of H that changes under permutation. It is summed in the order of the groups, so
// that it is repeatable. Callers allow a relative 1e-12 for rounding between equal arrangements.
double SumOfSquaredMeans(const std::vector<double>& ranks,
                         const std::vector<std::vector<double>>& groups) {
  double statistic = 0;
  std::size_t next = 0;
  for (const std::vector<double>& group : groups) {
    double sum = 0;
    for (std::size_t i = 0; i < group.size(); ++i) sum += ranks[next++];
    statistic += sum * sum / static_cast<double>(group.size());
  }
  return statistic;
}

}  // namespace

double KruskalWallisP(const std::vector<std::vector<double>>& groups, int permutations,
                      std::uint64_t seed) {
  std::vector<double> pooled;
  for (const std::vector<double>& group : groups)
    pooled.insert(pooled.end(), group.begin(), group.end());
  std::vector<double> ranks = DoubledRanks(pooled);
  const double observed = SumOfSquaredMeans(ranks, groups) * (1 - 1e-12);
  std::mt19937_64 random(seed);
  int at_least = 1;  // counts the observed arrangement
  for (int round = 0; round < permutations; ++round) {
    // Own Fisher-Yates shuffle, because std::shuffle differs between standard libraries.
    for (std::size_t i = ranks.size() - 1; i > 0; --i)
      std::swap(ranks[i], ranks[random() % (i + 1)]);
    if (SumOfSquaredMeans(ranks, groups) >= observed) ++at_least;
  }
  return static_cast<double>(at_least) / (permutations + 1);
}

}  // namespace launch_compare
