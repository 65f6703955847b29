#include "compare/judge/tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using testing::Contains;
using testing::HasSubstr;

BenchmarkRun ColdIn(std::vector<double> values, std::size_t failures = 0,
                    const std::string& path = "run.json") {
  return SampleRun({{"ColdIn", {{"real_time", std::move(values)}}, failures}}, {}, path);
}

Comparison CompareTails(const std::vector<BenchmarkRun>& b, const std::vector<BenchmarkRun>& c,
                        std::optional<double> slow_above_ms = {}) {
  return Compare(b, c, MatchByName(b, c, NameFilter()), {Policy(), 0.05, slow_above_ms, {}});
}

const MetricComparison* Find(const Comparison& comparison, std::string_view name) {
  for (const MetricComparison& metric : comparison.benchmarks.at(0).metrics) {
    if (metric.metric == name) return &metric;
  }
  return nullptr;
}

TEST(Quantile, IsALaunch) {
  EXPECT_EQ(Quantile(Ramp(1, 10), 0.90), 9);
  EXPECT_EQ(Quantile(Ramp(1, 11), 0.90), 10);
  EXPECT_EQ(Quantile(Ramp(1, 100), 0.99), 99);
  EXPECT_EQ(Quantile(Ramp(1, 20), 0.95), 19);
  EXPECT_EQ(Quantile({7}, 0.90), 7);
}

TEST(CompareTail, ShowsWhatThereAreLaunchesFor) {
  const auto has = [](std::size_t launches, std::string_view metric) {
    return Find(CompareTails({ColdIn(Ramp(1000, launches))}, {ColdIn(Ramp(1000.5, launches))}),
                metric) != nullptr;
  };
  EXPECT_FALSE(has(9, kP90));
  EXPECT_TRUE(has(10, kP90));
  EXPECT_FALSE(has(99, kP99));
  EXPECT_TRUE(has(100, kP99));
  EXPECT_TRUE(has(2, kMaximum));
  EXPECT_FALSE(has(9, kSlowLaunches));
}

// 0 of 10 above the baseline's largest, 5 of 10 of the candidate's: of the 184756 orders of twenty
// launches 3003 have five or more of one side above all of the other.
TEST(CompareTail, CountsOrdersForTheBaselinesOwnThreshold) {
  std::vector<double> slow = Ramp(1000.5, 5);
  for (int i = 0; i < 5; ++i) slow.push_back(2000 + i);
  const Comparison comparison = CompareTails({ColdIn(Ramp(1000, 10))}, {ColdIn(slow)});
  const MetricComparison* m = Find(comparison, kSlowLaunches);
  ASSERT_NE(m, nullptr);
  EXPECT_DOUBLE_EQ(m->baseline.median, 0);
  EXPECT_DOUBLE_EQ(m->candidate.median, 0.5);
  EXPECT_NEAR(m->test->p_value, 2 * 3003.0 / 184756, 1e-12);
  EXPECT_NEAR(m->least_p, 2 * 1.0 / 184756, 1e-12);
  EXPECT_EQ(m->verdict, Verdict::kSlower);
  EXPECT_THAT(m->remarks, Contains(HasSubstr("the p95 of the baseline's launches")));
}

// Fisher's: five slow ones of twenty, all on one side: 252 of 15504 ways.
TEST(CompareTail, TestsSharesAboveAGivenTime) {
  std::vector<double> slow = Ramp(1000.5, 5);
  for (int i = 0; i < 5; ++i) slow.push_back(2000 + i);
  const Comparison comparison = CompareTails({ColdIn(Ramp(1000, 10))}, {ColdIn(slow)}, 1500.0);
  const MetricComparison* m = Find(comparison, kSlowLaunches);
  ASSERT_NE(m, nullptr);
  EXPECT_NEAR(m->test->p_value, 2 * 252.0 / 15504, 1e-12);
  // Newcombe's interval from Wilson's: 0 of 10 is [0, 0.2775], 5 of 10 [0.2366, 0.7634].
  EXPECT_NEAR(m->shift->lower, 0.5 - std::hypot(0.5 - 0.236593, 0.277533), 1e-5);
  EXPECT_NEAR(m->shift->upper, 0.5 + (0.763407 - 0.5), 1e-5);
  const Comparison few = CompareTails({ColdIn(Ramp(1000, 3))}, {ColdIn(Ramp(1000.5, 3))}, 1500.0);
  EXPECT_NE(Find(few, kSlowLaunches), nullptr) << "asked for, it is shown";
}

TEST(CompareTail, AFailedLaunchIsSlow) {
  const Comparison comparison =
      CompareTails({ColdIn(Ramp(1000, 20))}, {ColdIn(Ramp(1000.5, 18), 2)}, 5000.0);
  EXPECT_DOUBLE_EQ(Find(comparison, kSlowLaunches)->candidate.median, 0.1);
  EXPECT_TRUE(std::isinf(Find(comparison, kMaximum)->candidate.median));
}

