#include "compare/judge/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "compare/input/input_error.h"
#include "compare/render/renderer.h"
#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kLabel =
    R"({"phases":["api","pending_to_running"],"region":"us-west-2","type":"m7i.large"})";

Comparison CompareRuns(const std::vector<BenchmarkRun>& b, const std::vector<BenchmarkRun>& c,
                       Margin margin = {}) {
  return Compare(b, c, MatchByName(b, c, NameFilter()), {Policy(margin), 0.05, {}, {}});
}

const MetricComparison& Metric(const Comparison& comparison, const char* name) {
  for (const MetricComparison& metric : comparison.benchmarks.at(0).metrics) {
    if (metric.metric == name) return metric;
  }
  throw std::out_of_range(name);
}

std::vector<std::string> MetricNames(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const MetricComparison& metric : comparison.benchmarks.at(0).metrics)
    names.push_back(metric.metric);
  return names;
}

TEST(Compare, RunsThatTookTurnsAreRecognized) {
  const auto make = [](const std::string& id, const std::string& other) {
    return SampleRun({{"Cold", {{"real_time", Ramp(1000, 8)}}}},
                     {{"run_id", id}, {"interleaved_with", other}}, id + ".json");
  };
  EXPECT_TRUE(CompareRuns({make("a", "b")}, {make("b", "a")}).interleaved);
  EXPECT_THAT(ScopeSentence(CompareRuns({make("a", "b")}, {make("b", "a")})),
              HasSubstr("took turns"));
  EXPECT_FALSE(CompareRuns({make("a", "b")}, {make("c", "b")}).interleaved);
  EXPECT_FALSE(CompareRuns({make("", "")}, {make("", "")}).interleaved);
}

TEST(Compare, GoesPhaseByPhaseInOrderAndJudgesWhatHasADirection) {
  const auto make = [](double slower) {
    return SampleRun({{"Cold",
                       {{"real_time", Ramp(1000 + slower, 8)},
                        {"pending_to_running_ms", Ramp(900 + slower, 8)},
                        {"api_ms", Ramp(100, 8, 0)},
                        {"widgets", Ramp(10 + slower, 8)},
                        {"usd", Ramp(0.1, 8, 0)},
                        {"rtt_ms", Ramp(1 + slower, 8)},
                        {"launch_index", Ramp(0, 8)}},
                       0,
                       kLabel}});
  };
  const Comparison comparison = CompareRuns({make(0)}, {make(200)});
  EXPECT_THAT(MetricNames(comparison),
              ElementsAre("real_time", "real_time_max", "api_ms", "pending_to_running_ms", "rtt_ms",
                          "usd", "widgets"))
      << "and cpu_time is the harness's own under manual timing";
  EXPECT_EQ(Metric(comparison, "real_time").verdict, Verdict::kSlower);
  EXPECT_EQ(Metric(comparison, "api_ms").verdict, Verdict::kSame);
  EXPECT_FALSE(NeedsRow(Metric(comparison, "api_ms"))) << "one number throughout";
  EXPECT_EQ(Metric(comparison, "pending_to_running_ms").verdict, Verdict::kSlower);
  EXPECT_EQ(Metric(comparison, "usd").verdict, Verdict::kSame);
  EXPECT_EQ(Metric(comparison, "widgets").verdict, std::nullopt)
      << "unknown direction: shown, not judged";
  EXPECT_EQ(Metric(comparison, "rtt_ms").verdict, std::nullopt) << "the distance, not the launch";
  EXPECT_DOUBLE_EQ(Metric(comparison, "real_time").shift->shift, 200);
  EXPECT_EQ(CompareRuns({make(200)}, {make(0)}).benchmarks[0].metrics[0].verdict, Verdict::kFaster);
}

TEST(Compare, PartsOfTheGuestsBootAreInTheirOrder) {
  const auto make = [](double slower) {
    return SampleRun({{"Cold",
                       {{"real_time", Ramp(1000, 8)},
                        {"address_known_ms", Ramp(100, 8)},
                        {"boot_to_ssh_ms", Ramp(900 + slower, 8)},
                        {"first_ready_ms", Ramp(700, 8)},
                        {"guest_cloud_init_ms", Ramp(300, 8)},
                        {"guest_kernel_ms", Ramp(100 + slower, 8)},
                        {"guest_kernel_resolution_ms", Ramp(0.2, 8)},
                        {"guest_userspace_ms", Ramp(600, 8)},
                        {"tcp_closed_ms", Ramp(500, 8)}}}});
  };
  const Comparison comparison = CompareRuns({make(0)}, {make(50)});
  EXPECT_THAT(MetricNames(comparison),
              ElementsAre("real_time", "real_time_max", "address_known_ms", "boot_to_ssh_ms",
                          "first_ready_ms", "guest_kernel_ms", "guest_userspace_ms",
                          "guest_cloud_init_ms", "guest_kernel_resolution_ms", "tcp_closed_ms"));
  EXPECT_EQ(Metric(comparison, "guest_kernel_ms").verdict, Verdict::kSlower);
  EXPECT_EQ(Metric(comparison, "guest_userspace_ms").verdict, Verdict::kSame);
}

