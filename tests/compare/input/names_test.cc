#include "compare/input/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compare/input/input_error.h"
#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using testing::HasSubstr;

TEST(HideLibrarySuffixes, TakesOffTheLibrarysOwnOnly) {
  EXPECT_EQ(HideLibrarySuffixes("Cold/iterations:1/manual_time"), "Cold");
  EXPECT_EQ(HideLibrarySuffixes("EbsSize/8GiB/iterations:1/repeats:3/manual_time"), "EbsSize/8GiB");
  EXPECT_EQ(HideLibrarySuffixes("Hybrid/pool:2/burst:4/iterations:1/manual_time"),
            "Hybrid/pool:2/burst:4");
  EXPECT_EQ(HideLibrarySuffixes(
                "Walk/8/min_time:0.010/min_warmup_time:0.5/process_time/real_time/threads:2"),
            "Walk/8");
  EXPECT_EQ(HideLibrarySuffixes("Walk/min_time:5x"), "Walk");
  EXPECT_EQ(HideLibrarySuffixes("iterations:1"), "iterations:1") << "a name is never hidden whole";
  EXPECT_EQ(HideLibrarySuffixes("Walk/threads:many"), "Walk/threads:many");
  EXPECT_EQ(HideLibrarySuffixes("manual_time/8"), "manual_time/8");
  EXPECT_EQ(HideLibrarySuffixes(""), "");
}

BenchmarkRun WithNames(const std::vector<std::string>& names) {
  nlohmann::json file = {{"benchmarks", nlohmann::json::array()}};
  for (const std::string& name : names)
    file["benchmarks"].push_back({{"name", name}, {"real_time", 1}, {"time_unit", "ms"}});
  return ParseBenchmarkJson(file.dump(), "run.json");
}

std::vector<std::string> Names(const std::vector<Pairing>& pairings) {
  std::vector<std::string> names;
  for (const Pairing& pairing : pairings) {
    const auto has = [](const auto& side) { return side.front() != nullptr; };
    names.push_back(pairing.name + (has(pairing.baseline) ? " b" : "") +
                    (has(pairing.candidate) ? " c" : ""));
  }
  return names;
}

TEST(MatchByName, MatchesAcrossHowOftenAndHowLongWasMeasured) {
  const std::vector<BenchmarkRun> b = {
      WithNames({"Cold/iterations:1/repeats:3/manual_time", "Gone"})};
  const std::vector<BenchmarkRun> c = {
      WithNames({"New", "Cold/iterations:1/repeats:10/manual_time"})};
  EXPECT_THAT(Names(MatchByName(b, c, NameFilter())),
              testing::ElementsAre("Cold b c", "Gone b", "New c"));
}

TEST(MatchByName, KeepsTheSuffixWhereItTellsTwoBenchmarksApart) {
  const std::vector<BenchmarkRun> b = {WithNames({"Walk/threads:1", "Walk/threads:2"})};
  const std::vector<BenchmarkRun> c = {WithNames({"Walk/threads:2"})};
  EXPECT_THAT(Names(MatchByName(b, c, NameFilter())),
              testing::ElementsAre("Walk/threads:1 b", "Walk/threads:2 b c"));
}

// If one run has a workload twice, only the whole name tells them apart.
TEST(MatchByName, KeepsWhatWasMeasuredForTwoTimesInOneRunApart) {
  const std::vector<BenchmarkRun> run = {
      WithNames({"A/min_time:0.100", "A/min_time:2.000", "B", "B/repeats:12", "C/min_time:1"})};
  EXPECT_THAT(Names(MatchByName(run, run, NameFilter())),
              testing::ElementsAre("A/min_time:0.100 b c", "A/min_time:2.000 b c", "B b c",
                                   "B/repeats:12 b c", "C b c"));
}

TEST(MatchByName, SuggestsTheNearestNameWhereNoneMatches) {
  const std::vector<BenchmarkRun> run = {WithNames({"BM_Copy/manual_time", "Other"})};
  EXPECT_THAT([&] { MatchByName(run, run, NameFilter("BM_Cpy")); },
              testing::ThrowsMessage<InputError>(
                  testing::HasSubstr("no benchmark of any run matches: did you mean BM_Copy?")));
}

// Another workload is another benchmark.
TEST(MatchByName, PairsNoUnlikeThreadsIterationsOrClocks) {
  const auto match = [](const std::string& b, const std::string& c) {
    const std::vector<BenchmarkRun> baseline = {WithNames({b})};
    const std::vector<BenchmarkRun> candidate = {WithNames({c})};
    return Names(MatchByName(baseline, candidate, NameFilter()));
  };
  EXPECT_THAT(match("W/threads:2", "W/threads:4"),
              testing::ElementsAre("W/threads:2 b", "W/threads:4 c"));
  EXPECT_THAT(match("W/real_time", "W/manual_time"),
              testing::ElementsAre("W/real_time b", "W/manual_time c"));
  EXPECT_THAT(match("W/iterations:1/repeats:3", "W/iterations:2/repeats:3"),
              testing::ElementsAre("W/iterations:1 b", "W/iterations:2 c"));
  EXPECT_THAT(match("W/min_time:1/threads:2", "W/min_time:5/threads:2"),
              testing::ElementsAre("W b c"));
}

TEST(NameFilter, IsTheLibrarys) {
  const std::vector<BenchmarkRun> run = {
      WithNames({"Cold/manual_time", "WarmPool/Ssh/manual_time", "WarmPool/TagClaim/manual_time"})};
  EXPECT_EQ(MatchByName(run, run, NameFilter("WarmPool")).size(), 2U);
  EXPECT_EQ(MatchByName(run, run, NameFilter("-WarmPool")).size(), 1U);
  EXPECT_EQ(MatchByName(run, run, NameFilter("^(Cold|WarmPool/Ssh)$")).size(), 2U)
      << "the suffix is hidden";
  EXPECT_EQ(MatchByName(run, run, NameFilter("Cold/manual_time")).size(), 1U)
      << "and may be named all the same";
  EXPECT_EQ(MatchByName(run, run, NameFilter("all")).size(), 3U);
  EXPECT_THROW(NameFilter("("), InputError);
}

TEST(MatchFilters, PairsTwoNamesOfOneFile) {
  const BenchmarkRun run = WithNames({"Copy/8", "Copy/64", "Move/8", "Move/64", "Move/512"});
  EXPECT_THAT(Names(MatchFilters(run, "Copy", run, "Move")),
              testing::ElementsAre("[Copy vs. Move]/8 b c", "[Copy vs. Move]/64 b c",
                                   "[Copy vs. Move]/512 c"));
}

TEST(MatchFilters, PairsNoUnlikeThreads) {
  const BenchmarkRun run = WithNames({"A/threads:1", "B/threads:4"});
  EXPECT_THAT(Names(MatchFilters(run, "A", run, "B")),
              testing::ElementsAre("[A vs. B] b", "[A vs. B] c"));
}

TEST(MatchFilters, RefusesWhatWouldBeAmbiguous) {
  const BenchmarkRun run = WithNames({"InstanceType/t3.large", "InstanceType/m7i.large", "Cold"});
  EXPECT_THAT([&] { MatchFilters(run, "InstanceType/.*", run, "Cold"); },
              testing::ThrowsMessage<InputError>(
                  HasSubstr("matches both InstanceType/t3.large and InstanceType/m7i.large")));
  EXPECT_THAT([&] { MatchFilters(run, "Warm", run, "Cold"); },
              testing::ThrowsMessage<InputError>(HasSubstr("matches no benchmark")));
}

}  // namespace
}  // namespace launch_compare
