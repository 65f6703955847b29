// Attempts of a guest to do what it must not be able to do.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/sandbox_available.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/scripted_http_server.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

// Blocks until no process of the host, including guests' processes, has this name any more.
void AwaitEndOf(const std::string& pattern) {
  const std::string command = "pgrep -f '" + pattern + "' > /dev/null";
  test_support::WaitUntil("the end of " + pattern,
                          [&] { return std::system(command.c_str()) != 0; });
}

class SandboxIsolationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    machine_ = &cloud_.Add(1, &observer_);
    cloud_.PowerOn(*machine_, MachineHarness::Plan(1, key_.public_line));
    ASSERT_TRUE(observer_.WaitUntilReady());
  }
  CommandResult Run(const std::string& command) {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    if (client.Login(key_) != 0) throw std::runtime_error("login refused");
    return client.Run(command);
  }

  const TestKey key_;
  RecordingObserver observer_;
  RecordingObserver other_observer_;
  MachineHarness cloud_;
  Machine* machine_ = nullptr;
};

TEST_F(SandboxIsolationTest, SeesOnlyItsOwnTreeAndTheHostsPrograms) {
  TestDirectory outside;
  std::ofstream(outside / "secret") << "secret";
  EXPECT_NE(Run("cat " + (outside / "secret")).status, 0);
  EXPECT_NE(Run("sudo cat " + (outside / "secret")).status, 0);
  const char* home = std::getenv("HOME");
  if (home != nullptr && std::string(home) != "/root") {
    EXPECT_NE(Run(std::string("ls -d ") + home).status, 0);
  }
  EXPECT_EQ(Run("ls -A /root").out, "");
  EXPECT_EQ(Run("ls -A /mnt").out, "");
  // Only the parts of the sandbox are mounted.
  EXPECT_EQ(
      Run("awk '{print $5}' /proc/self/mountinfo | grep -v -e '^/$' -e ^/usr -e ^/dev -e ^/proc "
          "-e '^/etc/alternatives$' -e '^/s*bin$' -e '^/lib'")
          .out,
      "");
}

TEST_F(SandboxIsolationTest, CannotWriteOutsideItsTree) {
  for (const char* sudo : {"", "sudo "}) {
    EXPECT_NE(Run(std::string(sudo) + "touch /usr/bin/mine").status, 0);
    EXPECT_NE(Run(std::string(sudo) + "sh -c 'echo 1 > /proc/sys/kernel/core_pattern'").status, 0);
    EXPECT_NE(Run(std::string(sudo) + "sh -c 'echo b > /proc/sysrq-trigger'").status, 0);
    EXPECT_NE(Run(std::string(sudo) + "mount -o remount,rw /usr").status, 0);
    EXPECT_NE(Run(std::string(sudo) + "umount /usr").status, 0);
    EXPECT_NE(Run(std::string(sudo) + "mknod /tmp/disk b 8 0").status, 0);
  }
  EXPECT_FALSE(std::filesystem::exists("/usr/bin/mine"));
  // Not even as root of its own mount namespace.
  EXPECT_NE(
      Run("unshare --map-root-user --mount sh -c 'mount -o remount,rw /usr && touch /usr/bin/mine'")
          .status,
      0);
  EXPECT_NE(Run("unshare --map-root-user --mount sh -c 'umount /usr && ls /usr'").status, 0);
}

TEST_F(SandboxIsolationTest, MachinesAreSeparate) {
  cloud_.PowerOn(cloud_.Add(2, &other_observer_), MachineHarness::Plan(2, key_.public_line));
  ASSERT_TRUE(other_observer_.WaitUntilReady());
  SshTestClient other(MachineHarness::address(2), cloud_.port());
  ASSERT_EQ(other.Login(key_), 0);
  other.Run("echo mine > /home/ec2-user/file; setsid sleep 4323 > /dev/null 2>&1 < /dev/null &");
  EXPECT_NE(Run("ls /home/ec2-user/file").status, 0);
  EXPECT_NE(Run("ls " + cloud_.tree(2)).status, 0);
  EXPECT_EQ(Run("pgrep -f 'sleep 432[3]'").out, "");
  EXPECT_EQ(other.Run("pgrep -f 'sleep 432[3]' | wc -l").out, "1\n");
}

TEST_F(SandboxIsolationTest, SeesAndSignalsNoProcessOfTheHost) {
  const pid_t victim = fork();
  if (victim == 0) {
    pause();
    _exit(0);
  }
  Run("kill -9 " + std::to_string(victim) + "; kill -9 -1");
  EXPECT_EQ(waitpid(victim, nullptr, WNOHANG), 0) << "killed";
  kill(victim, SIGKILL);
  waitpid(victim, nullptr, 0);
  // Nor its own first process, on which all others depend.
  EXPECT_EQ(Run("kill -9 1; echo alive").out, "alive\n");
  // The first process and the shell.
  EXPECT_EQ(Run("set -- /proc/[0-9]*; echo $#").out, "2\n");
}

