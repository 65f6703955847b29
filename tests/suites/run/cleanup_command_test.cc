// --cleanup as the next user of the account runs it.
#include <gmock/gmock.h>
#include <signal.h>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using test_support::LocalCloud;
using testing::HasSubstr;

class CleanupCommandTest : public LaunchProgramTest {
 protected:
  explicit CleanupCommandTest(const std::string& faults = "[]")
      : cloud_(Program("localcloud"),
               {"--time_scale=0.05", "--rtt=0ms", "--faults=" + WriteFile("faults.json", faults)}) {
  }

  // Starts a run and kills it in the middle of its launches.
  void LeaveARunBehind() {
    auto run = StartAt(cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=8"});
    test_support::WaitUntil("the third launch", [&] {
      return CountCalls(json::parse(cloud_.Truth()), "RunInstances") >= 3;
    });
    run->Signal(SIGKILL);
    EXPECT_EQ(run->Wait(), 128 + SIGKILL);
  }

  std::unique_ptr<ChildProcess> Cleanup(std::vector<std::string> flags) {
    flags.push_back("--endpoint_url=" + cloud_.endpoint_url());
    return Start(flags, cloud_.Environment());
  }

  LocalCloud cloud_;
};

TEST_F(CleanupCommandTest, WhatADeadProcessLeftIsRemoved) {
  LeaveARunBehind();
  auto cleanup = Cleanup({"--cleanup"});
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("removed run lb-"));
  const json truth = json::parse(cloud_.Truth());
  EXPECT_EQ(CountCalls(truth, "DeleteKeyPair"), 1);
  EXPECT_EQ(CountCalls(truth, "DeleteSecurityGroup"), 1);

  auto again = Cleanup({"--cleanup"});
  EXPECT_EQ(again->Wait(), 0);
  EXPECT_EQ(again->output(), "nothing to remove\n");
}

TEST_F(CleanupCommandTest, TheNextRunSaysWhatADeadOneLeft) {
  LeaveARunBehind();
  auto next =
      Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--local_time_scale=0.02"});
  EXPECT_EQ(next->Wait(), 0);
  EXPECT_THAT(next->errors(), HasSubstr("ended without cleaning up and left "));
  EXPECT_THAT(next->errors(), HasSubstr("1 key pair, 1 security group"));
  EXPECT_THAT(next->errors(), HasSubstr("./launch_bench --cleanup --endpoint_url=" +
                                        cloud_.endpoint_url() + " --region=us-west-2"));
  EXPECT_EQ(Cleanup({"--cleanup"})->Wait(), 0);
  auto after =
      Start({"--benchmark_filter=^Cold/", "--benchmark_repetitions=1", "--local_time_scale=0.02"});
  EXPECT_EQ(after->Wait(), 0);
  EXPECT_THAT(after->errors(), testing::Not(HasSubstr("ended without cleaning up")));
}

// With tags alone, the user would have to name the region of the dead run.
TEST_F(CleanupCommandTest, TheJournalKnowsTheRegion) {
  LeaveARunBehind();
  auto cleanup = Cleanup({"--cleanup", "--region=eu-west-1"});
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("in us-west-2: "));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 1);
}

TEST_F(CleanupCommandTest, AnotherCloudsRunIsLeftAlone) {
  LeaveARunBehind();
  const LocalCloud other(Program("localcloud"), {"--time_scale=0.05", "--rtt=0ms"});
  auto cleanup =
      Start({"--cleanup", "--endpoint_url=" + other.endpoint_url()}, other.Environment());
  EXPECT_EQ(cleanup->Wait(), 0);
  EXPECT_THAT(cleanup->errors(), HasSubstr("of another target"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 0);
  EXPECT_THAT(Cleanup({"--cleanup"})->Wait(), 0);
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 1);
}

