#include "compare/judge/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GateResult GateRuns(const std::vector<BenchmarkRun>& b, const std::vector<BenchmarkRun>& c,
                    const GateOptions& options = {}, const Policy& policy = Policy()) {
  return Gate(Compare(b, c, MatchByName(b, c, NameFilter()), {policy, options.alpha, {}, {}}),
              policy, options);
}

BenchmarkRun Cold(std::vector<double> values, std::size_t failures = 0) {
  return SampleRun({{"Cold", {{"real_time", std::move(values)}}, failures}});
}

TEST(Gate, PassesTheSame) {
  const GateResult gate = GateRuns({Cold(Ramp(1000, 8))}, {Cold(Ramp(1001, 8))});
  EXPECT_EQ(gate.outcome, Outcome::kPass);
  ASSERT_EQ(gate.tests.size(), 1U);
  EXPECT_EQ(gate.tests[0].verdict, Verdict::kSame);
}

TEST(Gate, StopsTheSlowerAndLetsTheFasterThrough) {
  const GateResult slower = GateRuns({Cold(Ramp(1000, 8))}, {Cold(Ramp(1200, 8))});
  EXPECT_EQ(slower.outcome, Outcome::kRegression);
  EXPECT_THAT(slower.regressions, ElementsAre(HasSubstr("Cold total: slower by +200 ms (+20%)")));
  EXPECT_EQ(GateRuns({Cold(Ramp(1200, 8))}, {Cold(Ramp(1000, 8))}).outcome, Outcome::kPass);
}

TEST(Gate, LetsTheFlagDecideTheUndecided) {
  const std::vector<BenchmarkRun> b = {Cold(Ramp(1000, 6, 40))};
  const std::vector<BenchmarkRun> c = {Cold(Ramp(1030, 6, 40))};
  EXPECT_EQ(GateRuns(b, c).outcome, Outcome::kPass);
  EXPECT_THAT(GateRuns(b, c).undecided, ElementsAre(HasSubstr("these samples would have shown")));
  EXPECT_EQ(GateRuns(b, c, {.fail_on_undecided = true}).outcome, Outcome::kRegression);
}

TEST(Gate, NamesTheNumberOfSamplesItTakes) {
  const GateResult three = GateRuns({Cold(Ramp(1000, 3))}, {Cold(Ramp(9000, 3))});
  EXPECT_EQ(three.outcome, Outcome::kCannotTell);
  EXPECT_THAT(three.cannot_tell,
              ElementsAre(HasSubstr(
                  "it takes at least 4 a side, or 5 in the candidate against the baseline's 3")));
  EXPECT_EQ(GateRuns({Cold(Ramp(1000, 4))}, {Cold(Ramp(9000, 4))}).outcome, Outcome::kRegression);
}

// With Holm's correction, samples that can be significant alone may be too few in a family. With
// one sample less than the message names, the gate cannot tell; with that number it can.
TEST(Gate, CountsTheFamily) {
  const auto make = [](std::size_t benchmarks, std::size_t repetitions, double first) {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < benchmarks; ++i)
      samples.push_back({"B" + std::to_string(i), {{"real_time", Ramp(first, repetitions)}}});
    return std::vector<BenchmarkRun>{SampleRun(samples)};
  };
  for (const std::size_t benchmarks : {1U, 2U, 10U, 40U}) {
    const std::size_t needed = SamplesNeeded(0.05, benchmarks);
    const GateResult below =
        GateRuns(make(benchmarks, needed - 1, 1000), make(benchmarks, needed - 1, 9000));
    EXPECT_EQ(below.outcome, Outcome::kCannotTell) << benchmarks;
    EXPECT_THAT(below.cannot_tell,
                Contains(HasSubstr("at least " + std::to_string(needed) + " a side")));
    EXPECT_EQ(GateRuns(make(benchmarks, needed, 1000), make(benchmarks, needed, 9000)).outcome,
              Outcome::kRegression);
    EXPECT_EQ(GateRuns(make(benchmarks, needed, 1000), make(benchmarks, needed, 1000)).outcome,
              Outcome::kPass);
  }
}

