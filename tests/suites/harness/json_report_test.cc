#include "suites/harness/json_report.h"

#include <benchmark/benchmark.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "suites/harness/library_version.h"

namespace suites {
namespace {

using LibraryRun = benchmark::BenchmarkReporter::Run;

LibraryRun MakeRun(const std::string& name) {
  LibraryRun run;
  run.run_name.function_name = name;
  run.family_index = 0;
  run.per_family_instance_index = 0;
  run.repetition_index = 0;
  run.repetitions = 1;
  run.statistics = nullptr;
  run.real_accumulated_time = 1.5;
  return run;
}

nlohmann::json Written(const std::vector<LibraryRun>& runs,
                       const std::map<std::string, std::string>& context = {},
                       const std::string& prefix = "") {
  std::ostringstream out;
  JsonReport report(context, prefix);
  report.SetOutputStream(&out);
  report.ReportContext({});
  report.ReportRuns(runs);
  report.Finalize();
  return nlohmann::json::parse(out.str());  // throws if it is not JSON
}

TEST(JsonReportTest, WhatIsNotFiniteIsLeftOut) {
  LibraryRun run = MakeRun("Cold");
  run.run_type = LibraryRun::RT_Aggregate;
  run.aggregate_name = "cv";
  run.counters["retries"] = benchmark::Counter(std::nan(""));
  run.counters["huge"] = benchmark::Counter(HUGE_VAL);
  run.counters["api_ms"] = benchmark::Counter(0.25);
  run.cpu_accumulated_time = std::nan("");
  const auto json = Written({run});
  ASSERT_EQ(json["benchmarks"].size(), 1u);
  EXPECT_FALSE(json["benchmarks"][0].contains("retries"));
  EXPECT_FALSE(json["benchmarks"][0].contains("huge"));
  EXPECT_EQ(json["benchmarks"][0]["api_ms"], 0.25);
}

TEST(JsonReportTest, InterruptedRepetitionsAreNoResultsFailedOnesAre) {
  LibraryRun interrupted = MakeRun("Cold");
  SetFailed(&interrupted, fixtures::kInterruptedMessage);
  LibraryRun failed = MakeRun("Cold");
  SetFailed(&failed, "pending: i-1 is terminated");
  const auto json = Written({MakeRun("Cold"), failed, interrupted});
  ASSERT_EQ(json["benchmarks"].size(), 2u);
  EXPECT_EQ(json["benchmarks"][1]["error_message"], FailureMessage(failed));
}

TEST(JsonReportTest, ContextIsEscapedAndStandsBesideTheLibrarys) {
  const auto json = Written({MakeRun("Cold")}, {{"profile", R"(my "own"\profile.json)"}});
  EXPECT_EQ(json["context"]["profile"], R"(my "own"\profile.json)");
  EXPECT_TRUE(json["context"].contains("num_cpus"));
}

TEST(JsonReportTest, ThePrefixOfAnArmIsTakenOffNames) {
  const auto json = Written({MakeRun("B: Cold")}, {}, "B: ");
  EXPECT_TRUE(std::string(json["benchmarks"][0]["name"]).starts_with("Cold"));
  EXPECT_TRUE(std::string(json["benchmarks"][0]["run_name"]).starts_with("Cold"));
}

TEST(JsonReportTest, AFileWithoutResultsIsStillJson) {
  EXPECT_TRUE(Written({})["benchmarks"].empty());
}

}  // namespace
}  // namespace suites
