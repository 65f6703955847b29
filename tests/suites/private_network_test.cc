// Runs launch_bench --cloud=qemu beside a program that stands for localcloud and never gets far.
#include "suites/private_network.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/suites/launch_program.h"
#include "tests/support/file_text.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kInterruptedText[] = "launch_bench: interrupted before the first launch: ";

bool NamespacesAreAllowed() {
  test_support::ChildProcess trial({"unshare", "--user", "--map-root-user", "--net", "true"});
  test_support::ChildProcess trial_of_root({"unshare", "--net", "true"});
  return trial_of_root.Wait() == 0 || trial.Wait() == 0;
}

class PrivateNetworkTest : public LaunchProgramTest {
 protected:
  PrivateNetworkTest() {
    std::filesystem::create_directory(programs());
    std::filesystem::create_directory(path());
    std::filesystem::copy_file(Program("launch_bench"), programs() + "/launch_bench");
  }
  void SetUp() override {
    if (!NamespacesAreAllowed()) GTEST_SKIP() << "network namespaces are not allowed here";
  }

  std::string programs() const { return directory_ / "programs"; }
  std::string path() const { return directory_ / "path"; }
  // Returns what localcloud has written to `name`.
  std::string Wrote(const std::string& name) const {
    return test_support::FileText(programs() + "/" + name);
  }
  bool IsThere(const std::string& name) const {
    return std::filesystem::exists(programs() + "/" + name);
  }