TEST(Compare, SaysWhatAnUndecidedSampleCouldHaveShown) {
  const std::vector<BenchmarkRun> b = {SampleRun({{"Cold", {{"real_time", Ramp(1000, 6, 40)}}}})};
  const std::vector<BenchmarkRun> c = {SampleRun({{"Cold", {{"real_time", Ramp(1030, 6, 40)}}}})};
  const Comparison comparison = CompareRuns(b, c);
  const MetricComparison& m = Metric(comparison, "real_time");
  ASSERT_EQ(m.verdict, Verdict::kUndecided);
  ASSERT_TRUE(m.detectable);
  // A candidate slower by that much more than it seemed would have been called slower.
  const double needed = *m.detectable - m.shift->shift + 0.001;
  const std::vector<BenchmarkRun> slower = {
      SampleRun({{"Cold", {{"real_time", Ramp(1030 + needed, 6, 40)}}}})};
  EXPECT_EQ(Metric(CompareRuns(b, slower), "real_time").verdict, Verdict::kSlower);
}

TEST(Compare, SaysThatThreeAgainstThreeDecideNothing) {
  const std::vector<BenchmarkRun> b = {SampleRun({{"Cold", {{"real_time", {1, 2, 3}}}}})};
  const std::vector<BenchmarkRun> c = {SampleRun({{"Cold", {{"real_time", {1001, 1002, 1003}}}}})};
  const Comparison comparison = CompareRuns(b, c);
  EXPECT_EQ(Metric(comparison, "real_time").verdict, Verdict::kUndecided);
  EXPECT_EQ(Metric(comparison, "real_time").detectable, std::nullopt);
  EXPECT_THAT(Metric(comparison, "real_time").remarks,
              Contains(HasSubstr("3 against 3 repetitions cannot reach 95%")));
}

TEST(Compare, RanksFailedLaunchesSlowestAndSaysWhenThatMovesAMedian) {
  const std::vector<BenchmarkRun> b = {SampleRun(
      {{"Cold",
        {{"real_time", Ramp(1000, 8)}, {"api_ms", Ramp(10, 8)}, {"api_calls", Ramp(7, 8, 0)}}}})};
  const std::vector<BenchmarkRun> c = {SampleRun(
      {{"Cold",
        {{"real_time", Ramp(1000, 6)}, {"api_ms", Ramp(10, 6)}, {"api_calls", Ramp(7, 6, 0)}},
        2}})};
  const Comparison comparison = CompareRuns(b, c);
  const MetricComparison& total = Metric(comparison, "real_time");
  EXPECT_EQ(total.candidate.samples, 8U);
  EXPECT_EQ(total.candidate.failed, 2U);
  EXPECT_DOUBLE_EQ(total.candidate.median, 1003.5);
  EXPECT_DOUBLE_EQ(total.candidate.median_of_rest, 1002.5);
  EXPECT_THAT(total.remarks, ElementsAre("failed launches rank slowest: they move the candidate's "
                                         "median from 1.002 s to 1.004 s"));
  EXPECT_EQ(Metric(comparison, "api_ms").candidate.failed, 2U);
  EXPECT_EQ(Metric(comparison, "api_calls").candidate.samples, 6U)
      << "a failed launch has no count of calls";
  EXPECT_EQ(comparison.benchmarks[0].candidate_failures, 2U);
  EXPECT_THAT(comparison.benchmarks[0].failure_messages,
              ElementsAre("launch timed out after 300 s"));
}

TEST(Compare, HandlesASideOfNothingButFailures) {
  const std::vector<BenchmarkRun> b = {SampleRun({{"Cold", {{"real_time", Ramp(1000, 8)}}}})};
  const std::vector<BenchmarkRun> c = {SampleRun({{"Cold", {}, 8}})};
  const Comparison there = CompareRuns(b, c);
  EXPECT_EQ(Metric(there, "real_time").verdict, Verdict::kSlower)
      << "all failed is slower than any";
  EXPECT_NEAR(Metric(there, "real_time").test->p_value, SmallestPossibleP(8, 8), 1e-12);
  const Comparison back = CompareRuns(c, b);
  EXPECT_EQ(Metric(back, "real_time").verdict, Verdict::kUndecided)
      << "there is no median to take a margin of";
  EXPECT_EQ(Metric(CompareRuns(c, c), "real_time").verdict, Verdict::kUndecided);
}

