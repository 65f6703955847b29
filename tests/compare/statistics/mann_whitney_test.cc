#include "compare/statistics/mann_whitney.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "compare/statistics/u_distribution.h"
#include "tests/support/build_paths.h"

namespace launch_compare {
namespace {

constexpr double kFailed = std::numeric_limits<double>::infinity();

std::vector<double> Sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

double TwoSided(double at_most, double at_least) {
  return std::min(1.0, 2 * std::min(at_most, at_least));
}

double BruteU(const std::vector<double>& x, const std::vector<double>& y) {
  double u = 0;
  for (const double a : x) {
    for (const double b : y) u += b > a ? 1 : b == a ? 0.5 : 0;
  }
  return u;
}

// Lists every way to split the pooled values, as the permutation test is defined.
double BruteP(const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> pooled = x;
  pooled.insert(pooled.end(), y.begin(), y.end());
  const double observed = BruteU(x, y);
  double at_most = 0;
  double at_least = 0;
  double all = 0;
  for (unsigned mask = 0; mask < (1U << pooled.size()); ++mask) {
    if (static_cast<std::size_t>(std::popcount(mask)) != x.size()) continue;
    std::vector<double> left;
    std::vector<double> right;
    for (std::size_t i = 0; i < pooled.size(); ++i)
      (mask >> i & 1 ? left : right).push_back(pooled[i]);
    const double u = BruteU(left, right);
    at_most += u <= observed ? 1 : 0;
    at_least += u >= observed ? 1 : 0;
    all += 1;
  }
  return TwoSided(at_most / all, at_least / all);
}

std::vector<double> Values(const nlohmann::json& json) {
  std::vector<double> values;
  for (const nlohmann::json& value : json)
    values.push_back(value.is_null() ? kFailed : value.get<double>());
  return Sorted(values);
}

TEST(MannWhitney, AgreesWithTheRecordedTable) {
  std::ifstream file(test_support::SourcePath("tests/compare/p_values.json"));
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_GE(cases.size(), 60U);
  std::map<std::string, int> by_method;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string method = cases[i]["method"];
    SCOPED_TRACE("case " + std::to_string(i) + ", " + method + ", " +
                 cases[i]["note"].get<std::string>());
    const RankTest test = MannWhitney(Values(cases[i]["x"]), Values(cases[i]["y"]));
    EXPECT_EQ(Name(test.method), method);
    EXPECT_DOUBLE_EQ(test.u, cases[i]["u"].get<double>());
    const double expected = cases[i]["p"];
    EXPECT_NEAR(test.p_value, expected, 1e-9);
    EXPECT_NEAR(test.p_value / expected, 1, 1e-9) << "small p-values must be right too";
    ++by_method[method];
  }
  EXPECT_GE(by_method["exact"], 20);
  EXPECT_GE(by_method["enumeration"], 20);
  EXPECT_GE(by_method["asymptotic"], 15);
}

TEST(MannWhitney, EqualsTheListingOfAllSplitsOnTinySamples) {
  std::mt19937_64 random(7);
  int tied = 0;
  for (int round = 0; round < 600; ++round) {
    const std::size_t m = 1 + random() % 5;
    const std::size_t n = 1 + random() % 5;
    const std::uint64_t distinct =
        round % 3 == 0 ? 1000000 : 1 + random() % 6;  // few values: many ties
    std::vector<double> x(m);
    std::vector<double> y(n);
    for (double& v : x) v = static_cast<double>(random() % distinct);
    for (double& v : y) v = static_cast<double>(random() % distinct);
    if (round % 5 == 0) y.back() = kFailed;
    if (round % 10 == 0) x.back() = kFailed;
    const RankTest test = MannWhitney(Sorted(x), Sorted(y));
    ASSERT_DOUBLE_EQ(test.u, BruteU(x, y));
    ASSERT_NEAR(test.p_value, BruteP(x, y), 1e-12) << "round " << round;
    tied += test.method == PMethod::kEnumeration ? 1 : 0;
  }
  EXPECT_GT(tied, 200);
}

TEST(MannWhitney, SwappingTheSidesKeepsPAndTurnsTheEffect) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> x(1 + random() % 30);
    std::vector<double> y(1 + random() % 30);
    for (double& v : x) v = static_cast<double>(random() % 40);
    for (double& v : y) v = static_cast<double>(random() % 40);
    const RankTest forth = MannWhitney(Sorted(x), Sorted(y));
    const RankTest back = MannWhitney(Sorted(y), Sorted(x));
    ASSERT_NEAR(forth.p_value, back.p_value, 1e-12);
    ASSERT_NEAR(forth.cliffs_delta, -back.cliffs_delta, 1e-12);
    ASSERT_DOUBLE_EQ(forth.u + back.u, static_cast<double>(x.size() * y.size()));
  }
}