TEST_F(CleanupCommandTest, ARunningRunIsLeftAlone) {
  auto run = StartAt(
      cloud_, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=20", "--concurrency=1"});
  test_support::WaitUntil("the first launch", [&] {
    return CountCalls(json::parse(cloud_.Truth()), "RunInstances") >= 1;
  });
  auto cleanup = Cleanup({"--cleanup"});
  EXPECT_EQ(cleanup->Wait(), 0);
  EXPECT_THAT(cleanup->output(), HasSubstr("left alone: run lb-"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 0);
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(), 130);
}

// The run has its own pid namespace, as in a container. Outside, its pid means another process or
// none.
TEST_F(CleanupCommandTest, ARunInAContainerIsLeftAloneWhileItRuns) {
  ChildProcess probe({"unshare", "-Urpf", "--mount-proc", "true"});
  if (probe.Wait() != 0) GTEST_SKIP() << "no user namespaces here";
  auto environment = cloud_.Environment();
  environment["XDG_STATE_HOME"] = state_home();
  ChildProcess run(
      {"unshare", "-Urpf", "--mount-proc", "--kill-child", Program("launch_bench"),
       "--benchmark_out=" + json_path(), "--benchmark_filter=^Cold/", "--benchmark_repetitions=200",
       "--concurrency=1", "--endpoint_url=" + cloud_.endpoint_url(),
       "--ssh_port=" + std::to_string(cloud_.ssh_port())},
      environment);
  test_support::WaitUntil("the first launch", [&] {
    return CountCalls(json::parse(cloud_.Truth()), "RunInstances") >= 1;
  });
  // First with its journal, then with its tags alone.
  for (const std::string& state : {state_home(), std::string(directory_ / "another")}) {
    auto another = cloud_.Environment();
    another["XDG_STATE_HOME"] = state;
    auto cleanup = Start({"--cleanup", "--endpoint_url=" + cloud_.endpoint_url()}, another);
    EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
    EXPECT_THAT(cleanup->output(), HasSubstr("left alone: run lb-"));
    EXPECT_THAT(cleanup->output(), testing::Not(HasSubstr("removed run")));
  }
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 0);
  // The lock of its journal shows that it has ended.
  run.Signal(SIGKILL);
  EXPECT_EQ(run.Wait(), 128 + SIGKILL);
  // (The kernel ends it shortly after its parent.)
  std::unique_ptr<ChildProcess> cleanup;
  for (int i = 0; i < 100; ++i) {
    cleanup = Cleanup({"--cleanup"});
    EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
    if (!cleanup->output().starts_with("left alone")) break;
  }
  EXPECT_THAT(cleanup->output(), HasSubstr("removed run lb-"));
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "DeleteKeyPair"), 1);
}

// EC2 answers a create call, and then does not know the new resource for a while. During that time
// NotFound does not mean that it was removed.
class HiddenMachineTest : public LaunchProgramTest {
 protected:
  // `hidden_ms` is how long a new machine is not found. The cloud's clock runs at real speed.
  explicit HiddenMachineTest(int hidden_ms = 6000)
      : cloud_(Program("localcloud"),
               {"--time_scale=0.05", "--rtt=0ms",
                "--faults=" + WriteFile("faults.json", R"([{"fault": "hidden_ids", "ms": )" +
                                                           std::to_string(hidden_ms) + "}]")}) {}

  // Blocks until the run knows of its first machine.
  std::unique_ptr<ChildProcess> StartCold(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--benchmark_filter=^Cold/", "--benchmark_repetitions=1"});
    auto run = StartAt(cloud_, flags);
    test_support::WaitUntil("a machine in the journal", [&] { return JournalHas("\"i-"); });
    return run;
  }
  std::unique_ptr<ChildProcess> Cleanup() {
    return Start({"--cleanup", "--endpoint_url=" + cloud_.endpoint_url()}, cloud_.Environment());
  }
  bool JournalHas(const std::string& text) const {
    const std::filesystem::path journals = state_home() + "/launch_bench/journals";
    if (!std::filesystem::exists(journals)) return false;
    return std::ranges::any_of(
        std::filesystem::directory_iterator(journals), [&](const auto& entry) {
          std::ifstream file(entry.path());
          const std::string journal(std::istreambuf_iterator<char>(file), {});
          return journal.find(text) != std::string::npos;
        });
  }

  LocalCloud cloud_;
};

TEST_F(HiddenMachineTest, AnInterruptedRunWaitsForIt) {
  auto run = StartCold({});
  run->Signal(SIGTERM);
  EXPECT_EQ(run->Wait(), 130) << run->errors();
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty()) << run->errors();
}

