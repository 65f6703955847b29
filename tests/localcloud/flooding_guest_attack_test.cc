// Guests that write, ask or connect without end. The cloud must still serve everyone else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/socket.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "localcloud/loop/delayed_relay.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/signed_cloud.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

// Counts the console's lines without storing them.
class CountingObserver : public RecordingObserver {
 public:
  void OnConsole(const std::string&) override { ++lines; }
  void OnGuestReboot() override { ++reboots; }
  bool Admits(const std::string&, std::uint16_t) override { return true; }
  bool AdmitsAny() override { return true; }
  std::atomic<std::uint64_t> lines = 0;
  std::atomic<std::uint64_t> reboots = 0;
};

class FloodingGuestAttack : public ::testing::Test {
 protected:
  // Starts three guests that all run this.
  void Flood(const std::string& user_data) {
    for (int number = 1; number <= 3; ++number) {
      Machine& machine = cloud_.Add(number, &flooding_[number - 1]);
      BootPlan plan = MachineHarness::Plan(number, key_.public_line);
      plan.user_data = "#!/bin/sh\n" + user_data;
      cloud_.PowerOn(machine, plan);
      ASSERT_TRUE(flooding_[number - 1].WaitUntilReady());
    }
  }
  // Blocks until two of them have written as many lines.
  void AwaitLines(std::uint64_t wanted) const {
    test_support::WaitUntil(
        "the flood", [&] { return flooding_[0].lines >= wanted && flooding_[1].lines >= wanted; });
  }
  // Checks that another machine can still be started, and that its user can log in and work.
  void ExpectOthersAreServed() {
    const int number = 9;
    Machine& machine = cloud_.Add(number, &other_);
    cloud_.PowerOn(machine, MachineHarness::Plan(number, key_.public_line));
    ASSERT_TRUE(other_.WaitUntilReady());
    for (int i = 0; i < 3; ++i) {
      SshTestClient client(MachineHarness::address(number), cloud_.port());
      ASSERT_EQ(client.Login(key_), 0);
      EXPECT_EQ(client.Run("echo served").out, "served\n");
    }
  }

  static std::size_t CountDescriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  const TestKey key_;
  CountingObserver flooding_[3];
  RecordingObserver other_;
  MachineHarness cloud_;
};