TEST(Gate, ComparesRunsWhereThereAreSeveral) {
  const auto runs = [](double first, std::size_t count) {
    std::vector<BenchmarkRun> result;
    for (std::size_t i = 0; i < count; ++i)
      result.push_back(Cold(Ramp(first + 10 * static_cast<double>(i), 30)));
    return result;
  };
  EXPECT_EQ(GateRuns(runs(1000, 3), runs(9000, 3)).outcome, Outcome::kCannotTell)
      << "ninety launches are three runs";
  EXPECT_THAT(GateRuns(runs(1000, 8), runs(9000, 1)).cannot_tell,
              ElementsAre(HasSubstr("8 against 1 runs")));
  EXPECT_EQ(GateRuns(runs(1000, 8), runs(9000, 2)).outcome, Outcome::kRegression)
      << "2 / (10 choose 2) = 0.044";
}

TEST(Gate, TakesMissingAndFailingForRegressions) {
  const BenchmarkRun both =
      SampleRun({{"A", {{"real_time", Ramp(1, 8)}}}, {"B", {{"real_time", Ramp(1, 8)}}}});
  const BenchmarkRun one = SampleRun({{"A", {{"real_time", Ramp(1, 8)}}}});
  EXPECT_THAT(GateRuns({both}, {one}).regressions, ElementsAre("B: missing from the candidate"));
  EXPECT_EQ(GateRuns({both}, {one}).outcome, Outcome::kRegression);
  EXPECT_EQ(GateRuns({one}, {both}).outcome, Outcome::kPass) << "a new one is none";
  const GateResult failing = GateRuns({Cold(Ramp(1000, 30))}, {Cold(Ramp(1000, 29), 1)});
  EXPECT_THAT(
      failing.regressions,
      ElementsAre(
          "Cold: 1 of 30 repetitions failed, before 0 of 30: launch timed out after 300 s"));
  EXPECT_EQ(failing.outcome, Outcome::kRegression);
  EXPECT_EQ(GateRuns({Cold(Ramp(1000, 29), 1)}, {Cold(Ramp(1000, 29), 1)}).outcome, Outcome::kPass)
      << "not raised";
  Policy lenient;
  lenient.AddJson(R"({"rules":[{"benchmark":".*","max_failure_rate_rise":"5%"}]})", "p");
  EXPECT_EQ(GateRuns({Cold(Ramp(1000, 30))}, {Cold(Ramp(1000, 29), 1)}, {}, lenient).outcome,
            Outcome::kPass);
}

TEST(Gate, MissesABenchmarkInAnyRunOfTheCandidate) {
  const BenchmarkRun both = SampleRun(
      {{"A", {{"real_time", Ramp(1, 8)}}}, {"B", {{"real_time", Ramp(1, 8)}}}}, {}, "both.json");
  const BenchmarkRun one = SampleRun({{"A", {{"real_time", Ramp(1, 8)}}}}, {}, "one.json");
  EXPECT_THAT(GateRuns({both, both}, {both, one}).regressions,
              ElementsAre("B: missing from one.json"));
}

TEST(Gate, TakesPhasesThatDoNotAddUpForARegression) {
  const auto make = [](double api) {
    return SampleRun({{"Cold",
                       {{"real_time", Ramp(1000, 8, 0)}, {"api_ms", Ramp(api, 8, 0)}},
                       0,
                       R"({"phases":["api"]})"}});
  };
  EXPECT_EQ(GateRuns({make(1000)}, {make(1000)}).outcome, Outcome::kPass);
  const GateResult gate = GateRuns({make(1000)}, {make(900)});
  EXPECT_EQ(gate.outcome, Outcome::kRegression);
  EXPECT_THAT(gate.regressions,
              ElementsAre(HasSubstr(
                  "the phases do not add up: run.json, repetition 0: phases make 900.000 ms")));
}

TEST(Gate, RefusesAcrossContextsUnlessTold) {
  const BenchmarkRun here =
      SampleRun({{"Cold", {{"real_time", Ramp(1000, 8)}}}}, {{"region", "us-west-2"}});
  const BenchmarkRun there =
      SampleRun({{"Cold", {{"real_time", Ramp(9000, 8)}}}}, {{"region", "eu-west-1"}});
  const GateResult gate = GateRuns({here}, {there});
  EXPECT_EQ(gate.outcome, Outcome::kCannotTell);
  EXPECT_THAT(gate.cannot_tell, Contains(HasSubstr("region differs")));
  EXPECT_EQ(GateRuns({here}, {there}, {.across_contexts = true}).outcome, Outcome::kRegression);
}