  void WriteScript(const std::string& file, const std::string& text) const {
    std::ofstream(file) << "#!/bin/sh\n" << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  // The commands are those of a shell; they run in the directory of the programs.
  void MakeLocalCloud(const std::string& image, const std::string& serve) const {
    WriteScript(programs() + "/localcloud",
                "cd \"$(dirname \"$0\")\"\necho \"$@\" >> calls\ncase $1 in\nimage) " + image +
                    " ;;\nserve) " + serve + " ;;\nesac\n");
  }
  // Comes before the real one on PATH.
  void MakeUnshare(const std::string& text) const {
    WriteScript(path() + "/unshare", "PATH=${PATH#*:}\n" + text);
  }

  std::unique_ptr<test_support::ChildProcess> Launch(
      const std::vector<std::string>& flags, std::map<std::string, std::string> environment = {}) {
    std::vector<std::string> command{programs() + "/launch_bench", "--cloud=qemu",
                                     "--benchmark_filter=^Cold/", "--benchmark_out=" + json_path()};
    command.insert(command.end(), flags.begin(), flags.end());
    environment["XDG_STATE_HOME"] = state_home();
    const char* const usual_path = std::getenv("PATH");
    environment.try_emplace("PATH", path() + ":" + (usual_path != nullptr ? usual_path : ""));
    return std::make_unique<test_support::ChildProcess>(command, environment);
  }
};

TEST_F(PrivateNetworkTest, TheSameProcessGoesOnInANetworkOfItsOwn) {
  MakeLocalCloud("readlink /proc/self/ns/net > outside",
                 "readlink /proc/self/ns/net > inside; echo $PPID > parent; "
                 "echo 'localcloud: this image does not boot' >&2; exit 2");
  // Another process's marker means nothing.
  auto run = Launch({"--qemu_image=small"}, {{"LAUNCH_BENCH_PRIVATE_NETWORK", "1"}});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_EQ(run->errors(), "localcloud: this image does not boot\n");
  EXPECT_EQ(run->output(), "");
  EXPECT_EQ(Wrote("calls"),
            "image small\n"
            "serve --exit_with_parent --machines=qemu --network=current --qemu_image=small\n");
  EXPECT_EQ(Wrote("outside"), std::filesystem::read_symlink("/proc/self/ns/net").string() + "\n");
  EXPECT_THAT(Wrote("inside"), StartsWith("net:"));
  EXPECT_NE(Wrote("inside"), Wrote("outside"));
  EXPECT_EQ(Wrote("parent"), std::to_string(run->pid()) + "\n");
  EXPECT_FALSE(std::filesystem::exists(json_path())) << "nothing was measured";
}

TEST_F(PrivateNetworkTest, OnlyTheImageComesThroughAProxy) {
  MakeLocalCloud("env > image_variables", "env > serve_variables; exit 2");
  auto run = Launch({}, {{"http_proxy", "http://user:secret@proxy:1"},
                         {"XDG_CACHE_HOME", "/cache"},
                         {"AWS_SECRET_ACCESS_KEY", "caller-secret"}});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(Wrote("image_variables"), HasSubstr("http_proxy=http://user:secret@proxy:1\n"));
  EXPECT_THAT(Wrote("serve_variables"), Not(HasSubstr("proxy")));
  for (const std::string file : {"image_variables", "serve_variables"}) {
    EXPECT_THAT(Wrote(file), HasSubstr("XDG_CACHE_HOME=/cache\n"));
    EXPECT_THAT(Wrote(file), Not(HasSubstr("caller-secret")));
  }
}

TEST_F(PrivateNetworkTest, AnInterruptEndsTheBuildOfTheImage) {
  MakeLocalCloud(
      "trap 'rm half_built; exit 1' TERM; touch half_built; "
      "while :; do sleep 0.01; done",
      "exit 2");
  auto run = Launch({});
  test_support::WaitUntil("the build", [&] { return IsThere("half_built"); });
  run->Signal(SIGINT);
  EXPECT_EQ(run->Wait(seconds(60)), 130);
  EXPECT_EQ(run->errors(), std::string(kInterruptedText) + "nothing was started\n");
  EXPECT_FALSE(IsThere("half_built"));
  EXPECT_EQ(Wrote("calls"), "image debian\n");
}

TEST_F(PrivateNetworkTest, AnImageThatCannotBeBuiltIsWrongSetUp) {
  MakeLocalCloud("echo 'localcloud: no space is left' >&2; exit 2", "exit 2");
  auto run = Launch({});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_EQ(run->errors(), "localcloud: no space is left\n");
  EXPECT_EQ(Wrote("calls"), "image debian\n");
  MakeLocalCloud("kill -KILL $$", "exit 2");
  run = Launch({});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_EQ(run->errors(),
            "launch_bench: the image debian was not built: localcloud was killed by signal 9 "
            "(SIGKILL)\n");
}

// The signal comes after the old program has stopped to look, and before the new one does.
TEST_F(PrivateNetworkTest, ASignalInBetweenReachesTheNewProgram) {
  MakeLocalCloud("exit 0", "exec sleep 100");
  MakeUnshare("case $* in *true) ;; *) kill -INT $$ ;; esac\nexec unshare \"$@\"\n");
  auto run = Launch({});
  EXPECT_EQ(run->Wait(seconds(60)), 130);
  EXPECT_THAT(run->errors(), StartsWith(kInterruptedText));
}

TEST_F(PrivateNetworkTest, AnInterruptEndsACloudThatIsNotReadyYet) {
  MakeLocalCloud("exit 0",
                 "trap 'touch ended; exit 0' TERM; touch begun; "
                 "while :; do sleep 0.01; done");
  auto run = Launch({});
  test_support::WaitUntil("the local cloud", [&] { return IsThere("begun"); });
  run->Signal(SIGTERM);
  EXPECT_EQ(run->Wait(seconds(60)), 130);
  EXPECT_EQ(run->errors(), std::string(kInterruptedText) + "the local cloud was not ready yet\n");
  EXPECT_TRUE(IsThere("ended"));
}

// A line such as localcloud prints when it is ready.
std::string Greeting(const std::string& machines) {
  return R"(echo '{"endpoint_url": "http://127.0.0.1:1", "region": "us-west-2", "access_key_id": )"
         R"("A", "secret_access_key": "S", "ssh_port": 22, "client_address": "10.0.0.1")" +
         machines + "}'; exec sleep 100";
}

TEST_F(PrivateNetworkTest, MoreMachinesThanTheHostHasRoomForAreRefused) {
  MakeLocalCloud("exit 0", Greeting(R"(, "machines": {"kind": "qemu", "accelerator": "tcg", )"
                                    R"("types": {"m7i.large": {"at_once": 3}}})"));
  auto run = Launch({"--concurrency=4", "--benchmark_repetitions=9"});
  EXPECT_EQ(run->Wait(seconds(60)), 2);
  EXPECT_THAT(run->errors(),
              HasSubstr("--concurrency=4 starts up to 4 machines at a time, and this host has room "
                        "for 3 virtual machine(s) of type m7i.large"));
}

TEST_F(PrivateNetworkTest, ACloudWithOtherMachinesIsNotMeasured) {
  MakeLocalCloud("exit 0", Greeting(""));
  auto run = Launch({});
  EXPECT_EQ(run->Wait(seconds(60)), 2);
  EXPECT_EQ(run->errors(),
            "launch_bench: the local cloud has other machines than it was told to have\n");
}

TEST_F(PrivateNetworkTest, OneLineSaysThatThereIsNoNamespace) {
  MakeLocalCloud("exit 0", "exit 0");
  MakeUnshare("echo 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n");
  auto run = Launch({});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(
      run->errors(),
      StartsWith("launch_bench: --cloud=qemu needs a network namespace of its own, and this "
                 "host refuses one (unshare: unshare failed: Operation not permitted); "));
  EXPECT_EQ(run->errors().find('\n'), run->errors().size() - 1);
  std::filesystem::remove(path() + "/unshare");
  run = Launch({}, {{"PATH", path()}});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_EQ(run->errors(),
            "launch_bench: --cloud=qemu needs the program unshare; install the package "
            "util-linux\n");
  EXPECT_FALSE(IsThere("calls")) << "no image was built";
}

TEST_F(PrivateNetworkTest, NothingIsStartedWithoutARun) {
  MakeLocalCloud("exit 0", "exit 0");
  auto run = Launch({"--benchmark_list_tests"});
  EXPECT_EQ(run->Wait(), 0);
  EXPECT_THAT(run->output(), StartsWith("Cold/"));
  run = Launch({"--cleanup"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("the machines of a run's own local cloud end with the run"));
  EXPECT_FALSE(IsThere("calls"));
}

}  // namespace
}  // namespace suites
