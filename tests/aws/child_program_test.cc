#include "aws/child_program.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "tests/support/wait_until.h"

namespace aws {
namespace {

constexpr Clock::time_point kNoDeadline = Clock::time_point::max();

ChildOutcome RunShell(const std::string& script,
                      std::map<std::string, std::string> environment = {}) {
  return ChildProgram({"sh", "-c", script}, std::move(environment)).Wait(kNoDeadline);
}

// Waits until a script has written a process id into `path`, and returns it.
pid_t PidFrom(const std::string& path) {
  pid_t pid = 0;
  test_support::WaitUntil("the child's process id",
                          [&] { return static_cast<bool>(std::ifstream(path) >> pid); });
  return pid;
}

TEST(ChildProgram, OutputErrorsAndStatusComeBack) {
  const auto outcome = RunShell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(outcome.end, ChildOutcome::End::kByItself);
  EXPECT_EQ(outcome.status, 3);
  EXPECT_EQ(outcome.output, "out\n");
  EXPECT_EQ(outcome.errors, "err\n");
  EXPECT_EQ(RunShell("kill -TERM $$").status, 128 + SIGTERM);
}

TEST(ChildProgram, ALargeOutputIsReadToItsEnd) {
  const auto outcome = RunShell("head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2");
  EXPECT_EQ(outcome.output.size(), 1000000u);
  EXPECT_EQ(outcome.errors.size(), 1000000u);
}

TEST(ChildProgram, ThereIsNoInput) { EXPECT_EQ(RunShell("cat; echo end").output, "end\n"); }

TEST(ChildProgram, TheEnvironmentIsAddedAndWins) {
  setenv("CHILD_PROGRAM_TEST", "ours", 1);
  EXPECT_EQ(RunShell("echo $CHILD_PROGRAM_TEST").output, "ours\n");
  EXPECT_EQ(RunShell("echo $CHILD_PROGRAM_TEST $ANOTHER",
                     {{"CHILD_PROGRAM_TEST", "theirs"}, {"ANOTHER", "one"}})
                .output,
            "theirs one\n");
}

TEST(ChildProgram, StopAndDeadlineKillItWithItsChildren) {
  std::stop_source stop;
  stop.request_stop();
  ChildProgram stopped({"sh", "-c", "sleep 1000 & sleep 1000"});
  const auto outcome = stopped.Wait(kNoDeadline, stop.get_token());
  EXPECT_EQ(outcome.end, ChildOutcome::End::kStopped);
  EXPECT_EQ(outcome.status, 128 + SIGKILL);
  ChildProgram late({"sleep", "1000"});
  EXPECT_EQ(late.Wait(Clock::now()).end, ChildOutcome::End::kTooLate);
}

TEST(ChildProgram, OneThatNobodyWaitsForEndsWithItsObject) {
  char directory[] = "/tmp/child_program_test-XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  const std::string file = std::string(directory) + "/pid";
  {
    const ChildProgram program({"sh", "-c", "sleep 1000 & echo $! > " + file + "; wait"});
    EXPECT_EQ(kill(PidFrom(file), 0), 0);
  }
  // Its new parent process reaps it soon.
  const pid_t pid = PidFrom(file);
  test_support::WaitUntil("the end of the child's own child", [&] {
    if (kill(pid, 0) != 0) return true;
    std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
    std::string id, name, state;
    return status >> id >> name >> state && state == "Z";
  });
  std::filesystem::remove_all(directory);
}

TEST(ChildProgram, WhatIsNotThereIsSaid) {
  EXPECT_THROW(ChildProgram({"no-such-program-here"}), std::system_error);
  EXPECT_FALSE(IsOnPath("no-such-program-here"));
  EXPECT_TRUE(IsOnPath("sh"));
}

}  // namespace
}  // namespace aws
