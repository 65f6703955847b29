#include "suites/report/launches_needed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace suites {
namespace {

constexpr double kAlpha = 0.05;
// The normal quantiles of alpha/2 and of a power of 0.8.
constexpr double kQuantiles = 1.960 + 0.842;
// Relative to the t test, for normal values (Lehmann, 1975).
constexpr double kRankEfficiency = 0.955;
constexpr int kMostAdvised = 1000;

// Returns true if `results` has a variant and its baseline.
bool HasPairs(std::span<const TechniqueResult> results) {
  const auto is_variant = [&](const TechniqueResult& result) {
    if (result.succeeded.empty()) return false;
    const auto& notes = result.succeeded.front()->notes;
    const auto baseline = notes.find("baseline");
    if (baseline == notes.end() || baseline->second == result.name) return false;
    return std::ranges::any_of(results, [&](const TechniqueResult& other) {
      return other.name == baseline->second && !other.succeeded.empty();
    });
  };
  return std::ranges::any_of(results, is_variant);
}

}  // namespace

int LeastToCompare(std::size_t techniques) {
  // Two of all orders of n and n values are the most extreme ones.
  double orders = 1;
  for (int n = 1;; ++n) {
    orders *= 2.0 * (2 * n - 1) / n;  // the binomial coefficient of 2n over n
    if (2 / orders * static_cast<double>(std::max<std::size_t>(techniques, 1)) < kAlpha) return n;
  }
}

int LaunchesToSee(double share, const std::vector<double>& totals) {
  const auto n = static_cast<double>(totals.size());
  const double mean = std::accumulate(totals.begin(), totals.end(), 0.0) / n;
  double squares = 0;
  for (const double total : totals) squares += (total - mean) * (total - mean);
  const double variation = std::sqrt(squares / (n - 1)) / mean;
  const double ratio = kQuantiles * variation / share;
  const double needed = std::ceil(2 * ratio * ratio / kRankEfficiency);
  return static_cast<int>(std::clamp(needed, 1.0, kMostAdvised + 1.0));
}

std::string AdviseMoreLaunches(std::span<const TechniqueResult> results, int repetitions) {
  std::size_t measured = 0;
  int needed = 0;
  std::string widest;
  for (const TechniqueResult& result : results) {
    if (result.succeeded.empty()) continue;
    ++measured;
    if (result.succeeded.size() < 2) continue;
    const int one = LaunchesToSee(kSmallDifference, result.Totals());
    if (one <= needed) continue;
    needed = one;
    widest = result.name;
  }
  const bool has_pairs = HasPairs(results);
  const int least = has_pairs ? kLeastPairs : LeastToCompare(measured);
  if (measured == 0 || repetitions >= std::max(least, needed)) return "";
  const std::string small =
      fmt::format("a difference of {:.0f} % in {}, which varies most here, takes {}",
                  kSmallDifference * 100, widest,
                  needed > kMostAdvised ? fmt::format("more than {}", kMostAdvised)
                                        : fmt::format("about {}", needed));
  if (repetitions >= least)
    return fmt::format("{} launches of each can miss something: {}.", repetitions, small);
  return fmt::format(
      "{} launch{} of each decide{} nothing: ./launch_compare{} needs at least {} {} "
      "(--benchmark_repetitions={}){}.",
      repetitions, repetitions == 1 ? "" : "es", repetitions == 1 ? "s" : "",
      has_pairs ? " table" : "", least,
      has_pairs ? "pairs of a variant and its baseline" : "on either side", least,
      needed > least ? "; " + small : "");
}

}  // namespace suites
