// Programs that try to keep launch_bench waiting.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <string>

#include "aws/child_program.h"
#include "aws/credential_process.h"
#include "aws/error.h"

namespace aws {
namespace {

using std::chrono::seconds;

// Much less than the daemons here live, and much more than a slow machine needs.
constexpr seconds kSoon{30};

ChildOutcome RunShellUntil(const std::string& script, Clock::time_point deadline) {
  return ChildProgram({"sh", "-c", script}).Wait(deadline);
}

void KillPrintedPid(const std::string& output) { kill(std::stoi(output), SIGKILL); }

TEST(ChildProgramAttack, ADaemonThatKeepsTheStreamsOpenIsNotWaitedFor) {
  const auto begin = Clock::now();
  const auto outcome =
      RunShellUntil("sleep 300 & echo $!; echo why >&2; exit 3", begin + seconds(200));
  EXPECT_LT(Clock::now() - begin, kSoon);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kByItself);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.errors, "why\n");
  KillPrintedPid(outcome.output);
}

TEST(ChildProgramAttack, ADaemonThatWritesWithoutEndIsNotReadForEver) {
  const auto begin = Clock::now();
  const auto outcome = RunShellUntil("echo out; yes & yes >&2 & exit 0", begin + seconds(200));
  EXPECT_LT(Clock::now() - begin, kSoon);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kByItself);
  EXPECT_TRUE(outcome.output.starts_with("out\n"));
}

TEST(ChildProgramAttack, ClosedStreamsDoNotSuspendTheDeadline) {
  const auto begin = Clock::now();
  const auto outcome = RunShellUntil("exec >&- 2>&-; sleep 300", begin + seconds(1));
  EXPECT_LT(Clock::now() - begin, kSoon);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kTooLate);
  EXPECT_EQ(outcome.signal, SIGKILL);
}

TEST(ChildProgramAttack, OneThatIgnoresSignalsAndWritesWithoutEndEndsAtTheDeadline) {
  const auto begin = Clock::now();
  const auto outcome = RunShellUntil("trap '' TERM INT HUP; yes", begin + seconds(1));
  EXPECT_LT(Clock::now() - begin, kSoon);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kTooLate);
}

TEST(ChildProgramAttack, ACredentialProcessThatLeavesADaemonGivesItsKeys) {
  const auto begin = Clock::now();
  const Credentials keys = RunCredentialProcess(
      R"(sleep 40 & echo '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s"}')", "test");
  EXPECT_LT(Clock::now() - begin, kSoon);
  EXPECT_EQ(keys.access_key_id, "AKID");
}

TEST(ChildProgramAttack, ASignalIsNamed) {
  EXPECT_EQ(DescribeEnd(RunShellUntil("kill -SEGV $$", Clock::time_point::max())),
            "was ended by signal 11 (SIGSEGV)");
  EXPECT_EQ(DescribeEnd(RunShellUntil("exit 3", Clock::time_point::max())), "ended with status 3");
  try {
    RunCredentialProcess("kill -SEGV $$", "the helper");
    ADD_FAILURE() << "no keys, and no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("the helper was ended by signal 11 (SIGSEGV)"));
  }
}

}  // namespace
}  // namespace aws