TEST(Compare, CallsUnresolvedWhatItsInstrumentsCannotTellApart) {
  const auto make = [](double shift, double resolution) {
    return SampleRun({{"Cold",
                       {{"real_time", Ramp(20000, 8)},
                        {"pending_to_running_ms", Ramp(100 + shift, 8)},
                        {"api_ms", Ramp(10, 8, 0)},
                        {"api_resolution_ms", Ramp(10, 8, 0)},
                        {"pending_to_running_resolution_ms", Ramp(resolution, 8, 0)}},
                       0,
                       kLabel}});
  };
  const Comparison coarse = CompareRuns({make(0, 5)}, {make(50, 90)});
  const MetricComparison& phase = Metric(coarse, "pending_to_running_ms");
  // The candidate's end may be 90 ms earlier and the baseline's start 10 ms, and the reverse.
  EXPECT_DOUBLE_EQ(phase.bounds.lower, phase.shift->lower - 100);
  EXPECT_DOUBLE_EQ(phase.bounds.upper, phase.shift->upper + 15);
  EXPECT_DOUBLE_EQ(phase.resolution(), 100);
  EXPECT_EQ(phase.verdict, Verdict::kUnresolved);
  EXPECT_THAT(
      phase.remarks,
      ElementsAre(HasSubstr("unresolved: each time may be too long by up to its resolution")));
  EXPECT_DOUBLE_EQ(Metric(coarse, "real_time").resolution(), 90);
  const Comparison fine = CompareRuns({make(0, 5)}, {make(50, 5)});
  EXPECT_EQ(Metric(fine, "pending_to_running_ms").verdict, Verdict::kSlower);
}

// Cold with a poll interval of 3 s against 100 ms: the same launches with later timestamps.
TEST(Compare, DoesNotCallSlowerWhatWasOnlyFoundLater) {
  const auto make = [](double late, double resolution, const std::string& interval) {
    return SampleRun(
        {{"Cold",
          {{"real_time", Ramp(2000 + late, 10)}, {"total_resolution_ms", Ramp(resolution, 10, 0)}},
          0,
          R"({"phases":["api"]})"}},
        {{"poll_interval_ms", interval}});
  };
  const Comparison comparison = CompareRuns({make(0, 30, "100")}, {make(2640, 2900, "3000")});
  EXPECT_EQ(Metric(comparison, "real_time").verdict, Verdict::kUnresolved);
  EXPECT_THAT(comparison.warnings,
              Contains(HasSubstr("poll interval (ms) differs: 100 in run.json, 3000")));
  EXPECT_THAT(comparison.context_differences, IsEmpty()) << "no reason not to gate";
}

TEST(Compare, KnowsTheDirectionOfRatesAndGuessesNoOther) {
  const auto make = [](double factor) {
    return SampleRun({{"A",
                       {{"real_time", Ramp(1000, 8)},
                        {"items_per_second", Ramp(500 * factor, 8)},
                        {"requests_per_ms", Ramp(100 * factor, 8)},
                        {"hits", Ramp(100 * factor, 8)}}}});
  };
  const std::vector<BenchmarkRun> b = {make(1)};
  const std::vector<BenchmarkRun> c = {make(1.5)};
  EXPECT_EQ(Metric(CompareRuns(b, c), "items_per_second").verdict, Verdict::kFaster);
  EXPECT_EQ(Metric(CompareRuns(c, b), "items_per_second").verdict, Verdict::kSlower);
  EXPECT_EQ(Metric(CompareRuns(b, c), "requests_per_ms").verdict, std::nullopt);
  EXPECT_EQ(Metric(CompareRuns(b, c), "hits").verdict, std::nullopt);
  Policy policy;
  policy.AddJson(R"({"rules":[{"benchmark":"A","metric":"hits","direction":"higher"}]})", "p");
  const Comparison told = Compare(b, c, MatchByName(b, c, NameFilter()), {policy, 0.05, {}, {}});
  EXPECT_EQ(Metric(told, "hits").verdict, Verdict::kFaster);
}