TEST(MannWhitney, DependsOnTheOrderOfTheValuesOnly) {
  const std::vector<double> x = {1, 2, 2, 5, 9};
  const std::vector<double> y = {2, 6, 7, 8};
  std::vector<double> ex;
  std::vector<double> ey;
  for (const double v : x) ex.push_back(std::exp(v));
  for (const double v : y) ey.push_back(std::exp(v));
  EXPECT_EQ(MannWhitney(x, y).p_value, MannWhitney(ex, ey).p_value);
}

TEST(MannWhitney, SaysNothingAboutConstants) {
  const std::vector<double> seven(12, 7.0);
  EXPECT_EQ(MannWhitney(seven, seven).p_value, 1);
  const std::vector<double> many(500, 7.0);
  EXPECT_EQ(MannWhitney(many, many).p_value, 1);  // asymptotic, without variance
}

// Under the null hypothesis p < alpha must not happen more often than alpha. Bounds: five standard
// errors.
TEST(MannWhitney, IsCalibratedUnderTheNullHypothesis) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(100, 10);
  for (const bool whole_numbers : {false, true}) {
    for (const std::size_t n : {5U, 10U, 25U, 120U}) {
      constexpr int kRounds = 4000;
      int alarms = 0;
      for (int round = 0; round < kRounds; ++round) {
        std::vector<double> x(n);
        std::vector<double> y(n);
        for (double& v : x) v = whole_numbers ? std::round(normal(random) / 5) : normal(random);
        for (double& v : y) v = whole_numbers ? std::round(normal(random) / 5) : normal(random);
        alarms += MannWhitney(Sorted(x), Sorted(y)).p_value < 0.05 ? 1 : 0;
      }
      const double rate = static_cast<double>(alarms) / kRounds;
      EXPECT_LE(rate, 0.05 + 5 * std::sqrt(0.05 * 0.95 / kRounds))
          << n << " samples, whole numbers " << whole_numbers;
      EXPECT_GE(rate, n == 5 ? 0.01 : 0.025) << "and it must not be blind: " << n;
    }
  }
}

TEST(UDistribution, IsSymmetricAndSumsToOne) {
  for (std::size_t m = 1; m <= 12; ++m) {
    for (std::size_t n = 1; n <= 12; ++n) {
      const UDistribution& u = UDistribution::For(m, n);
      EXPECT_EQ(&u, &UDistribution::For(n, m));
      for (std::size_t k = 0; k < m * n; ++k)
        EXPECT_NEAR(u.AtMost(k) + u.AtMost(m * n - k - 1), 1, 1e-12);
      EXPECT_EQ(u.AtMost(m * n), 1);
    }
  }
}

TEST(SmallestPossibleP, IsWhatSeparatedSamplesReach) {
  for (std::size_t m = 1; m <= 12; ++m) {
    for (std::size_t n = 1; n <= 12; ++n) {
      std::vector<double> x(m);
      std::vector<double> y(n);
      for (std::size_t i = 0; i < m; ++i) x[i] = static_cast<double>(i);
      for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<double>(1000 + i);
      EXPECT_NEAR(SmallestPossibleP(m, n), MannWhitney(x, y).p_value, 1e-12) << m << " " << n;
    }
  }
  EXPECT_NEAR(SmallestPossibleP(3, 3), 0.1, 1e-12);
  EXPECT_NEAR(SmallestPossibleP(5, 5), 2.0 / 252, 1e-15);
}

TEST(SamplesNeeded, IsTheFirstNumberThatCanBeSignificant) {
  EXPECT_EQ(SamplesNeeded(0.05, 1), 4U);
  EXPECT_EQ(SamplesNeeded(0.01, 1), 5U);
  EXPECT_EQ(SamplesNeeded(0.1, 1), 4U) << "0.100 at 3 against 3 is not below 0.1";
  for (const std::size_t tests : {1U, 5U, 20U, 100U, 10000U}) {
    const std::size_t n = SamplesNeeded(0.05, tests);
    EXPECT_LT(SmallestPossibleP(n, n) * static_cast<double>(tests), 0.05);
    EXPECT_GE(SmallestPossibleP(n - 1, n - 1) * static_cast<double>(tests), 0.05);
  }
}

TEST(HolmAdjust, StepsDown) {
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  EXPECT_THAT(
      HolmAdjust(p),
      testing::ElementsAre(testing::DoubleNear(0.03, 1e-12), testing::DoubleNear(0.06, 1e-12),
                           testing::DoubleNear(0.06, 1e-12), testing::DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(HolmAdjust(std::vector<double>{0.7, 0.6}), testing::ElementsAre(1, 1));
  EXPECT_TRUE(HolmAdjust(std::vector<double>{}).empty());
}

}  // namespace
}  // namespace launch_compare
