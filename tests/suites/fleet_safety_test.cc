// A fleet leaves nothing behind, even if it is killed, interrupted, limited or left alone.
#include <signal.h>

#include <algorithm>

#include "tests/suites/fleet_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// Long tasks, so that the run can be killed in the middle of them.
constexpr char kForever[] = R"("task_command": "sleep 600")";
constexpr char kNeverHealthy[] = R"("orchestrator_check": "false")";

class FleetSafetyTest : public FleetProgramTest {
 protected:
  void Kill() {
    program_->Signal(SIGKILL);
    ASSERT_EQ(program_->Wait(), 128 + SIGKILL);
  }
  // Cleans up as a user does after a killed run.
  void ExpectToBeCleanedUp() {
    EXPECT_THAT(cloud_->Held(), Not(IsEmpty()));
    auto cleanup =
        Start({"--cleanup", "--endpoint_url=" + cloud_->endpoint_url()}, cloud_->Environment());
    EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
    ExpectCleanAccount();
    EXPECT_TRUE(std::filesystem::is_empty(state_home() + "/launch_bench/journals"));
  }
  // No process of a local runner is left, and none of a guest, since its machines have ended.
  static void ExpectNoProcessOf(const std::string& fleet) {
    const std::string mark = "FLEET_PREFIX=" + fleet;
    test_support::WaitUntil("the end of the fleet's processes", [&] {
      bool found = false;
      for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream file(entry.path() / "environ");
        const std::string environment(std::istreambuf_iterator<char>(file), {});
        found = found || environment.find(mark) != std::string::npos;
      }
      return !found;
    });
  }
  std::string Journal() const {
    std::string text;
    for (const auto& entry :
         std::filesystem::directory_iterator(state_home() + "/launch_bench/journals")) {
      std::ifstream file(entry.path());
      text.assign(std::istreambuf_iterator<char>(file), {});
    }
    return text;
  }
  std::vector<std::string> Buckets() const { return aws::S3(Client("s3")).ListBuckets("", {}); }
};

TEST_F(FleetSafetyTest, KilledWhenItsBaseIsMade) {
  StartFleet("Baseline", kNeverHealthy);
  AwaitMachine("orchestrator", "pending");
  Kill();
  for (const char* prefix : {"vpc-", "subnet-", "igw-", "sg-", "i-", "lb-"})
    EXPECT_THAT(cloud_->Held(), Contains(StartsWith(prefix)));
  ExpectToBeCleanedUp();
}

TEST_F(FleetSafetyTest, KilledWhileItsRunnersRun) {
  StartFleet("Baseline", kForever);
  AwaitMachine("runners", "running");
  // Stands in for the archive.
  for (const std::string& bucket : Buckets())
    aws::S3(Client("s3")).PutObject(bucket, "results.tar.gz", "results", {});
  Kill();
  const std::string fleet = Buckets().front();
  ExpectToBeCleanedUp();
  ExpectNoProcessOf(fleet);
}

// Resources that are kept between launches belong to the run, too.
TEST_F(FleetSafetyTest, KilledWithAKeptBaseAndAnImage) {
  StartFleet("AllOptimizations", kForever);
  AwaitMachine("runners", "running");
  Kill();
  EXPECT_THAT(cloud_->Held(), Contains(StartsWith("ami-")));
  ExpectToBeCleanedUp();
}

TEST_F(FleetSafetyTest, InterruptedInTheMiddle) {
  for (const char* moment : {"orchestrator", "runners"}) {
    StartFleet("Baseline", moment == std::string("runners") ? kForever : kNeverHealthy);
    AwaitMachine(moment, "pending");
    program_->Signal(SIGINT);
    EXPECT_EQ(Wait(), 130) << program_->errors();
    ExpectCleanAccount();
  }
}

// The journal has an entry before the create call, and the identifier after it.
TEST_F(FleetSafetyTest, TheJournalKnowsAllThatItMakes) {
  StartFleet("Baseline", kForever);
  AwaitMachine("runners", "running");
  const std::string journal = Journal();
  for (const char* kind :
       {"VPC", "subnet", "route table", "gateway", "security group", "bucket", "instance"}) {
    std::size_t intents = 0;
    std::size_t made = 0;
    std::istringstream lines(journal);
    for (std::string text; std::getline(lines, text);) {
      const auto line = json::parse(text);
      if (line.value("kind", "") != kind) continue;
      intents += line.at("event") == "intent" ? 1 : 0;
      made += line.at("event") == "made" ? 1 : 0;
    }
    EXPECT_GE(intents, 1u) << kind;
    EXPECT_GE(made, 1u) << kind;
  }
  program_->Signal(SIGINT);
  EXPECT_EQ(Wait(), 130);
}

