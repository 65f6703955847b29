// Fleets on the local cloud, run by launch_bench.
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
  EXPECT_THAT(program_->output(), HasSubstr("path: "));
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
