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

// Much more than a slow machine needs, and less than the daemons here live: a program that is
// waited for together with its daemon ends too late.
constexpr seconds kPatience{60};

ChildOutcome RunShellUntil(const std::string& script, Clock::time_point deadline) {
  return ChildProgram({"sh", "-c", script}).Wait(deadline);
}

// Ends a daemon by its process id. Fails if it has already ended.
void KillPrintedPid(const std::string& output) {
  EXPECT_EQ(kill(std::stoi(output), SIGKILL), 0) << "the daemon was waited for";
}

TEST(ChildProgramAttack, ADaemonThatKeepsTheStreamsOpenIsNotWaitedFor) {
  const auto outcome =
      RunShellUntil("sleep 300 & echo $!; echo why >&2; exit 3", Clock::now() + kPatience);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kByItself);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.errors, "why\n");
  KillPrintedPid(outcome.output);
}

TEST(ChildProgramAttack, ADaemonThatWritesWithoutEndIsNotReadForEver) {
  const auto outcome = RunShellUntil("echo out; yes & yes >&2 & exit 0", Clock::now() + kPatience);
  EXPECT_EQ(outcome.end, ChildOutcome::End::kByItself);
  EXPECT_TRUE(outcome.output.starts_with("out\n"));
}

TEST(ChildProgramAttack, ClosedStreamsDoNotSuspendTheDeadline) {
  const auto outcome = RunShellUntil("exec >&- 2>&-; sleep 100", Clock::now() + seconds(1));
  EXPECT_EQ(outcome.end, ChildOutcome::End::kTooLate);
  EXPECT_EQ(outcome.signal, SIGKILL);
}

TEST(ChildProgramAttack, OneThatIgnoresSignalsAndWritesWithoutEndEndsAtTheDeadline) {
  const auto outcome = RunShellUntil("trap '' TERM INT HUP; yes", Clock::now() + seconds(1));
  EXPECT_EQ(outcome.end, ChildOutcome::End::kTooLate);
  EXPECT_EQ(outcome.signal, SIGKILL);
}

// A credential process may run for a minute. The session token is the daemon's process id.
TEST(ChildProgramAttack, ACredentialProcessThatLeavesADaemonGivesItsKeys) {
  const Credentials keys = RunCredentialProcess(
      R"(sleep 300 & printf '{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "s", )"
      R"("SessionToken": "%s"}' $!)",
      "test");
  EXPECT_EQ(keys.access_key_id, "AKID");
  KillPrintedPid(keys.session_token);
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