// 42 launches a side: 0.9^42 is the first power below 0.05 / 4.
TEST(CompareTail, BoundsAPercentileByItsOrderStatistics) {
  const auto p90 = [](std::size_t launches, double shift) {
    const Comparison comparison =
        CompareTails({ColdIn(Ramp(1000, launches))}, {ColdIn(Ramp(1000.5 + shift, launches))});
    return *Find(comparison, kP90);
  };
  EXPECT_FALSE(p90(41, 0).shift);
  EXPECT_THAT(p90(41, 0).remarks, Contains("41 against 41 launches do not bound it; 42 a side do"));
  EXPECT_TRUE(std::isfinite(p90(42, 0).shift->upper));
  EXPECT_EQ(p90(60, 500).verdict, Verdict::kSlower);
  EXPECT_LT(p90(60, 500).test->p_value, 0.05);
  EXPECT_EQ(p90(60, 0).verdict, Verdict::kSame);
  EXPECT_EQ(p90(60, 0).test->p_value, 1);
  EXPECT_EQ(p90(20, 0).verdict, Verdict::kUndecided);
}

// One launch in five takes twice as long.
TEST(CompareTail, SaysWhereMediansAgreeAndTailsDoNot) {
  std::vector<double> slow = Ramp(1000.5, 60);
  for (std::size_t i = 0; i < 12; ++i) slow[i] = 2000 + static_cast<double>(i);
  const Comparison comparison = CompareTails({ColdIn(Ramp(1000, 60))}, {ColdIn(slow)});
  EXPECT_EQ(comparison.benchmarks[0].metrics[0].verdict, Verdict::kSame);
  EXPECT_THAT(comparison.benchmarks[0].metrics[0].remarks,
              Contains(HasSubstr("the medians agree, the tails do not: total p90")));
  const Comparison alike = CompareTails({ColdIn(Ramp(1000, 60))}, {ColdIn(Ramp(1000.5, 60))});
  EXPECT_THAT(alike.benchmarks[0].metrics[0].remarks, testing::IsEmpty());
}

TEST(CompareTail, MarksThatCanLieEarlierBoundItToo) {
  const auto make = [](double late, double resolution) {
    return SampleRun(
        {{"ColdIn",
          {{"real_time", Ramp(1000 + late, 60)}, {"total_resolution_ms", Ramp(resolution, 60, 0)}},
          0,
          R"({"phases":["api"]})"}});
  };
  const Comparison comparison = CompareTails({make(0, 0)}, {make(500.5, 500)});
  EXPECT_EQ(Find(comparison, kP90)->verdict, Verdict::kUnresolved);
  EXPECT_EQ(Find(comparison, kSlowLaunches)->verdict, Verdict::kUnresolved);
}

TEST(CompareTail, OfSeveralRunsEachCountsOnce) {
  std::vector<BenchmarkRun> b;
  std::vector<BenchmarkRun> c;
  for (int i = 0; i < 5; ++i) {
    b.push_back(ColdIn(Ramp(1000 + i, 20), 0, "b" + std::to_string(i)));
    std::vector<double> slow = Ramp(1000.5 + i, 16);
    for (int k = 0; k < 4; ++k) slow.push_back(3000 + i + k);
    c.push_back(ColdIn(slow, 0, "c" + std::to_string(i)));
  }
  const Comparison comparison = CompareTails(b, c);
  const MetricComparison* p90 = Find(comparison, kP90);
  ASSERT_NE(p90, nullptr);
  EXPECT_EQ(p90->baseline.samples, 5U);
  EXPECT_EQ(p90->verdict, Verdict::kSlower);
  EXPECT_NEAR(p90->test->p_value, SmallestPossibleP(5, 5), 1e-12);
  EXPECT_EQ(Find(comparison, kSlowLaunches)->baseline.samples, 5U);
}

// Both sides have the same distribution, skewed as that of launches. Neither test raises false
// alarms more often than alpha.
TEST(CompareTail, RaisesNoMoreFalseAlarmsThanAlpha) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 1);
  const auto make = [&](double slower) {
    std::vector<double> values;
    for (int i = 0; i < 50; ++i) values.push_back(slower * (5000 + 800 * std::exp(noise(random))));
    return std::vector<BenchmarkRun>{ColdIn(values)};
  };
  constexpr int kRounds = 400;
  int p90 = 0;
  int slow = 0;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Comparison alike = CompareTails(make(1), make(1));
    p90 += Find(alike, kP90)->test->p_value < 0.05 ? 1 : 0;
    slow += Find(alike, kSlowLaunches)->test->p_value < 0.05 ? 1 : 0;
    found += Find(CompareTails(make(1), make(2)), kSlowLaunches)->test->p_value < 0.05 ? 1 : 0;
  }
  const double most = kRounds * 0.05 + 5 * std::sqrt(kRounds * 0.05 * 0.95);
  EXPECT_LE(p90, most);
  EXPECT_LE(slow, most);
  EXPECT_GT(slow, 0) << "a test that never rings tests nothing";
  EXPECT_GT(found, kRounds * 0.9);
}

}  // namespace
}  // namespace launch_compare
