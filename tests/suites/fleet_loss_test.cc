// Machines of a fleet that end while the fleet needs them.
#include <chrono>

#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class FleetLossTest : public FleetProgramTest {
 protected:
  // Wait() ends long before the fleet's own deadline of 25 minutes.
  void ExpectFailure(const std::string& failure, const std::string& variant = "Baseline") {
    EXPECT_EQ(Wait(), 1) << program_->errors() << program_->output();
    EXPECT_THAT(FirstFailure(variant), HasSubstr(failure));
    EXPECT_THAT(FirstFailure(variant), testing::Not(HasSubstr("\n")));
    ExpectCleanAccount();
  }
};

TEST_F(FleetLossTest, AnOrchestratorInItsUserData) {
  StartFleet("Baseline", R"("recipes": {"install-orchestrator": "sleep 600"})");
  const aws::Instance orchestrator = AwaitMachine("orchestrator", "running");
  aws::Ec2(Client("ec2")).TerminateInstances({orchestrator.instance_id}, {});
  ExpectFailure("the orchestrator: " + orchestrator.instance_id);
}

// Bastion and orchestrator are launched in parallel, the runner after both.
TEST_F(FleetLossTest, ARunnerInItsUserData) {
  StartCloud({}, R"([{"fault": "shutting_down", "ms": 1500, "skip": 2, "times": 1}])");
  StartFleet("Baseline", R"("recipes": {"install-runner": "sleep 600"})");
  ExpectFailure("the runners: i-");
  // The trace shows how far the launch came, and the last output of the lost machine.
  const nlohmann::json trace = Lines().at(0).at("trace");
  EXPECT_TRUE(trace.at("reached_ms").contains("subnet")) << trace;
  EXPECT_FALSE(trace.at("reached_ms").contains("tasks")) << trace;
  EXPECT_THAT(trace.at("last_answers"), SizeIs(1)) << trace;
  EXPECT_THAT(trace.at("console"), testing::Not(testing::IsEmpty())) << trace;
  EXPECT_GT(Lines().at(0).at("counters").at("api_calls"), 1);
}

TEST_F(FleetLossTest, AnOrchestratorWhileTasksRun) {
  StartCloud({}, R"([{"fault": "shutting_down", "ms": 9000, "times": 2}])");
  StartFleet("Baseline", R"("task_command": "sleep 600")");
  ExpectFailure("Server.InternalError: Internal error on launch");
}

// A machine that ends before its SSH is ready.
TEST_F(FleetLossTest, ABastionThatDoesNotBoot) {
  cloud_ = nullptr;
  cloud_ = std::make_unique<test_support::LocalCloud>(
      Program("localcloud"),
      std::vector<std::string>{
          "--time_scale=1", "--rtt=0",
          "--faults=" + WriteFile("faults.json", R"([{"fault": "shutting_down", "ms": 300}])")});
  StartFleet("PersistentBase");  // makes the bastion before any other machine
  ExpectFailure("the bastion: i-", "PersistentBase");
}

TEST_F(FleetLossTest, TheLastSpotRunner) {
  StartCloud({}, R"([{"fault": "spot_interruption", "ms": 9000}])");
  EXPECT_EQ(Run("Spot", R"("task_command": "sleep 600")"), 1);
  EXPECT_THAT(FirstFailure("Spot"), HasSubstr("the runners: "));
  EXPECT_THAT(FirstFailure("Spot"), HasSubstr("Server.SpotInstanceTermination"));
  ExpectCleanAccount();
}

// The watcher ends the local runner and everything that it has started.
TEST_F(FleetLossTest, ALocalRunnerWhoseWatcherIsKilled) {
  StartFleet("Baseline", R"("task_command": "sleep 600")");
  AwaitMachine("runners", "running");
  const std::string driver = std::to_string(program_->pid());
  test_support::ChildProcess killer({"sh", "-c", R"(
    while kill -0 "$0"; do
      for runner in $(pgrep -P "$0" -x sh); do pkill -KILL -g "$runner" -x cat && exit; done
      sleep 0.1
    done
    exit 1)",
                                     driver});
  ASSERT_EQ(killer.Wait(), 0) << program_->output() << program_->errors();
  ExpectFailure("was ended by signal 9 (SIGKILL)");
  EXPECT_THAT(FirstFailure("Baseline"), HasSubstr("local runner lb-"));
}

// The remaining runner claims the tasks of the lost one, so each result exists exactly once. There
// is one task per runner, longer than the time until the interruption. So the interruption comes in
// the middle of a task, unless a runner needs all that time to begin.
TEST_F(FleetLossTest, ASpotRunnerOfTwoInTheMiddleOfATask) {
  StartCloud({}, R"([{"fault": "spot_interruption", "ms": 18000, "times": 1}])");
  ASSERT_EQ(Run("Spot", R"("runners": 2, "tasks": 2, "task_command": "sleep 20", "claim_idle": 1,
                          "heartbeat": 0.2)"),
            0)
      << program_->errors() << program_->output();
  const auto runs = Repetitions("Fleet/Spot");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 3);
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
