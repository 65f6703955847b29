// Machines end by themselves if launch_bench was killed. The cloud really runs their timers.
#include "fixtures/guest/lifetime_limit.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "aws/ec2.h"
#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;

class LifetimeLimitTest : public LaunchProgramTest {
 protected:
  LifetimeLimitTest() : cloud_(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"}) {
    aws::ClientConfig config;
    config.service = "ec2";
    config.region = cloud_.region();
    config.endpoint_url = cloud_.endpoint_url();
    config.credentials = {cloud_.access_key_id(), cloud_.secret_access_key(), "", "the test"};
    ec2_ = std::make_unique<aws::Ec2>(std::make_shared<aws::Client>(config));
  }

  std::vector<aws::Instance> Named(const std::string& name) {
    return ec2_->DescribeInstances({{"tag:Name", {name}}}, {});
  }

  // Runs `technique` until a machine of it is running, then kills the run.
  void LaunchAndKill(const std::string& technique, const std::string& lifetime) {
    auto run = StartAt(
        cloud_, {"--benchmark_filter=^" + technique + "/", "--benchmark_repetitions=1000",
                 "--max_lifetime=" + lifetime, "--launch_timeout=" + lifetime, "--concurrency=3"});
    const auto runs = [](const aws::Instance& instance) { return instance.state == "running"; };
    test_support::WaitUntil("a running machine", [&] {
      const auto instances = Named(technique);
      return std::ranges::any_of(instances, runs);
    });
    run->Signal(SIGKILL);
    ASSERT_EQ(run->Wait(), 128 + SIGKILL);
  }

  // Expects that all machines of that name have ended. Those that the run did not terminate ended
  // by themselves.
  void ExpectToEnd(const std::string& name) {
    std::vector<aws::Instance> instances;
    test_support::WaitUntil("the end of all machines", [&] {
      instances = Named(name);
      return std::ranges::all_of(
          instances, [](const aws::Instance& instance) { return instance.state == "terminated"; });
    });
    EXPECT_TRUE(std::ranges::any_of(instances, [](const aws::Instance& instance) {
      return instance.state_reason.find("Instance initiated shutdown") != std::string::npos;
    })) << "nothing was left to end by itself";
  }

  LocalCloud cloud_;
  std::unique_ptr<aws::Ec2> ec2_;
};

TEST_F(LifetimeLimitTest, ByUserData) {
  LaunchAndKill("Cold", "3s");
  ExpectToEnd("Cold");
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "StopInstances"), 0);
}

// Machines of these images do not run user data.
TEST_F(LifetimeLimitTest, ByTheImageThatWasBaked) {
  for (const char* technique : {"MinimalAmi", "CustomInit"}) {
    LaunchAndKill(technique, "12s");
    ExpectToEnd(technique);
  }
}

TEST_F(LifetimeLimitTest, TheLabelNamesItForEveryTechnique) {
  auto run = StartAt(cloud_, {"--benchmark_filter=^(Cold|RebakedAmi|CustomInit)/",
                              "--benchmark_repetitions=1", "--max_lifetime=10m"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  for (const auto& [technique, expected] :
       std::map<std::string, std::string>{{"Cold", "600s by user data"},
                                          {"RebakedAmi", "600s by user data"},
                                          {"CustomInit", "600s by the image"}}) {
    const auto repetitions = Repetitions(technique);
    ASSERT_EQ(repetitions.size(), 1u) << technique;
    const json label = json::parse(std::string(repetitions[0].at("label")));
    EXPECT_EQ(label.at(fixtures::kLifetimeNote), expected) << technique;
  }
  EXPECT_EQ(Json().at("context").at("max_lifetime_s"), "600");
}

// A pool outlives many launches. Its members must not end in the middle of a launch.
TEST_F(LifetimeLimitTest, PoolsAreReplacedBeforeTheyEnd) {
  auto run = StartAt(cloud_, {"--benchmark_filter=^WarmPool/Ssh/", "--benchmark_repetitions=200",
                              "--max_lifetime=6s", "--launch_timeout=6s"});
  // A slow machine replaces the member before nearly every launch.
  EXPECT_EQ(run->Wait(std::chrono::minutes(5)), 0) << run->errors();
  const auto lines = Lines();
  const double seconds = (lines.back().at("start_monotonic_ns").get<double>() -
                          lines.front().at("start_monotonic_ns").get<double>()) /
                         1e9;
  ASSERT_GT(seconds, 3) << "too short to tell";
  EXPECT_GE(CountCalls(json::parse(cloud_.Truth()), "RunInstances"), 2);
}

TEST_F(LifetimeLimitTest, OneShorterThanALaunchMayTakeIsRefused) {
  auto run = Start({"--max_lifetime=10s"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("--max_lifetime"));
}

}  // namespace
}  // namespace suites