TEST(Compare, PassesNoVerdictOnWhatOneSideLacks) {
  const auto make = [](const std::string& phase) {
    return SampleRun({{"A", {{"real_time", Ramp(1000, 8)}, {phase, Ramp(10, 8)}}}});
  };
  const Comparison comparison = CompareRuns({make("api_ms")}, {make("keygen_ms")});
  EXPECT_EQ(Metric(comparison, "api_ms").verdict, std::nullopt);
  EXPECT_THAT(
      RowlessLines(comparison.benchmarks[0]),
      ElementsAre("only in the baseline: api 13.50 ms", "only in the candidate: keygen 13.50 ms"));
}

TEST(Compare, TakesTheLargerOfTheTwoMargins) {
  const std::vector<BenchmarkRun> b = {
      SampleRun({{"Pool", {{"real_time", Ramp(1000, 8)}, {"usd", Ramp(1, 8, 0)}}}})};
  const std::vector<BenchmarkRun> c = {
      SampleRun({{"Pool", {{"real_time", Ramp(1100, 8)}, {"usd", Ramp(1.1, 8, 0)}}}})};
  EXPECT_EQ(Metric(CompareRuns(b, c, {0.05, 0}), "real_time").verdict, Verdict::kSlower);
  EXPECT_EQ(Metric(CompareRuns(b, c, {0.05, 250}), "real_time").verdict, Verdict::kSame);
  EXPECT_EQ(Metric(CompareRuns(b, c, {0.05, 250}), "usd").verdict, Verdict::kSlower)
      << "milliseconds say nothing about money";
}

TEST(Compare, ShowsAggregatesButTestsNothing) {
  const BenchmarkRun only =
      ParseBenchmarkJson(R"({"benchmarks":[{"name":"A_median","run_name":"A","run_type":"aggregate",
      "aggregate_name":"median","real_time":5,"time_unit":"ms"}]})",
                         "aggregates.json");
  const Comparison comparison = CompareRuns({only}, {only});
  EXPECT_EQ(Metric(comparison, "real_time").verdict, Verdict::kUndecided);
  EXPECT_EQ(Metric(comparison, "real_time").baseline.median, 5);
  EXPECT_THAT(Metric(comparison, "real_time").remarks,
              ElementsAre("aggregates only: shown, not tested"));
}

TEST(Compare, NamesPhasesThatDoNotAddUp) {
  const auto make = [](double api) {
    return SampleRun({{"Cold",
                       {{"real_time", Ramp(1000, 5)},
                        {"api_ms", {api, 100, 100, 100, 100}},
                        {"pending_to_running_ms", Ramp(900, 5)}},
                       0,
                       kLabel}});
  };
  EXPECT_THAT(CompareRuns({make(100)}, {make(100.0001)}).benchmarks[0].phase_errors, IsEmpty());
  EXPECT_THAT(
      CompareRuns({make(100)}, {make(130)}).benchmarks[0].phase_errors,
      ElementsAre("run.json, repetition 0: phases make 1030.000 ms, real_time is 1000.000 ms"));
}

std::vector<BenchmarkRun> Sessions(const std::vector<double>& medians, const std::string& side) {
  std::vector<BenchmarkRun> runs;
  for (const double median : medians) {
    runs.push_back(SampleRun({{"Cold", {{"real_time", Ramp(median - 10, 21)}}}}, {},
                             side + std::to_string(runs.size()) + ".json"));
  }
  return runs;
}

// The study's Cold differs by 3 s between sessions and by 0.4 s within one. Many launches must not
// count as many sessions.
TEST(Compare, TakesTheRunAsTheSamplingUnit) {
  const std::vector<BenchmarkRun> b = Sessions({22700, 25800, 23900, 24400}, "b");
  const std::vector<BenchmarkRun> c = Sessions({25100, 23000, 25900, 24000}, "c");
  const Comparison by_run = CompareRuns(b, c);
  EXPECT_TRUE(by_run.by_run);
  EXPECT_EQ(Metric(by_run, "real_time").baseline.samples, 4U);
  EXPECT_EQ(Metric(by_run, "real_time").verdict, Verdict::kUndecided);
  EXPECT_GT(Metric(by_run, "real_time").test->p_value, 0.5);
  EXPECT_EQ(by_run.benchmarks[0].baseline_launches, 84U);
  const Comparison two = CompareRuns({b[0]}, {c[0]});
  EXPECT_FALSE(two.by_run);
  EXPECT_EQ(Metric(two, "real_time").verdict, Verdict::kSlower) << "these two runs do differ";
  EXPECT_THAT(ScopeSentence(two), HasSubstr("differs between these two runs"));
  EXPECT_THAT(ScopeSentence(by_run), HasSubstr("The run is the sampling unit: 4 against 4 runs"));
}

