// Fleets on the local cloud, run by launch_bench.
#include <map>

#include "fixtures/cost/prices.h"
#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

using FleetTest = FleetProgramTest;

TEST_F(FleetTest, ABaselineComesUpAndLeavesNothing) {
  ASSERT_EQ(Run("Baseline"), 0) << program_->errors();
  const auto runs = Repetitions("Fleet/Baseline");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 4);
  EXPECT_NEAR(PhaseSum(runs[0]), runs[0].at("real_time").get<double>(), kAdditionTolerance_ms);
  const auto label = nlohmann::json::parse(std::string(runs[0].at("label")));
  EXPECT_THAT(std::string(label.at("critical_path")), HasSubstr("runner_instances > "));
  EXPECT_THAT(std::string(label.at("modelled")), HasSubstr("runner_os_update"));
  EXPECT_GT(runs[0].at("modelled_ms").get<double>(), 0);
  EXPECT_THAT(program_->output(), HasSubstr("    critical path: "));
  EXPECT_THAT(program_->output(), HasSubstr("\ntook: from a step's first start to its last end"));
  // Three machines, each billed for at least a minute. The label must call the cost an estimate.
  const double minute = *fixtures::LaunchUsd("m7i.large", "us-west-2", fixtures::kMinimumBilled,
                                             fixtures::kAmazonLinuxVolumeGib, true);
  EXPECT_GE(runs[0].at("usd").get<double>(), 3 * minute * 0.999);
  EXPECT_EQ(runs[0].at("usd_idle_per_hour").get<double>(), 0);
  EXPECT_THAT(std::string(label.at("usd")), HasSubstr("estimate: on-demand list prices"));
  ExpectCleanAccount();
}

TEST_F(FleetTest, AnOrchestratorThatIsNeverHealthyIsOneLineAndACleanAccount) {
  EXPECT_EQ(Run("Baseline", R"("healthy_timeout": 1, "orchestrator_check": "false")"), 1);
  EXPECT_THAT(program_->output(), HasSubstr("was not healthy within"));
  ExpectCleanAccount();
}

TEST_F(FleetTest, WhatIsKeptGoesInTheEnd) {
  ASSERT_EQ(Run("AllOptimizations"), 0) << program_->errors();
  EXPECT_EQ(Repetitions("Fleet/AllOptimizations").at(0).at("tasks_done"), 4);
  EXPECT_GT(Repetitions("Fleet/AllOptimizations").at(0).at("usd_idle_per_hour"), 0);
  ExpectCleanAccount();
}

// The runners' type has another architecture than --instance_type, so it needs another image.
TEST_F(FleetTest, EachTypeHasAnImageOfItsArchitecture) {
  ASSERT_EQ(Run("DockerImage", R"("runner_type": "m7g.large")"), 0) << program_->output();
  const auto runners = Machines("runners");
  const auto orchestrators = Machines("orchestrator");
  ASSERT_THAT(runners, SizeIs(1));
  ASSERT_THAT(orchestrators, SizeIs(1));
  EXPECT_EQ(runners[0].instance_type, "m7g.large");
  EXPECT_NE(orchestrators[0].instance_type, "m7g.large");
}

// All machines are in the run's zone, like the machines of other benchmarks.
TEST_F(FleetTest, ItsSubnetIsInTheRunsZone) {
  ASSERT_EQ(Run("Baseline"), 0) << program_->output();
  for (const char* name : {"bastion", "orchestrator", "runners"}) {
    ASSERT_THAT(Machines(name), SizeIs(1)) << name;
    EXPECT_EQ(Machines(name)[0].availability_zone, "us-west-2a") << name;
  }
}

// In us-west-2a there is no t2.
TEST_F(FleetTest, OrInOneThatHasAllItsTypes) {
  ASSERT_EQ(Run("Baseline", R"("runner_type": "t2.micro")"), 0) << program_->output();
  for (const char* name : {"bastion", "orchestrator", "runners"}) {
    ASSERT_THAT(Machines(name), SizeIs(1)) << name;
    EXPECT_EQ(Machines(name)[0].availability_zone, "us-west-2b") << name;
  }
}

// What is needed to compare variants in pairs.
TEST_F(FleetTest, VariantsShareTheirRepetitionsAndTheBaselinePredictsThem) {
  ASSERT_EQ(
      Run("(Baseline|AsyncArchive)", R"("task_command": null)", {"--benchmark_repetitions=2"}), 0)
      << program_->output();
  // Of each repetition there are the baseline's and the variant's machines. The local cloud draws
  // their times by this tag.
  for (const std::string name : {"bastion", "orchestrator", "runners"}) {
    std::map<std::string, int> steps;
    for (const aws::Instance& machine : Machines(name)) {
      for (const aws::Tag& tag : machine.tags) {
        if (tag.key == "launch-bench:step") ++steps[tag.value];
      }
    }
    EXPECT_EQ(steps, (std::map<std::string, int>{{"0/" + name, 2}, {"1/" + name, 2}}));
  }
  const auto baselines = Repetitions("Fleet/Baseline");
  const auto variants = Repetitions("Fleet/AsyncArchive");
  ASSERT_THAT(baselines, SizeIs(2));
  ASSERT_THAT(variants, SizeIs(2));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(baselines[i].at("repetition"), i);
    EXPECT_EQ(variants[i].at("repetition"), i);
    // One that leaves the graph alone, and one that takes a step off the path.
    const double total = baselines[i].at("real_time").get<double>();
    EXPECT_NEAR(baselines[i].at("replayed_Spot_ms").get<double>(), total, kAdditionTolerance_ms);
    EXPECT_LT(baselines[i].at("replayed_AsyncArchive_ms").get<double>(), total);
    EXPECT_FALSE(variants[i].contains("replayed_AsyncArchive_ms"));
  }
  // The guests only model the work of the default task.
  const auto label = nlohmann::json::parse(std::string(baselines[0].at("label")));
  EXPECT_THAT(std::string(label.at("modelled")), HasSubstr(" tasks"));
  EXPECT_THAT(program_->output(), HasSubstr("replayed from the baseline's graph: "));
}

TEST_F(FleetTest, PrintsAPlan) {
  test_support::ChildProcess program({Program("launch_bench"), "--print_fleet_plan=SkipUpdates"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("digraph \"Fleet/SkipUpdates\""));
  test_support::ChildProcess wrong({Program("launch_bench"), "--print_fleet_plan=Faster"});
  EXPECT_EQ(wrong.Wait(), 2);
  EXPECT_THAT(wrong.errors(), HasSubstr("there is no variant 'Faster'"));
}

}  // namespace
}  // namespace suites