TEST_F(FleetSafetyTest, AFleetThatWouldExceedALimitIsNotBegun) {
  EXPECT_EQ(Run("Baseline", "", {"--max_instances=4", "--benchmark_repetitions=3"}), 1);
  EXPECT_THAT(program_->errors(), HasSubstr("not everything was launched: --max_instances=4"));
  const auto runs = Repetitions("Fleet/Baseline");
  ASSERT_THAT(runs, SizeIs(1)) << "a launch that was not made is not a result";
  EXPECT_FALSE(runs[0].contains("error_message"));
  const json truth = json::parse(cloud_->Truth());
  EXPECT_EQ(CountCalls(truth, "RunInstances"), 3) << "bastion, orchestrator and runner";
  EXPECT_EQ(CountCalls(truth, "CreateVpc"), 1);
  ExpectCleanAccount();
}

TEST_F(FleetSafetyTest, NorOneThatMayCostTooMuch) {
  // Three m7i.large for half an hour: some 0.16 USD.
  EXPECT_EQ(Run("Baseline", "", {"--max_usd=0.12"}), 1);
  EXPECT_THAT(program_->errors(), HasSubstr("not everything was launched: --max_usd=0.12"));
  EXPECT_EQ(CountCalls(json::parse(cloud_->Truth()), "CreateVpc"), 0);
  ExpectCleanAccount();
}

TEST_F(FleetSafetyTest, AwsIsToldWhatAFleetMakesAndMayCost) {
  const std::vector<std::string> flags{"--cloud=aws", "--benchmark_filter=Fleet/AllOptimizations/",
                                       "--benchmark_repetitions=5",
                                       "--ssh_port=" + std::to_string(cloud_->ssh_port())};
  auto asked = Start(flags, cloud_->Environment());
  EXPECT_EQ(asked->Wait(), 2);
  // Two runners per fleet, the kept bastion and orchestrator, and the machine for baking.
  EXPECT_THAT(asked->errors(), HasSubstr("5 launch(es), which take 13 machine(s)"));
  EXPECT_THAT(asked->errors(), HasSubstr("1 VPC(s)"));
  EXPECT_THAT(asked->errors(), HasSubstr("image"));
  EXPECT_THAT(asked->errors(), HasSubstr("USD"));
  EXPECT_THAT(cloud_->Held(), IsEmpty());
}

TEST_F(FleetSafetyTest, ItsMachinesEndThemselves) {
  StartCloud({});
  StartFleet("Baseline", std::string(kForever) + R"(, "timeout": 14)",
             {"--max_lifetime=15s", "--launch_timeout=15s"});
  AwaitMachine("runners", "running");
  Kill();
  for (const char* name : {"bastion", "orchestrator", "runners"}) {
    const auto ended = AwaitMachine(name, "terminated");
    EXPECT_THAT(ended.state_reason, HasSubstr("Instance initiated shutdown")) << name;
  }
  ExpectToBeCleanedUp();
}

// A kept machine is replaced after half of its lifetime, so that a launch has the other half: here
// 15 s, for tasks of 4 s.
TEST_F(FleetSafetyTest, WhatIsKeptIsMadeAnewBeforeItEndsItself) {
  EXPECT_EQ(Run("ReuseOrchestrator", R"("timeout": 60, "tasks": 2, "task_command": "sleep 4")",
                {"--max_lifetime=60s", "--launch_timeout=60s", "--benchmark_repetitions=6"}),
            0)
      << program_->errors() << program_->output();
  const auto lines = Lines();
  const double seconds = (lines.back().at("start_monotonic_ns").get<double>() -
                          lines.front().at("start_monotonic_ns").get<double>()) /
                         1e9;
  std::set<std::string> orchestrators;
  for (const auto& machine : Machines("orchestrator")) orchestrators.insert(machine.instance_id);
  ASSERT_GT(seconds, 30) << "too short to tell";
  EXPECT_GE(orchestrators.size(), 2u);
  ExpectCleanAccount();
}

// The launch timeout begins after the preparation.
TEST_F(FleetSafetyTest, WhatIsKeptMayTakeLongerThanALaunch) {
  EXPECT_EQ(
      Run("AllOptimizations", R"("recipes": {"os-update": "sleep 10"})", {"--launch_timeout=8s"}),
      0)
      << program_->errors() << program_->output();
}

TEST_F(FleetSafetyTest, ALifetimeShorterThanAFleetMayTakeIsRefused) {
  EXPECT_EQ(Run("Baseline", "", {"--max_lifetime=10m"}), 2);
  EXPECT_THAT(program_->errors(), HasSubstr("--max_lifetime"));
}

}  // namespace
}  // namespace suites
