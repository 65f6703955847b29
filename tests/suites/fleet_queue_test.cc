// Fleet/ManagedQueue on the local cloud, run by launch_bench. Its tasks are in SQS.
#include <signal.h>

#include "fixtures/leftovers/run_identity.h"
#include "tests/suites/fleet_program.h"

namespace suites {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kProfile[] = R"("instance_profile": "localcloud-instance")";

class FleetQueueTest : public FleetProgramTest {
 protected:
  static std::string With(const std::string& keys) { return std::string(kProfile) + ", " + keys; }
  std::vector<std::string> Queues() const { return aws::Sqs(Client("sqs")).ListQueues("lb-", {}); }
};

TEST_F(FleetQueueTest, ComesUpWithoutAnOrchestratorAndLeavesNothing) {
  ASSERT_EQ(Run("ManagedQueue", kProfile), 0) << program_->errors() << program_->output();
  const auto runs = Repetitions("Fleet/ManagedQueue");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 4);
  EXPECT_EQ(runs[0].at("reclaims"), 0);
  EXPECT_NEAR(PhaseSum(runs[0]), runs[0].at("real_time").get<double>(), kAdditionTolerance_ms);
  EXPECT_THAT(Machines("orchestrator"), IsEmpty());
  const auto label = json::parse(std::string(runs[0].at("label")));
  EXPECT_THAT(std::string(label.at("changed")), HasSubstr("dropped orchestrator_instance"));
  ExpectCleanAccount();
}

// The machine of a runner ends in the middle of a task. Another runner does the task, and each
// result exists and counts once.
TEST_F(FleetQueueTest, ARunnerOfTwoThatEndsInTheMiddleOfATask) {
  // After the bastion's launch, interrupts one of the two runners' machines. Each runner has a task
  // that takes longer.
  StartCloud({}, R"([{"fault": "shutting_down", "ms": 18000, "skip": 1, "times": 1}])");
  ASSERT_EQ(Run("ManagedQueue", With(R"("runners": 2, "tasks": 2, "task_command": "sleep 20",
                                        "claim_idle": 1, "heartbeat": 0.2)")),
            0)
      << program_->errors() << program_->output();
  const auto runs = Repetitions("Fleet/ManagedQueue");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].at("tasks_done"), 3);
  EXPECT_GE(runs[0].at("reclaims"), 1) << "the machine ended too early or too late";
  ExpectCleanAccount();
}

TEST_F(FleetQueueTest, QueuesAreTheRunsAndJournalledAndCleanedUpAfterAKill) {
  StartFleet("ManagedQueue", With(R"("task_command": "sleep 600")"));
  AwaitMachine("runners", "running");
  const auto queues = Queues();
  EXPECT_THAT(queues, SizeIs(3));
  for (const char* which : {"-tasks", "-tasks-local", "-results"})
    EXPECT_THAT(queues, Contains(EndsWith(which)));
  const json tags = json::parse(Client("sqs")->CallJson(
      "AmazonSQS", "ListQueueTags", json{{"QueueUrl", queues.front()}}.dump(), {}));
  for (const char* tag : {fixtures::kRunTag, fixtures::kOwnerTag, fixtures::kExpiresTag})
    EXPECT_TRUE(tags.at("Tags").contains(tag)) << tag;

  program_->Signal(SIGKILL);
  ASSERT_EQ(program_->Wait(), 128 + SIGKILL);
  std::string journal;
  for (const auto& entry :
       std::filesystem::directory_iterator(state_home() + "/launch_bench/journals")) {
    std::ifstream file(entry.path());
    journal.assign(std::istreambuf_iterator<char>(file), {});
  }
  int intents = 0;
  int made = 0;
  std::istringstream lines(journal);
  for (std::string text; std::getline(lines, text);) {
    const auto line = json::parse(text);
    if (line.value("kind", "") != "queue") continue;
    intents += line.at("event") == "intent" ? 1 : 0;
    made += line.at("event") == "made" ? 1 : 0;
  }
  EXPECT_EQ(intents, 3);
  EXPECT_EQ(made, 3);

  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + cloud_->endpoint_url()}, cloud_->Environment());
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("removed queues of run lb-"));
  EXPECT_THAT(Queues(), IsEmpty());
  ExpectCleanAccount();
}

TEST_F(FleetQueueTest, WithoutAnInstanceProfileItIsLeftOutWithOneLine) {
  // The library runs every benchmark that was registered.
  StartFleet("(ManagedQueue|CachedWorkload)");
  EXPECT_EQ(Wait(), 0) << program_->errors();
  EXPECT_THAT(program_->errors(), HasSubstr("Fleet/ManagedQueue is skipped: its runners need"));
  EXPECT_THAT(cloud_->Held(), IsEmpty());
  // The filter does not ask for it.
  EXPECT_EQ(Run("CachedWorkload"), 0) << program_->errors();
  EXPECT_THAT(program_->errors(), testing::Not(HasSubstr("is skipped")));
}

TEST_F(FleetQueueTest, AFilterNeedNotSayFleet) {
  test_support::ChildProcess program(
      {Program("launch_bench"), "--benchmark_filter=ManagedQueue", "--benchmark_list_tests"});
  EXPECT_EQ(program.Wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("Fleet/ManagedQueue/"));
}

// Runners that cannot reach SQS. They get credentials, but their calls go to a proxy that does not
// exist.
TEST_F(FleetQueueTest, RunnersWithoutAWayToTheQueueAreNamedWithTheirOwnWords) {
  const std::string keys = R"("local_runners": 0, "healthy_timeout": 5, "recipes": {
      "build-runner-image": "true",
      "install-runner": "printf 'proxy = 127.0.0.1:1\\nnoproxy = 169.254.169.254\\n' > /root/.curlrc"})";
  EXPECT_EQ(Run("ManagedQueue", With(keys)), 1);
  const std::string failure = FirstFailure("ManagedQueue");
  EXPECT_THAT(failure, HasSubstr("no runner has claimed a task"));
  EXPECT_THAT(failure, HasSubstr("; i-"));
  EXPECT_THAT(failure, HasSubstr("does not take its messages: curl: (7)"));
  ExpectCleanAccount();
}

}  // namespace
}  // namespace suites