TEST(Compare, TellsSessionsApartWhereEverySessionDiffers) {
  const Comparison comparison = CompareRuns(Sessions({22000, 22100, 22200, 22300}, "b"),
                                            Sessions({25000, 25100, 25200, 25300}, "c"));
  EXPECT_EQ(Metric(comparison, "real_time").verdict, Verdict::kSlower);
  EXPECT_NEAR(Metric(comparison, "real_time").test->p_value, 2.0 / 70, 1e-12)
      << "a permutation of eight runs";
}

// If sessions differ by themselves, a comparison by launch nearly always raises a false alarm. A
// comparison by run does so no more often than alpha.
TEST(Compare, ByRunKeepsItsPromiseWhereByLaunchBreaksIt) {
  std::mt19937_64 random(41);
  std::normal_distribution<double> session(24000, 1500);
  constexpr int kRounds = 120;
  int by_run = 0;
  int by_launch = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> medians(10);
    for (double& median : medians) median = session(random);
    const std::vector<BenchmarkRun> b = Sessions({medians.begin(), medians.begin() + 5}, "b");
    const std::vector<BenchmarkRun> c = Sessions({medians.begin() + 5, medians.end()}, "c");
    by_run += Metric(CompareRuns(b, c), "real_time").test->p_value < 0.05 ? 1 : 0;
    by_launch += Metric(CompareRuns({b[0]}, {c[0]}), "real_time").test->p_value < 0.05 ? 1 : 0;
  }
  EXPECT_LE(by_run, kRounds * 0.05 + 5 * std::sqrt(kRounds * 0.05 * 0.95));
  EXPECT_GT(by_launch, kRounds * 0.9);
}

TEST(Compare, ListsWhatOnlyOneSideHas) {
  const std::vector<BenchmarkRun> b = {
      SampleRun({{"A", {{"real_time", {1}}}}, {"B", {{"real_time", {1}}}}})};
  const std::vector<BenchmarkRun> c = {
      SampleRun({{"B", {{"real_time", {1}}}}, {"C", {{"real_time", {1}}}}})};
  const Comparison comparison = CompareRuns(b, c);
  EXPECT_THAT(comparison.only_in_baseline, ElementsAre("A"));
  EXPECT_THAT(comparison.only_in_candidate, ElementsAre("C"));
}

TEST(Compare, MarksModelledRuns) {
  const BenchmarkRun measured = SampleRun({{"A", {{"real_time", {1}}}}});
  const BenchmarkRun modelled = SampleRun({{"A", {{"real_time", {1}}}}}, {{"modelled", "true"}});
  EXPECT_FALSE(CompareRuns({measured}, {measured}).modelled);
  EXPECT_TRUE(CompareRuns({measured}, {modelled}).modelled);
}

TEST(Compare, MarksRunsOfVirtualMachines) {
  const BenchmarkRun measured = SampleRun({{"A", {{"real_time", {1}}}}});
  const BenchmarkRun local =
      SampleRun({{"A", {{"real_time", {1}}}}}, {{"virtual_machines", "qemu"}});
  EXPECT_FALSE(CompareRuns({measured}, {measured}).virtual_machines);
  EXPECT_TRUE(CompareRuns({measured}, {local}).virtual_machines);
  EXPECT_FALSE(CompareRuns({local}, {local}).modelled);
}

// Threads share ten thousand benchmarks. The result must not depend on that.
TEST(Compare, GivesManyBenchmarksTheSameAnswersAsFew) {
  std::vector<Sample> samples;
  for (int i = 0; i < 200; ++i)
    samples.push_back(
        {"B" + std::to_string(i), {{"real_time", Ramp(1000 + 7 * (i % 13), 6, 1 + i % 3)}}});
  const std::vector<BenchmarkRun> b = {SampleRun(samples)};
  for (Sample& sample : samples) sample.values["real_time"][0] += 100;
  const std::vector<BenchmarkRun> c = {SampleRun(samples)};
  const Comparison all = CompareRuns(b, c);
  ASSERT_EQ(all.benchmarks.size(), 200U);
  for (const std::size_t i : {0U, 1U, 57U, 199U}) {
    const std::string name = "B" + std::to_string(i);
    const Comparison one =
        Compare(b, c, MatchByName(b, c, NameFilter("^" + name + "$")), {Policy(), 0.05, {}, {}});
    EXPECT_EQ(all.benchmarks[i].name, name);
    EXPECT_EQ(all.benchmarks[i].metrics[0].test->p_value,
              one.benchmarks[0].metrics[0].test->p_value);
    EXPECT_EQ(all.benchmarks[i].metrics[0].shift->lower, one.benchmarks[0].metrics[0].shift->lower);
  }
}

}  // namespace
}  // namespace launch_compare
