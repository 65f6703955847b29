#include "compare/statistics/signed_rank.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

namespace launch_compare {
namespace {

// Wilcoxon's table for two-sided 5%: the critical values of 6, 8, 10 and 20 pairs are 0, 3, 8 and
// 52. The interval goes from the average with the next rank, so its ends are those.
TEST(PairedShift, HasTheIntervalOfThePublishedTable) {
  const std::vector<std::pair<int, std::size_t>> table{{6, 0}, {8, 3}, {10, 8}, {20, 52}};
  for (const auto& [pairs, critical] : table) {
    std::vector<double> differences;
    std::vector<double> averages;
    for (int i = 0; i < pairs; ++i) differences.push_back(std::pow(1.7, i));  // no ties
    for (std::size_t i = 0; i < differences.size(); ++i) {
      for (std::size_t j = i; j < differences.size(); ++j)
        averages.push_back(differences[i] / 2 + differences[j] / 2);
    }
    std::sort(averages.begin(), averages.end());
    const ShiftEstimate estimate = PairedShift(differences, 0.95);
    EXPECT_TRUE(estimate.reaches_confidence) << pairs;
    EXPECT_EQ(estimate.lower, averages[critical]) << pairs;
    EXPECT_EQ(estimate.upper, averages[averages.size() - 1 - critical]) << pairs;
    EXPECT_EQ(estimate.shift, Median(averages)) << pairs;
  }
}

TEST(PairedShift, StatesWhatItCovers) {
  // 8 pairs: the rank sums 0 to 3 have 1 + 1 + 1 + 2 of the 256 sign patterns.
  EXPECT_NEAR(PairedShift(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}, 0.95).coverage,
              1 - 2 * 5.0 / 256, 1e-12);
  const ShiftEstimate five = PairedShift(std::vector<double>{1, 2, 3, 4, 5}, 0.95);
  EXPECT_FALSE(five.reaches_confidence);
  EXPECT_NEAR(five.coverage, 1 - 2.0 / 32, 1e-12);
  EXPECT_EQ(five.lower, 1);
  EXPECT_EQ(five.upper, 5);
  const ShiftEstimate one = PairedShift(std::vector<double>{-3}, 0.95);
  EXPECT_FALSE(one.reaches_confidence);
  EXPECT_EQ(one.shift, -3);
}

// The two methods must agree where one takes over from the other.
TEST(PairedShift, IsTheSameOnBothSidesOfTheExactLimit) {
  std::vector<double> differences;
  for (int i = 0; i < 101; ++i) differences.push_back(i);
  const ShiftEstimate normal = PairedShift(differences, 0.95);
  differences.pop_back();
  const ShiftEstimate exact = PairedShift(differences, 0.95);
  EXPECT_NEAR(normal.coverage, exact.coverage, 0.001);
  EXPECT_NEAR(normal.upper - normal.lower, exact.upper - exact.lower, 1);
  EXPECT_TRUE(PairedShift(std::vector<double>(kMostPairs, 2.0), 0.95).reaches_confidence);
}

// 1000 samples of ten differences each around 5; the seed is fixed.
TEST(PairedShift, ContainsTheTruthAsOftenAsItSays) {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(5, 2);
  int covered = 0;
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<double> differences(10);
    for (double& one : differences) one = normal(random);
    const ShiftEstimate estimate = PairedShift(differences, 0.95);
    if (estimate.lower <= 5 && 5 <= estimate.upper) ++covered;
  }
  // 95.1%, within four standard errors.
  EXPECT_NEAR(covered, 951, 4 * std::sqrt(1000 * 0.951 * 0.049));
}

}  // namespace
}  // namespace launch_compare
