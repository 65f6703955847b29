// Machines of a fleet that end while they are counted on.
#include <chrono>

#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kHostFails[] = R"([{"fault": "shutting_down", "ms": 1500, "skip": %, "times": 1}])";

class FleetLossTest : public FleetProgramTest {
 protected:
  // The launch (of the baseline: bastion, orchestrator, runners) whose host fails.
  void StartCloudThatLoses(const std::string& launch) {
    std::string faults = kHostFails;
    StartCloud({}, faults.replace(faults.find('%'), 1, launch));
  }
  // Long before the fleet's own deadline of 25 minutes: Wait() bounds it.
  void ExpectFailure(const std::string& config, const std::string& failure) {
    EXPECT_EQ(Run("Baseline", config), 1);
    EXPECT_THAT(FirstFailure("Baseline"), HasSubstr(failure));
    EXPECT_THAT(FirstFailure("Baseline"), testing::Not(HasSubstr("\n")));
    ExpectCleanAccount();
  }
};

TEST_F(FleetLossTest, AnOrchestratorInItsUserData) {
  StartCloudThatLoses("1");
  ExpectFailure(R"("recipes": {"install-orchestrator": "sleep 600"})", "the orchestrator: i-");
}

TEST_F(FleetLossTest, ARunnerInItsUserData) {
  StartCloudThatLoses("2");
  ExpectFailure(R"("recipes": {"install-runner": "sleep 600"})", "the runners: i-");
}

TEST_F(FleetLossTest, AnOrchestratorWhileTasksRun) {
  StartCloud({}, R"([{"fault": "shutting_down", "ms": 9000, "skip": 1, "times": 1}])");
  ExpectFailure(R"("task_command": "sleep 600")", "Server.InternalError: Internal error on launch");
}

// One that never gets as far as its SSH.
TEST_F(FleetLossTest, ABastionThatDoesNotBoot) {
  cloud_ = nullptr;
  cloud_ = std::make_unique<test_support::LocalCloud>(
      Program("localcloud"),
      std::vector<std::string>{
          "--time_scale=1", "--rtt=0",
          "--faults=" + WriteFile("faults.json", R"([{"fault": "shutting_down", "ms": 300}])")});
  ExpectFailure("", "the bastion: i-");
}

TEST_F(FleetLossTest, TheLastSpotRunner) {
  StartCloud({}, R"([{"fault": "spot_interruption", "ms": 9000}])");
  EXPECT_EQ(Run("Spot", R"("task_command": "sleep 600")"), 1);
  EXPECT_THAT(FirstFailure("Spot"), HasSubstr("the runners: "));
  EXPECT_THAT(FirstFailure("Spot"), HasSubstr("Server.SpotInstanceTermination"));
  ExpectCleanAccount();
}

// The one that is left claims what it had claimed: each result is there, and once. Tasks are long
// beside what lies between them, so that the interruption comes in the middle of one.
TEST_F(FleetLossTest, ASpotRunnerOfTwoInTheMiddleOfATask) {
  StartCloud({}, R"([{"fault": "spot_interruption", "ms": 9000, "times": 1}])");
  ASSERT_EQ(Run("Spot", R"("runners": 2, "tasks": 6, "task_command": "sleep 5", "claim_idle": 1,
                          "heartbeat": 0.2)"),
            0)
      << program_->errors() << program_->output();
  const auto runs = Repetitions("Fleet/Spot");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 7);
  EXPECT_GE(runs[0].at("reclaims"), 1) << "the interruption came too early or too late";
  const auto runners = Machines("runners");
  ASSERT_THAT(runners, SizeIs(2));
  EXPECT_TRUE(std::ranges::any_of(runners, [](const aws::Instance& runner) {
    return runner.state_reason.find("SpotInstanceTermination") != std::string::npos;
  }));
  ExpectCleanAccount();
}

}  // namespace
}  // namespace suites
