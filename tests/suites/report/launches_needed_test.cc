#include "suites/report/launches_needed.h"

#include <gmock/gmock.h>

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::Sample;
using testing::HasSubstr;

std::vector<Sample> Samples(const std::string& name, const std::vector<int>& totals_ms) {
  std::vector<Sample> samples;
  for (const int total : totals_ms) {
    Sample& sample = samples.emplace_back();
    sample.benchmark = name;
    sample.ok = true;
    sample.timeline = fixtures::Timeline(Clock::time_point{});
    sample.timeline->EndPhase("api", {Clock::time_point{} + std::chrono::milliseconds(total), {}});
  }
  return samples;
}

TEST(LaunchesNeededTest, TheFewestThatCanBeSignificant) {
  // 2 of 70 orders of 4 and 4 are the most extreme: p = 0.029; of 20 orders of 3 and 3: 0.1.
  EXPECT_EQ(LeastToCompare(1), 4);
  EXPECT_EQ(LeastToCompare(3), 5);
  EXPECT_EQ(LeastToCompare(26), 7);
}

TEST(LaunchesNeededTest, MoreSpreadTakesMore) {
  // Standard deviation 100 of 1000; normal theory: 2 * (2.802 * 0.1 / 0.05)^2 = 62.8, / 0.955.
  EXPECT_EQ(LaunchesToSee(0.05, {900, 1000, 1100}), 66);
  EXPECT_EQ(LaunchesToSee(0.05, {1000, 1000}), 1);
  EXPECT_GT(LaunchesToSee(0.05, {1, 1000}), 1000);
}

TEST(LaunchesNeededTest, ThreeLaunchesDecideNothingAndTheRunSaysHowManyWould) {
  const auto steady = Samples("Cold", {1000, 1001, 1002});
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(steady), 3),
            "3 launches of each decide nothing: ./launch_compare needs at least 4 on either side "
            "(--benchmark_repetitions=4).");
  const auto spread = Samples("Cold", {900, 1000, 1100});
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(spread), 3),
            "3 launches of each decide nothing: ./launch_compare needs at least 4 on either side "
            "(--benchmark_repetitions=4); a difference of 5 % in Cold, which varies most here, "
            "takes about 66.");
  const auto ten = Samples("Cold", {900, 950, 1000, 1050, 1100, 900, 950, 1000, 1050, 1100});
  EXPECT_THAT(AdviseMoreLaunches(GroupByTechnique(ten), 10),
              HasSubstr("10 launches of each can miss something: a difference of 5 % in Cold"));
}

TEST(LaunchesNeededTest, AVariantAndItsBaselineNeedSixPairs) {
  std::vector<Sample> samples = Samples("Fleet/Baseline", {1000, 1001, 1002, 1003, 1004});
  for (const Sample& sample : Samples("Fleet/Spot", {1000, 1001, 1002, 1003, 1004}))
    samples.push_back(sample);
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(samples), 5), "") << "no pairs";
  for (Sample& sample : samples) sample.notes["baseline"] = "Fleet/Baseline";
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(samples), 5),
            "5 launches of each decide nothing: ./launch_compare table needs at least 6 pairs of a "
            "variant and its baseline (--benchmark_repetitions=6).");
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(samples), 6), "");
}

TEST(LaunchesNeededTest, NothingIsSaidOfARunThatHasEnough) {
  const auto samples = Samples("Cold", {1000, 1001, 1002, 1003});
  EXPECT_EQ(AdviseMoreLaunches(GroupByTechnique(samples), 4), "");
  EXPECT_EQ(AdviseMoreLaunches({}, 3), "") << "nothing succeeded";
}

}  // namespace
}  // namespace suites
