#include "compare/statistics/kruskal_wallis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "compare/statistics/mann_whitney.h"

namespace launch_compare {
namespace {

TEST(KruskalWallisP, OfTwoGroupsIsTheMannWhitneyTest) {
  // For equal sizes the null distribution is symmetric, and both order the splits alike.
  const std::vector<double> x = {1, 4, 5, 7, 12, 13};
  const std::vector<double> y = {6, 8, 14, 15, 16, 17};
  constexpr int kPermutations = 40000;
  const double p = MannWhitney(x, y).p_value;
  EXPECT_NEAR(KruskalWallisP({x, y}, kPermutations), p, 5 * std::sqrt(p * (1 - p) / kPermutations));
}

TEST(KruskalWallisP, OfThreeSeparatedPairsIsKnown) {
  // 6!/(2!2!2!) = 90 assignments, of which the 3! orders of separated groups are the most extreme.
  EXPECT_NEAR(KruskalWallisP({{1, 2}, {11, 12}, {21, 22}}, 40000), 6.0 / 90, 0.007);
}

TEST(KruskalWallisP, IsRepeatableAndNeverZero) {
  const std::vector<std::vector<double>> groups = {
      {1, 2, 3, 4, 5}, {11, 12, 13, 14, 15}, {21, 22, 23, 24, 25}};
  EXPECT_EQ(KruskalWallisP(groups), KruskalWallisP(groups));
  EXPECT_GE(KruskalWallisP(groups), 1.0 / 10000);
  EXPECT_EQ(KruskalWallisP({{7, 7, 7}, {7, 7, 7}}), 1);
}

TEST(KruskalWallisP, IsCalibratedUnderTheNullHypothesis) {
  std::mt19937_64 random(31);
  std::normal_distribution<double> normal;
  constexpr int kRounds = 1500;
  int alarms = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::vector<double>> groups(4, std::vector<double>(5));
    for (std::vector<double>& group : groups) {
      for (double& value : group) value = normal(random);
    }
    alarms += KruskalWallisP(groups, 199, static_cast<std::uint64_t>(round)) <= 0.05 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(alarms) / kRounds, 0.05, 5 * std::sqrt(0.05 * 0.95 / kRounds));
}

}  // namespace
}  // namespace launch_compare