TEST_F(SandboxIsolationTest, ReachesNoNetwork) {
  EXPECT_EQ(Run("cat /proc/net/dev | grep : | cut -d: -f1 | tr -d ' '").out, "lo\n");
  const test_support::ScriptedHttpServer server(
      [](const test_support::ScriptedRequest&) { return test_support::ScriptedAnswer{}; });
  const std::string ask = "curl -s -m 2 " + server.url();
  EXPECT_EQ(std::system(ask.c_str()), 0);
  EXPECT_EQ(Run(ask).status, 7) << "the host's loopback";
  // Abstract sockets belong to a network namespace, too.
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string path = "isolation-test-" + std::to_string(getpid());
  path.copy(name.sun_path + 1, path.size());
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  listen(listener, 1);
  EXPECT_EQ(Run("grep -c " + path + " /proc/net/unix").out, "0\n");
  close(listener);
}

TEST_F(SandboxIsolationTest, HasNoPrivilegesAndNoDescriptorsOfItsHost) {
  for (const char* sudo : {"", "sudo "}) {
    EXPECT_EQ(Run(std::string(sudo) + "grep -E 'NoNewPrivs' /proc/self/status").out,
              "NoNewPrivs:\t1\n");
  }
  EXPECT_EQ(Run("grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | cut -f2 | sort -u").out,
            "0000000000000000\n");
  EXPECT_EQ(Run("ls /proc/self/fd | tr '\\n' ' '").out, "0 1 2 3 ") << "3 is ls's own";
  EXPECT_EQ(Run("ls /proc/1/fd").out, "") << "whoever opens its input can keep it from ending";
  // On the host, the guest is a user that owns nothing.
  EXPECT_EQ(Run("touch /tmp/owned").status, 0);
  struct stat what {};
  ASSERT_EQ(stat((cloud_.tree(1) + "/tmp/owned").c_str(), &what), 0);
  EXPECT_EQ(what.st_uid, GuestOwner());
  EXPECT_NE(what.st_uid, 0u);
}

TEST_F(SandboxIsolationTest, LinksInTheTreeLeadNowhereElse) {
  TestDirectory outside;
  std::ofstream(outside / "authorized_keys") << "";
  std::filesystem::permissions(outside / "", std::filesystem::perms::all);
  // Otherwise the machine would write there at its next boot.
  EXPECT_EQ(Run("rm -rf ~/.ssh && ln -s " + (outside / "") +
                " ~/.ssh && "
                "rm -f /etc/hostname && ln -s " +
                (outside / "hostname") +
                " /etc/hostname && "
                "rm -rf /run/localcloud && ln -s " +
                (outside / "") + " /run/localcloud")
                .status,
            0);
  cloud_.PowerOff(*machine_, false);
  observer_.Forget();
  const TestKey other;
  cloud_.PowerOn(*machine_, MachineHarness::Plan(1, other.public_line));
  ASSERT_TRUE(observer_.WaitFor(
      [](const auto& f) { return f.open != Clock::time_point{} || !f.console.empty(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // whatever else the boot writes
  EXPECT_TRUE(std::filesystem::is_empty(outside / "authorized_keys"));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(outside / ""))
    files += entry.exists();
  EXPECT_EQ(files, 1);
}

TEST_F(SandboxIsolationTest, EndsWhenTheMachineIsSwitchedOff) {
  EXPECT_EQ(Run("setsid sleep 4324 > /dev/null 2>&1 < /dev/null &").status, 0);
  EXPECT_NE(Run("pgrep -f 'sleep 432[4]'").out, "");
  cloud_.PowerOff(*machine_, false);
  AwaitEndOf("sleep 432[4]");
}

TEST(SandboxLifeTest, EndsWithItsHostProcessHoweverThatEnds) {
  const TestDirectory directory;
  const pid_t host = fork();
  if (host == 0) {
    setenv("TMPDIR", (directory / "").c_str(), 1);
    const TestKey key;
    RecordingObserver observer;
    MachineHarness cloud;
    cloud.PowerOn(cloud.Add(1, &observer), MachineHarness::Plan(1, key.public_line));
    observer.WaitUntilReady();
    SshTestClient client(MachineHarness::address(1), cloud.port());
    client.Login(key);
    client.Run("setsid sleep 4325 > /dev/null 2>&1 < /dev/null &");
    const bool runs = client.Run("pgrep -f 'sleep 432[5]' | wc -l").out == "1\n";
    if (runs) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  waitpid(host, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  AwaitEndOf("sleep 432[5]");
}

TEST(SandboxAvailableTest, SaysSo) {
  const TestDirectory directory;
  CreateBaseImage(directory / "image");
  std::string why;
  EXPECT_TRUE(SandboxAvailable(directory / "image", &why)) << why;
  EXPECT_FALSE(SandboxAvailable(directory / "nothing", &why));
  EXPECT_NE(why, "");
}

}  // namespace
}  // namespace localcloud
