#include "compare/statistics/shift.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "compare/statistics/u_distribution.h"

namespace launch_compare {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Normal(std::mt19937_64& random, std::size_t n, double mean = 100,
                           double deviation = 10) {
  std::normal_distribution<double> normal(mean, deviation);
  std::vector<double> values(n);
  for (double& value : values) value = normal(random);
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<double> AllDifferences(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> all;
  for (const double a : x) {
    for (const double b : y) all.push_back(b - a);
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Median, TakesTheMiddleOrItsMean) {
  EXPECT_EQ(Median(std::vector<double>{3}), 3);
  EXPECT_EQ(Median(std::vector<double>{1, 2, 9}), 2);
  EXPECT_EQ(Median(std::vector<double>{1, 2, 4, 9}), 3);
  EXPECT_EQ(Median(std::vector<double>{1, kInfinity}), kInfinity);
}

TEST(KthDifference, IsTheSameFromMemoryAndByBisection) {
  std::mt19937_64 random(5);
  // 1100 * 1000 pairs are above the limit, so bisection is used. The reference sorts them all.
  std::vector<double> x = Normal(random, 1100);
  std::vector<double> y = Normal(random, 1000, 103);
  for (std::size_t i = 0; i < 300; ++i) y[i] = std::round(y[i]);  // ties as well
  std::sort(y.begin(), y.end());
  const std::vector<double> all = AllDifferences(x, y);
  for (const std::size_t k : {0UL, 1UL, 17UL, 549999UL, 550000UL, 1000000UL, all.size() - 1}) {
    EXPECT_EQ(KthDifference(x, y, k, 0), all[k]) << k;
  }
  x.back() = kInfinity;
  y.back() = kInfinity;
  EXPECT_EQ(KthDifference(x, y, 0, -kInfinity), -kInfinity);
  EXPECT_EQ(KthDifference(x, y, all.size() - 1, kInfinity), kInfinity);
}

TEST(HodgesLehmann, IsTheMedianOfAllDifferences) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 100; ++round) {
    const std::vector<double> x = Normal(random, 1 + random() % 15);
    const std::vector<double> y = Normal(random, 1 + random() % 15);
    const ShiftEstimate estimate = HodgesLehmann(x, y, 0.95);
    const std::vector<double> all = AllDifferences(x, y);
    EXPECT_DOUBLE_EQ(estimate.shift, Median(all));
    EXPECT_LE(estimate.lower, estimate.shift);
    EXPECT_GE(estimate.upper, estimate.shift);
    EXPECT_TRUE(std::binary_search(all.begin(), all.end(), estimate.lower));
    EXPECT_TRUE(std::binary_search(all.begin(), all.end(), estimate.upper));
  }
}

TEST(HodgesLehmann, FollowsShiftAndScaleAndTurnsWithTheSides) {
  std::mt19937_64 random(13);
  const std::vector<double> x = Normal(random, 9);
  const std::vector<double> y = Normal(random, 12);
  const ShiftEstimate plain = HodgesLehmann(x, y, 0.95);
  std::vector<double> moved = y;
  for (double& v : moved) v = 4 * (v + 32);  // powers of two: exact
  std::vector<double> scaled = x;
  for (double& v : scaled) v = 4 * v;
  const ShiftEstimate after = HodgesLehmann(scaled, moved, 0.95);
  EXPECT_NEAR(after.shift, 4 * plain.shift + 128, 1e-9);
  EXPECT_NEAR(after.lower, 4 * plain.lower + 128, 1e-9);
  EXPECT_NEAR(after.upper, 4 * plain.upper + 128, 1e-9);
  const ShiftEstimate turned = HodgesLehmann(y, x, 0.95);
  EXPECT_DOUBLE_EQ(turned.shift, -plain.shift);
  EXPECT_DOUBLE_EQ(turned.lower, -plain.upper);
  EXPECT_DOUBLE_EQ(turned.upper, -plain.lower);
  EXPECT_EQ(turned.coverage, plain.coverage);
}

// The interval has the coverage that it claims, and no narrower interval of its kind reaches the
// confidence.
TEST(HodgesLehmann, TakesTheNarrowestIntervalThatReachesTheConfidence) {
  std::mt19937_64 random(17);
  for (const std::size_t n : {4U, 5U, 6U, 8U, 10U, 20U}) {
    const std::vector<double> x = Normal(random, n);
    const std::vector<double> y = Normal(random, n);
    const ShiftEstimate estimate = HodgesLehmann(x, y, 0.95);
    const std::vector<double> all = AllDifferences(x, y);
    const auto rank = static_cast<std::size_t>(
        std::lower_bound(all.begin(), all.end(), estimate.lower) - all.begin());
    EXPECT_EQ(estimate.upper, all[all.size() - 1 - rank]);
    EXPECT_TRUE(estimate.reaches_confidence);
    EXPECT_GE(estimate.coverage, 0.95);
    EXPECT_NEAR(estimate.coverage, 1 - 2 * UDistribution::For(n, n).AtMost(rank), 1e-12);
    EXPECT_LT(1 - 2 * UDistribution::For(n, n).AtMost(rank + 1), 0.95);
  }
}

TEST(HodgesLehmann, KnowsTheCoverageOfPublishedTables) {
  // Critical values of U, two-sided 5%: 8 against 8 has 13, 10 against 10 has 23.
  EXPECT_LE(2 * UDistribution::For(8, 8).AtMost(13), 0.05);
  EXPECT_GT(2 * UDistribution::For(8, 8).AtMost(14), 0.05);
  EXPECT_LE(2 * UDistribution::For(10, 10).AtMost(23), 0.05);
  EXPECT_GT(2 * UDistribution::For(10, 10).AtMost(24), 0.05);
}

TEST(HodgesLehmann, SaysWhenSamplesAreTooFew) {
  const std::vector<double> x = {1, 2, 3};
  const std::vector<double> y = {11, 12, 13};
  const ShiftEstimate estimate = HodgesLehmann(x, y, 0.95);
  EXPECT_FALSE(estimate.reaches_confidence);
  EXPECT_NEAR(estimate.coverage, 0.9, 1e-12);
  EXPECT_EQ(estimate.lower, 8);
  EXPECT_EQ(estimate.upper, 12);
  EXPECT_TRUE(HodgesLehmann(x, y, 0.9).reaches_confidence) << "exactly attained";
  const ShiftEstimate one = HodgesLehmann(std::vector<double>{5}, std::vector<double>{7}, 0.95);
  EXPECT_EQ(one.coverage, 0);
  EXPECT_EQ(one.shift, 2);
}

TEST(HodgesLehmann, WidensByFailures) {
  const std::vector<double> x = {1, 2, 3, 4, 5, 6, 7, kInfinity};
  const std::vector<double> y = {1, 2, 3, 4, 5, 6, 7, kInfinity};
  const ShiftEstimate few = HodgesLehmann(x, y, 0.95);
  EXPECT_EQ(few.shift, 0);
  EXPECT_TRUE(std::isfinite(few.lower) && std::isfinite(few.upper));
  const std::vector<double> half = {1, 2, 3, 4, kInfinity, kInfinity, kInfinity, kInfinity};
  const ShiftEstimate many = HodgesLehmann(half, half, 0.95);
  EXPECT_EQ(many.lower, -kInfinity);
  EXPECT_EQ(many.upper, kInfinity);
  const std::vector<double> none(8, kInfinity);
  const ShiftEstimate all = HodgesLehmann(half, none, 0.95);
  EXPECT_EQ(all.upper, kInfinity);
}

// The claimed coverage is the true one, also through the normal approximation. Bounds: five
// standard errors.
TEST(HodgesLehmann, CoversAsOftenAsItSays) {
  std::mt19937_64 random(23);
  for (const auto& [m, n] :
       std::vector<std::pair<std::size_t, std::size_t>>{{5, 5}, {8, 12}, {20, 20}, {110, 100}}) {
    const int rounds = m > 50 ? 300 : 3000;
    int covered = 0;
    double claimed = 0;
    for (int round = 0; round < rounds; ++round) {
      const std::vector<double> x = Normal(random, m, 100);
      const std::vector<double> y = Normal(random, n, 107);
      const ShiftEstimate estimate = HodgesLehmann(x, y, 0.95);
      covered += estimate.lower <= 7 && 7 <= estimate.upper ? 1 : 0;
      claimed = estimate.coverage;
    }
    EXPECT_NEAR(static_cast<double>(covered) / rounds, claimed, 5 * std::sqrt(0.05 * 0.95 / rounds))
        << m << " " << n;
  }
}

}  // namespace
}  // namespace launch_compare