TEST(Gate, GatesCountersByPolicyOnly) {
  const auto make = [](double calls) {
    return SampleRun({{"Cold", {{"real_time", Ramp(1000, 8)}, {"api_calls", Ramp(calls, 8, 0)}}}});
  };
  EXPECT_EQ(GateRuns({make(7)}, {make(8)}).outcome, Outcome::kPass);
  Policy policy;
  policy.AddJson(
      R"({"rules":[{"benchmark":".*","metric":"api_calls","max_regression":"0%"},{"benchmark":"Gone","gate":true}]})",
      "p");
  const GateResult gate = GateRuns({make(7)}, {make(8)}, {}, policy);
  EXPECT_EQ(gate.outcome, Outcome::kRegression);
  EXPECT_THAT(gate.regressions,
              ElementsAre(HasSubstr("Cold api_calls: slower by +1 (+14%), interval [+1, +1]")));
  EXPECT_THAT(gate.cannot_tell,
              ElementsAre("policy rule 2 (Gone real_time): matches no benchmark"));
  EXPECT_EQ(GateRuns({make(7)}, {make(7)}, {}, policy).outcome, Outcome::kCannotTell);
}

TEST(Gate, CannotTellWithoutSamplesOrGates) {
  const BenchmarkRun aggregates =
      ParseBenchmarkJson(R"({"benchmarks":[{"name":"A_median","run_name":"A","run_type":"aggregate",
      "aggregate_name":"median","real_time":5}]})",
                         "a.json");
  EXPECT_THAT(GateRuns({aggregates}, {aggregates}).cannot_tell,
              ElementsAre("A total: no samples to test on both sides"));
  EXPECT_THAT(GateRuns({Cold({}, 8)}, {Cold({}, 8)}).cannot_tell,
              ElementsAre("Cold total: every repetition failed on both sides"));
  Policy nothing;
  nothing.AddJson(R"({"rules":[{"benchmark":".*","gate":false}]})", "p");
  EXPECT_THAT(GateRuns({Cold(Ramp(1, 8))}, {Cold(Ramp(1, 8))}, {}, nothing).cannot_tell,
              ElementsAre("nothing is gated"));
  for (const char* value : {"NaN", "1e308"}) {
    std::string text = SampleJson({}, {{"Cold", {{"real_time", Ramp(1000, 8)}}}}).dump();
    text.replace(text.find("1003.0"), 6, value);
    const BenchmarkRun invalid = ParseBenchmarkJson(text, "a.json");
    const GateResult gate = GateRuns({Cold(Ramp(1000, 8))}, {invalid});
    EXPECT_THAT(gate.cannot_tell,
                ElementsAre(HasSubstr("Cold total: some values are no measurements")));
    EXPECT_EQ(gate.outcome, Outcome::kCannotTell) << value;
  }
}

TEST(Gate, NothingMeasuredIsNoMeasurement) {
  for (const double nothing : {0.0, -5.0}) {
    std::vector<double> values = Ramp(1000, 8);
    values[3] = nothing;
    const std::vector<BenchmarkRun> b = {Cold(Ramp(1000, 8))};
    const std::vector<BenchmarkRun> c = {Cold(values)};
    const Comparison comparison =
        Compare(b, c, MatchByName(b, c, NameFilter()), {Policy(), 0.05, {}, {}});
    EXPECT_EQ(comparison.benchmarks[0].metrics[0].verdict, std::nullopt);
    EXPECT_THAT(comparison.warnings, Contains(HasSubstr("nothing was measured")));
    EXPECT_EQ(GateRuns(b, c).outcome, Outcome::kCannotTell);
  }
}

TEST(Gate, AWrongNameInAPolicyIsToldWithTheNearest) {
  const std::vector<BenchmarkRun> b = {
      SampleRun({{"Cold", {{"real_time", Ramp(1000, 8)}, {"api_calls", Ramp(7, 8, 0)}}}})};
  const std::vector<BenchmarkRun> c = {
      SampleRun({{"Cold", {{"real_time", Ramp(1001, 8)}, {"api_calls", Ramp(7, 8, 0)}}}})};
  Policy policy;
  policy.AddJson(R"({"rules":[{"benchmark":"Colt"},
                              {"benchmark":".*","metric":"api_call","direction":"lower"}]})",
                 "p");
  const GateResult gate = GateRuns(b, c, {}, policy);
  EXPECT_EQ(gate.outcome, Outcome::kCannotTell);
  EXPECT_THAT(gate.cannot_tell,
              ElementsAre(HasSubstr("matches no benchmark: did you mean Cold?"),
                          HasSubstr("no file has this metric: did you mean api_calls?")));
}