TEST_F(FloodingGuestAttack, UserDataThatWritesWithoutEnd) {
  Flood("exec yes");
  AwaitLines(100'000);
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, UserDataThatWritesOneLineWithoutEnd) {
  Flood("exec tr '\\0' x < /dev/zero");
  AwaitLines(100);  // cut into pieces
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, ProcessesThatUserDataLeavesRunning) {
  Flood("yes &\nyes >&2 &\nexit 3");
  AwaitLines(100'000);
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, TheConsole) {
  Flood("yes > /run/localcloud/console &\n");
  AwaitLines(10'000);
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, ThePowerSwitch) {
  Flood("yes reboot > /run/localcloud/power &\n");
  ExpectOthersAreServed();
  EXPECT_GT(flooding_[0].reboots, 0u);
}

// The kernel needs a while to end them; nothing else waits for that.
TEST_F(FloodingGuestAttack, ThousandsOfProcessesThatARebootEnds) {
  Machine& machine = cloud_.Add(1, &flooding_[0]);
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  cloud_.PowerOn(machine, plan);
  ASSERT_TRUE(flooding_[0].WaitUntilReady());
  const auto run = [&](const std::string& command) {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    EXPECT_EQ(client.Login(key_), 0);
    return client.Run(command).out;
  };
  const std::string boot = run("cat /proc/sys/kernel/random/boot_id");
  run("i=0; while [ $i -lt 1500 ]; do sleep 600 > /dev/null 2>&1 & i=$((i + 1)); done");
  flooding_[0].Forget();
  cloud_.PowerOff(machine, false);
  cloud_.PowerOn(machine, plan);
  // Until then the port refuses connections.
  ASSERT_TRUE(flooding_[0].WaitUntilReady());
  // The command waits for the new boot's sandbox.
  EXPECT_NE(run("cat /proc/sys/kernel/random/boot_id"), boot);
}

TEST_F(FloodingGuestAttack, RequestsForMetadata) {
  Flood(
      "for i in 1 2 3 4; do while :; do curl -s -m 5 http://169.254.169.254/latest/meta-data/; "
      "done "
      "& done");
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, TensOfThousandsOfListeningPorts) {
  const std::size_t before = CountDescriptors();
  Flood(
      "ulimit -n $(ulimit -Hn)\n"
      "exec perl -MSocket -e 'for (1..20000) { socket($s[$_], PF_INET, SOCK_STREAM, 0) || last; "
      "bind($s[$_], sockaddr_in(20000 + $_, INADDR_ANY)); listen($s[$_], 1) } "
      "print \"listening\\n\"; sleep 600'");
  AwaitLines(1);
  ExpectOthersAreServed();
  // 64 ports per guest, on the host and in the networks of three others.
  EXPECT_LT(CountDescriptors() - before, 1000u);
}

TEST_F(FloodingGuestAttack, CommandsWhoseOutputIsReadWithoutEnd) {
  Flood("");
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> read_bytes = 0;
  std::vector<std::thread> readers;
  for (int number = 1; number <= 3; ++number) {
    readers.emplace_back([&, number] {
      SshTestClient client(MachineHarness::address(number), cloud_.port());
      if (client.Login(key_) != 0) return;
      LIBSSH2_CHANNEL* const channel = client.Open("yes");
      char chunk[32768];
      while (!stop) {
        const ssize_t n = libssh2_channel_read_ex(channel, 0, chunk, sizeof chunk);
        if (n < 0) return;
        read_bytes += static_cast<std::uint64_t>(n);
      }
    });
  }
  test_support::WaitUntil("a megabyte of output", [&] { return read_bytes >= (1 << 20); });
  ExpectOthersAreServed();
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(FloodingGuestAttack, ACommandEndsThoughWhatItLeftRunningWritesOn) {
  Flood("");
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), 0);
  const CommandResult result = client.Run("yes & yes >&2 & exit 3");
  EXPECT_EQ(result.status, 3);
  ExpectOthersAreServed();
}

TEST_F(FloodingGuestAttack, NothingOfWhatACommandWroteIsLost) {
  Flood("");
  SshTestClient client(MachineHarness::address(1), cloud_.port());
  ASSERT_EQ(client.Login(key_), 0);
  // One size is a multiple of what is read at a time, the other is not.
  for (const int size : {131072, 16777216, 16777217}) {
    EXPECT_EQ(client.Run("head -c " + std::to_string(size) + " /dev/zero").out.size(),
              static_cast<std::size_t>(size));
  }
  const std::string input(10 << 20, 'x');
  EXPECT_EQ(client.Run("wc -c", input).out, std::to_string(input.size()) + "\n");
}

TEST(FloodingCloudAttack, TheApiAnswersAndTheCloudEndsWhileGuestsFlood) {
  SignedCloud cloud;
  const std::string id = cloud.Launch("#!/bin/sh\nexec yes flood", 3);
  EXPECT_THAT(cloud.ConsoleOf(id, "flood"), ::testing::HasSubstr("flood"));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(cloud.Call("Action=DescribeInstances&Version=2016-11-15").status, 200);
  // EC2 keeps the last 64 KiB.
  EXPECT_LE(cloud.ConsoleOf(id, "flood").size(), std::size_t{64} << 10);
  EXPECT_EQ(cloud.Call("Action=TerminateInstances&Version=2016-11-15&InstanceId.1=" + id).status,
            200);
  cloud.process().Signal(SIGTERM);
  EXPECT_EQ(cloud.process().Wait(), 0);
}

// Sends requests through guests' own ways to the endpoint, from three guests at a time.
TEST(FloodingCloudAttack, TheApiAnswersWhileGuestsAskTheEndpointWithoutEnd) {
  SignedCloud cloud;
  const std::string url = cloud.endpoint_url();
  const std::string id = cloud.Launch(
      "#!/bin/sh\nfor i in 1 2 3 4; do (while :; do curl -s -m 5 " + url + "/ping " + url +
          "/ -o /dev/null -o /dev/null; done) & done\ncurl -s " + url + "/ping\necho asks-on\nwait",
      3);
  EXPECT_THAT(cloud.ConsoleOf(id, "asks-on"), ::testing::HasSubstr("healthy"));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(cloud.Call("Action=DescribeInstances&Version=2016-11-15").status, 200);
}

TEST(FloodingRelayAttack, ManySmallPacketsThatNobodyReadsTakeLittleMemory) {
  LoopThread loop;
  int client[2];
  int server[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, server), 0);
  const OwnedFd writer(client[0]);
  const OwnedFd reader(server[0]);
  fcntl(client[1], F_SETFL, O_NONBLOCK);
  fcntl(server[1], F_SETFL, O_NONBLOCK);
  std::unique_ptr<DelayedRelay> relay;
  loop.Do([&] {
    relay = std::make_unique<DelayedRelay>(loop.base(), std::chrono::hours(1), OwnedFd(client[1]),
                                           OwnedFd(server[1]), [] {});
  });
  const std::size_t before = mallinfo2().uordblks;
  std::size_t after = 0;
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(write(writer.get(), "x", 1), 1);
    loop.Do([] {});  // so that each is read separately
  }
  loop.Do([&] { after = mallinfo2().uordblks; });
  EXPECT_LT(after, before + (16 << 20)) << "64 KiB each would be 128 MiB";
  loop.Do([&] { relay.reset(); });
}

}  // namespace
}  // namespace localcloud
