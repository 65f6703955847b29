// Kills the local cloud or launch_bench while the other one runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Blocks until `pid` has a child process that is a local cloud.
pid_t LocalCloudOf(pid_t pid) {
  const std::string id = std::to_string(pid);
  pid_t found = 0;
  test_support::WaitUntil("the local cloud's process", [&] {
    std::istringstream children(Contents("/proc/" + id + "/task/" + id + "/children"));
    for (pid_t child = 0; children >> child;) {
      if (Contents("/proc/" + std::to_string(child) + "/comm") == "localcloud\n") found = child;
    }
    return found != 0;
  });
  return found;
}

class LocalCloudProcessAttack : public LaunchProgramTest {
 protected:
  LocalCloudProcessAttack() { std::filesystem::create_directories(temporary()); }

  std::string temporary() const { return json_path() + ".tmp"; }
  void AwaitEmptied() const {
    test_support::WaitUntil("the removal of the local cloud's directory",
                            [&] { return std::filesystem::is_empty(temporary()); });
  }
  std::unique_ptr<test_support::ChildProcess> StartHere(
      std::map<std::string, std::string> environment = {}) const {
    environment["TMPDIR"] = temporary();
    return Start(
        {"--local_time_scale=0.1", "--benchmark_repetitions=3", "--benchmark_filter=^Cold/"},
        environment);
  }
};

TEST_F(LocalCloudProcessAttack, ItsDeathEndsTheRunAtOnceAtAnyMoment) {
  for (const int delay_ms : {0, 150, 400, 900, 1600, 2500, 3500, 4500, 5500}) {
    const auto run = StartHere();
    const pid_t cloud = LocalCloudOf(run->pid());
    ASSERT_GT(cloud, 0);
    // The local cloud is ready when the directory of its guests exists.
    test_support::WaitUntil("the local cloud's directory", [&] {
      return delay_ms <= 0 || !std::filesystem::is_empty(temporary());
    });
    std::this_thread::sleep_for(milliseconds(delay_ms));
    if (Contents("/proc/" + std::to_string(cloud) + "/comm") != "localcloud\n") break;
    kill(cloud, SIGKILL);
    const auto begin = std::chrono::steady_clock::now();
    const int status = run->Wait(seconds(60));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(30)) << delay_ms;
    const std::string errors = run->errors();
    if (status == 0) continue;  // the run was complete, and ended the local cloud itself
    EXPECT_THAT(status, testing::AnyOf(1, 2)) << errors;
    EXPECT_THAT(errors, testing::HasSubstr("killed by signal 9 (SIGKILL)")) << delay_ms;
    EXPECT_THAT(errors, testing::Not(testing::HasSubstr("--cleanup"))) << delay_ms;
    std::filesystem::remove_all(temporary());
    std::filesystem::create_directories(temporary());
  }
}

TEST_F(LocalCloudProcessAttack, KilledLaunchBenchLeavesNoLocalCloudAndNoDirectory) {
  for (int i = 0; i < 8; ++i) {
    const auto run = StartHere();
    const pid_t cloud = LocalCloudOf(run->pid());
    ASSERT_GT(cloud, 0);
    std::this_thread::sleep_for(milliseconds(170 * i));
    run->Signal(SIGKILL);
    run->Wait();
    // This file is empty if the process has ended and was not reaped yet.
    test_support::WaitUntil("the local cloud's end", [&] {
      return Contents("/proc/" + std::to_string(cloud) + "/cmdline").empty();
    });
    AwaitEmptied();
  }
}

TEST_F(LocalCloudProcessAttack, ItGetsNoCredentialsOfTheCaller) {
  const auto run = StartHere({{"AWS_SECRET_ACCESS_KEY", "caller-secret"},
                              {"AWS_PROFILE", "caller-profile"},
                              {"GITHUB_TOKEN", "caller-token"},
                              {"TZ", "UTC"}});
  const pid_t cloud = LocalCloudOf(run->pid());
  ASSERT_GT(cloud, 0);
  std::string environment;  // empty until the new program's memory is laid out
  test_support::WaitUntil("the local cloud's environment", [&] {
    environment = Contents("/proc/" + std::to_string(cloud) + "/environ");
    return !environment.empty();
  });
  EXPECT_THAT(environment, testing::HasSubstr("TZ=UTC"));
  EXPECT_THAT(environment, testing::Not(testing::HasSubstr("caller-")));
  run->Signal(SIGTERM);
  run->Wait();
}

}  // namespace
}  // namespace suites