// A launch waits for its machine, and an interrupted one still does for kCreateGrace. Here the
// machine stays hidden for longer than that and the cleanup together.
class LongHiddenMachineTest : public HiddenMachineTest {
 protected:
  LongHiddenMachineTest() : HiddenMachineTest(15'000) {}
};

TEST_F(LongHiddenMachineTest, WhatDoesNotShowInTimeIsNamedAndFoundLater) {
  auto run = StartCold({"--cleanup_timeout=1s"});
  run->Signal(SIGTERM);
  EXPECT_EQ(run->Wait(), 130);
  EXPECT_THAT(run->errors(), HasSubstr("not removed: instance i-"));
  EXPECT_THAT(run->errors(), HasSubstr("not visible yet"));
  EXPECT_THAT(cloud_.Held(), testing::Not(testing::IsEmpty()));
  auto cleanup = Cleanup();
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("1 instance"));
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(state_home() + "/launch_bench/journals"));
}

TEST_F(HiddenMachineTest, ACleanupRightAfterAKillWaitsForIt) {
  auto run = StartCold({});
  run->Signal(SIGKILL);
  EXPECT_EQ(run->Wait(), 128 + SIGKILL);
  auto cleanup = Cleanup();
  EXPECT_EQ(cleanup->Wait(), 0) << cleanup->errors();
  EXPECT_THAT(cleanup->output(), HasSubstr("1 instance"));
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty());
}

TEST_F(CleanupCommandTest, AllWantsTheAccountsNumber) {
  LeaveARunBehind();
  auto asked = Cleanup({"--cleanup=all", "--yes"});
  EXPECT_EQ(asked->Wait(), 2);
  EXPECT_THAT(asked->output(), HasSubstr("run lb-"));
  const auto flag = asked->errors().find("--yes=");
  ASSERT_NE(flag, std::string::npos) << asked->errors();
  const std::string account =
      asked->errors().substr(flag, std::string("--yes=000000000000").size());
  EXPECT_EQ(CountCalls(json::parse(cloud_.Truth()), "TerminateInstances"), 0);

  auto wrong = Cleanup({"--cleanup=all", "--yes=123"});
  EXPECT_EQ(wrong->Wait(), 2);
  auto agreed = Cleanup({"--cleanup=all", account});
  EXPECT_EQ(agreed->Wait(), 0) << agreed->errors();
  EXPECT_THAT(agreed->output(), HasSubstr("removed run lb-"));
  EXPECT_TRUE(std::filesystem::is_empty(state_home() + "/launch_bench/journals"));
}

// The first listing of addresses is refused, so one region cannot be cleaned up.
class RefusedRegionTest : public CleanupCommandTest {
 protected:
  RefusedRegionTest()
      : CleanupCommandTest(R"([{"action": "DescribeAddresses",
      "error": "UnauthorizedOperation", "http_status": 403, "times": 1}])") {}
};

TEST_F(RefusedRegionTest, TheOthersAreCleanedUp) {
  LeaveARunBehind();
  auto environment = cloud_.Environment();
  environment["XDG_STATE_HOME"] = directory_ / "another";  // no journal of the run there
  auto cleanup = Start(
      {"--cleanup", "--region=eu-west-1,us-west-2", "--endpoint_url=" + cloud_.endpoint_url()},
      environment);
  EXPECT_EQ(cleanup->Wait(), 1) << cleanup->errors();
  EXPECT_THAT(cleanup->errors(), HasSubstr("eu-west-1 was not cleaned up: "));
  EXPECT_THAT(cleanup->errors(), HasSubstr("UnauthorizedOperation"));
  EXPECT_THAT(cleanup->output(), HasSubstr("removed run lb-"));
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty());
}

TEST_F(RefusedRegionTest, TheJournalOfARunThereStays) {
  LeaveARunBehind();
  auto cleanup = Cleanup({"--cleanup", "--region=eu-west-1"});
  EXPECT_EQ(cleanup->Wait(), 1) << cleanup->errors();
  EXPECT_THAT(cleanup->errors(), HasSubstr("us-west-2 was not cleaned up: "));
  EXPECT_THAT(cloud_.Held(), testing::Not(testing::IsEmpty()));
  auto again = Cleanup({"--cleanup", "--region=eu-west-1"});
  EXPECT_EQ(again->Wait(), 0) << again->errors();
  EXPECT_THAT(again->output(), HasSubstr("removed run lb-"));
  EXPECT_THAT(cloud_.Held(), testing::IsEmpty());
}

TEST_F(CleanupCommandTest, OnTheLocalCloudItMakesNoSense) {
  auto cleanup = Start({"--cleanup"});
  EXPECT_EQ(cleanup->Wait(), 2);
  EXPECT_THAT(cleanup->errors(), HasSubstr("--endpoint_url"));
}

}  // namespace
}  // namespace suites