TEST(Gate, WhatIsCertainButPerhapsSmallIsNoRegression) {
  const std::vector<BenchmarkRun> b = {Cold(Ramp(1000, 8))};
  const std::vector<BenchmarkRun> c = {Cold(Ramp(1051, 8))};
  const GateResult gate = GateRuns(b, c);
  EXPECT_EQ(gate.outcome, Outcome::kPass);
  EXPECT_THAT(gate.undecided,
              ElementsAre(HasSubstr("slower, perhaps by less than the margin (50.18 ms)")));
  EXPECT_EQ(GateRuns(b, c, {.fail_on_undecided = true}).outcome, Outcome::kRegression);
}

TEST(Gate, ABaselineThatEverythingBeatsIsPossiblyStale) {
  const GateResult gate = GateRuns({Cold(Ramp(1200, 8))}, {Cold(Ramp(1000, 8))});
  EXPECT_EQ(gate.outcome, Outcome::kPass);
  EXPECT_THAT(gate.notes, ElementsAre(HasSubstr("possibly stale")));
  EXPECT_THAT(GateRuns({Cold(Ramp(1000, 8))}, {Cold(Ramp(1001, 8))}).notes, IsEmpty());
}

// One launch in five took twice as long: medians agree.
TEST(Gate, FindsATailThatTheMedianDoesNotShow) {
  std::vector<double> slow = Ramp(1000.5, 40);
  for (std::size_t i = 0; i < 8; ++i) slow[i] = 2000 + static_cast<double>(i);
  const std::vector<BenchmarkRun> b = {Cold(Ramp(1000, 40))};
  const std::vector<BenchmarkRun> c = {Cold(slow)};
  EXPECT_EQ(GateRuns(b, c).outcome, Outcome::kPass);
  Policy tail;
  tail.GateTail();
  const GateResult gate = GateRuns(b, c, {}, tail);
  EXPECT_EQ(gate.outcome, Outcome::kRegression);
  EXPECT_THAT(gate.regressions, ElementsAre(HasSubstr("Cold slow launches: slower by +")));
  EXPECT_EQ(GateRuns(b, {Cold(Ramp(1001, 40))}, {}, tail).outcome, Outcome::kPass);
}

// A family of six with ten repetitions each. Without a change, false alarms stay below alpha; a
// real change is found.
TEST(Gate, RaisesNoMoreFalseAlarmsThanAlpha) {
  std::mt19937_64 random(2026);
  std::normal_distribution<double> noise(0, 1);
  const auto make = [&](double factor) {
    std::vector<Sample> samples;
    for (int b = 0; b < 6; ++b) {
      std::vector<double> values;
      for (int i = 0; i < 10; ++i)
        values.push_back(factor *
                         (5000 + 800 * std::exp(noise(random))));  // skewed, as launches are
      samples.push_back({"B" + std::to_string(b), {{"real_time", values}}});
    }
    return std::vector<BenchmarkRun>{SampleRun(samples)};
  };
  const Policy no_margin({0, 0});  // the hardest case
  constexpr int kRounds = 250;
  int alarms = 0;
  int found = 0;
  constexpr int kChanged = 40;
  for (int round = 0; round < kRounds; ++round) {
    alarms += GateRuns(make(1), make(1), {}, no_margin).outcome == Outcome::kRegression ? 1 : 0;
  }
  for (int round = 0; round < kChanged; ++round) {
    found += GateRuns(make(1), make(1.5), {}, no_margin).outcome == Outcome::kRegression ? 1 : 0;
  }
  EXPECT_LE(alarms, kRounds * 0.05 + 5 * std::sqrt(kRounds * 0.05 * 0.95));
  EXPECT_GT(alarms, 0) << "a gate that never rings tests nothing";
  EXPECT_GT(found, kChanged * 0.9);
}

}  // namespace
}  // namespace launch_compare
