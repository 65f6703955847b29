// Fleets on the local cloud, by the program itself.
#include <gmock/gmock.h>

#include "aws/ec2.h"
#include "aws/s3.h"
#include "fixtures/child_command.h"
#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kSmall[] = R"("runners": 1, "local_runners": 1, "tasks": 3, "slow_poll": 0.2,
    "task_command": "true")";

class FleetTest : public LaunchProgramTest {
 protected:
  void SetUp() override {
    if (!fixtures::IsOnPath("redis-server") || !fixtures::IsOnPath("redis-cli"))
      GTEST_SKIP() << "no redis-server and redis-cli here";
    cloud_ = std::make_unique<test_support::LocalCloud>(
        Program("localcloud"), std::vector<std::string>{"--time_scale=0.002", "--rtt=0"});
  }

  int Run(const std::string& variant, const std::string& config) {
    program_ =
        StartAt(*cloud_, {"--benchmark_filter=Fleet/" + variant + "/", "--benchmark_repetitions=1",
                          "--fleet_config=" + WriteFile("fleet.json", config)});
    return program_->Wait(std::chrono::seconds(240));
  }

  std::shared_ptr<aws::Client> Client(const std::string& service) {
    aws::ClientConfig config;
    config.service = service;
    config.region = cloud_->region();
    config.endpoint_url = cloud_->endpoint_url();
    config.credentials = {cloud_->access_key_id(), cloud_->secret_access_key(), "", "test"};
    return std::make_shared<aws::Client>(std::move(config));
  }
  void ExpectCleanAccount() {
    aws::Ec2 ec2(Client("ec2"));
    const std::vector<aws::Filter> ours{{"tag-key", {"launch-bench:run"}}};
    EXPECT_THAT(ec2.DescribeVpcs(ours, {}), IsEmpty());
    EXPECT_THAT(ec2.DescribeSubnets(ours, {}), IsEmpty());
    EXPECT_THAT(ec2.DescribeInternetGateways(ours, {}), IsEmpty());
    EXPECT_THAT(ec2.DescribeSecurityGroups(ours, {}), IsEmpty());
    EXPECT_THAT(
        ec2.DescribeInstances(
            {ours[0], {"instance-state-name", {"pending", "running", "stopping", "stopped"}}}, {}),
        IsEmpty());
    EXPECT_THAT(aws::S3(Client("s3")).ListBuckets({}), IsEmpty());
  }

  std::unique_ptr<test_support::LocalCloud> cloud_;
  std::unique_ptr<test_support::ChildProcess> program_;
};

TEST_F(FleetTest, ABaselineComesUpAndLeavesNothing) {
  ASSERT_EQ(Run("Baseline", std::string("{") + kSmall + "}"), 0) << program_->errors();
  const auto runs = Repetitions("Fleet/Baseline");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 4);
  EXPECT_NEAR(PhaseSum(runs[0]), runs[0].at("real_time").get<double>(), kAdditionTolerance_ms);
  const auto label = nlohmann::json::parse(std::string(runs[0].at("label")));
  EXPECT_THAT(std::string(label.at("critical_path")), HasSubstr("runner_instances > "));
  EXPECT_THAT(std::string(label.at("modelled")), HasSubstr("runner_os_update"));
  EXPECT_GT(runs[0].at("modelled_ms").get<double>(), 0);
  EXPECT_THAT(program_->output(), HasSubstr("path: "));
  ExpectCleanAccount();
}

TEST_F(FleetTest, AnOrchestratorThatIsNeverHealthyIsOneLineAndACleanAccount) {
  EXPECT_EQ(Run("Baseline", std::string("{") + kSmall +
                                R"(, "healthy_timeout": 1, "orchestrator_check": "false"})"),
            1);
  EXPECT_THAT(program_->output(), HasSubstr("was not healthy within"));
  ExpectCleanAccount();
}

TEST_F(FleetTest, AnInterruptLeavesNothing) {
  program_ = StartAt(
      *cloud_,
      {"--benchmark_filter=Fleet/Baseline/", "--benchmark_repetitions=1",
       "--fleet_config=" + WriteFile("fleet.json", std::string("{") + kSmall +
                                                       R"(, "orchestrator_check": "false"})")});
  aws::Ec2 ec2(Client("ec2"));
  while (ec2.DescribeInstances({{"tag-key", {"launch-bench:fleet"}}}, {}).empty()) {
  }
  program_->Signal(SIGINT);
  EXPECT_EQ(program_->Wait(std::chrono::seconds(240)), 130) << program_->errors();
  ExpectCleanAccount();
}

TEST_F(FleetTest, WhatIsKeptGoesInTheEnd) {
  ASSERT_EQ(Run("AllOptimizations", std::string("{") + kSmall + "}"), 0) << program_->errors();
  EXPECT_EQ(Repetitions("Fleet/AllOptimizations").at(0).at("tasks_done"), 4);
  ExpectCleanAccount();
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
