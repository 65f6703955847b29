#include "localcloud/sandbox/guest_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "localcloud/loop/listener.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/test_port.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// Admits the host and chosen guests to one port.
class Guard : public RecordingObserver {
 public:
  bool Admits(const std::string& source, std::uint16_t port) override {
    const std::lock_guard lock(mutex_);
    return port == port_ && sources_.contains(source);
  }
  bool AdmitsAny() override { return true; }
  void Allow(std::uint16_t port, std::set<std::string> sources) {
    const std::lock_guard lock(mutex_);
    port_ = port;
    sources_ = std::move(sources);
  }

 private:
  std::mutex mutex_;
  std::uint16_t port_ = 0;
  std::set<std::string> sources_;
};

// Serves one line to each client and prints the client's address.
std::string Server(const std::string& address, std::uint16_t port, const std::string& line) {
  return "setsid perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr => \"" + address +
         "\", LocalPort => " + std::to_string(port) +
         ", Listen => 5, ReuseAddr => 1) or die; while ($c = $s->accept) { print $c \"" + line +
         " to \", $c->peerhost, \"\\n\"; close $c }' > /dev/null 2>&1 < /dev/null &";
}

std::string Ask(const std::string& address, std::uint16_t port) {
  return "perl -MIO::Socket::INET -e '$c = IO::Socket::INET->new(PeerAddr => \"" + address +
         "\", PeerPort => " + std::to_string(port) + ") or die \"$!\\n\"; print scalar(<$c>)' 2>&1";
}

class GuestNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int number : {1, 2, 3}) {
      Guard& guard = guards_[number - 1];
      Machine& machine = cloud_.Add(number, &guard);
      machines_.push_back(&machine);
      cloud_.PowerOn(machine, MachineHarness::Plan(number, key_.public_line));
    }
    for (Guard& guard : guards_) ASSERT_TRUE(guard.WaitUntilReady());
  }

  std::string RunOn(int number, const std::string& command) {
    SshTestClient client(MachineHarness::address(number), cloud_.port());
    if (client.Login(key_) != 0) throw std::runtime_error("login refused");
    return client.Run(command).out;
  }
  // Returns what the host reads there, or the name of the error.
  std::string AskFromHost(int number, std::uint16_t port) {
    int fd = -1;
    const int error = TryConnect(MachineHarness::address(number), port, &fd, milliseconds(2000));
    if (error != 0) return std::strerror(error);
    std::string text;
    char chunk[256];
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) > 0;) {
      text.append(chunk, static_cast<std::size_t>(n));
    }
    close(fd);
    return text;
  }
  // Blocks until AskFromHost() returns this.
  void AwaitFromHost(int number, const std::string& wanted) {
    test_support::WaitUntil(wanted, [&] { return AskFromHost(number, port_) == wanted; });
  }
  // The same from a guest.
  void AwaitFromGuest(int guest, int number, const std::string& wanted) {
    const std::string ask = Ask(MachineHarness::address(number), port_);
    test_support::WaitUntil(wanted, [&] { return RunOn(guest, ask) == wanted; });
  }

  const TestKey key_;
  // Tests run in parallel and share the host's addresses. This reserves a port, although others may
  // also bind it.
  const OwnedFd free_ = BindAddress("0.0.0.0", 0);
  const std::uint16_t port_ = test_support::PortOf(free_.get());
  Guard guards_[3];
  MachineHarness cloud_;
  std::vector<Machine*> machines_;
};

TEST_F(GuestNetworkTest, HostAndAdmittedGuestsReachWhatAGuestListensOn) {
  guards_[0].Allow(port_, {"127.0.0.1", MachineHarness::address(2)});
  EXPECT_EQ(AskFromHost(1, port_), "Connection refused") << "nobody listens yet";
  RunOn(1, Server(MachineHarness::address(1), port_, "one"));
  AwaitFromHost(1, "one to 127.0.0.1\n");
  // The guest sees the client's real address.
  AwaitFromGuest(2, 1, "one to " + MachineHarness::address(2) + "\n");
  EXPECT_EQ(RunOn(3, Ask(MachineHarness::address(1), port_)), "Connection refused\n");
  // Its own address is its own.
  EXPECT_THAT(RunOn(1, Ask(MachineHarness::address(1), port_)), HasSubstr("one to "));
}

TEST_F(GuestNetworkTest, RulesAndListenersAreLive) {
  RunOn(1, Server("0.0.0.0", port_, "all"));
  EXPECT_EQ(AskFromHost(1, port_), "Connection refused") << "no rule yet";
  guards_[0].Allow(port_, {"127.0.0.1"});
  AwaitFromHost(1, "all to 127.0.0.1\n");
  guards_[0].Allow(port_, {});
  AwaitFromHost(1, "Connection refused");
  guards_[0].Allow(port_, {"127.0.0.1"});
  AwaitFromHost(1, "all to 127.0.0.1\n");
  RunOn(1, "pkill perl || kill $(grep -la IO::Socket /proc/[0-9]*/cmdline | cut -d / -f 3)");
  AwaitFromHost(1, "Connection refused");
}

TEST_F(GuestNetworkTest, TwoGuestsMayServeTheSamePort) {
  for (int number : {1, 2}) {
    guards_[number - 1].Allow(port_, {"127.0.0.1", MachineHarness::address(3)});
    RunOn(number,
          Server(MachineHarness::address(number), port_, "guest " + std::to_string(number)));
  }
  for (int number : {1, 2}) {
    const std::string greeting = "guest " + std::to_string(number) + " to ";
    AwaitFromHost(number, greeting + "127.0.0.1\n");
    AwaitFromGuest(3, number, greeting + MachineHarness::address(3) + "\n");
  }
}

TEST_F(GuestNetworkTest, APowerOffEndsWhatWasCarried) {
  guards_[0].Allow(port_, {"127.0.0.1"});
  RunOn(1,
        "setsid perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => " +
            std::to_string(port_) +
            ", Listen => 5) or die; while ($c = $s->accept) { push @c, $c; print $c \"held\\n\"; "
            "$c->flush }' > /dev/null 2>&1 < /dev/null &");
  int fd = -1;
  test_support::WaitUntil("a connection", [&] {
    return TryConnect(MachineHarness::address(1), port_, &fd, milliseconds(2000)) == 0;
  });
  char chunk[16];
  ASSERT_EQ(recv(fd, chunk, 5, MSG_WAITALL), 5);
  cloud_.PowerOff(*machines_[0], false);
  EXPECT_LE(recv(fd, chunk, sizeof chunk, 0), 0) << "ended, not silent";
  close(fd);
  EXPECT_EQ(AskFromHost(1, port_), "Connection refused");
}

TEST_F(GuestNetworkTest, ARedisServerOfUserDataServesItsNeighbours) {
  if (!std::filesystem::exists("/usr/bin/redis-server")) {
    GTEST_SKIP() << "no /usr/bin/redis-server";
  }
  const std::string redis =
      "redis-cli -h " + MachineHarness::address(1) + " -p " + std::to_string(port_);
  cloud_.PowerOff(*machines_[0], false);
  guards_[0].Forget();
  guards_[0].Allow(port_, {MachineHarness::address(2)});
  Machine& fresh = cloud_.AddOn(4, cloud_.tree(1), &guards_[0]);
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.user_data =
      "#!/bin/sh\n"
      "redis-server --bind 0.0.0.0 --protected-mode no --save '' --daemonize no --port " +
      std::to_string(port_) +
      " &\n"
      "echo started\n";
  cloud_.PowerOn(fresh, plan);
  ASSERT_TRUE(guards_[0].WaitUntilReady());
  // The script ends without waiting for its background process, which continues.
  EXPECT_EQ(RunOn(1, "timeout 60 cloud-init status --wait"), "status: done\n");
  test_support::WaitUntil("Redis", [&] { return RunOn(2, redis + " incr n 2>&1") == "1\n"; });
  EXPECT_EQ(RunOn(2, redis + " incr n"), "2\n");
  EXPECT_THAT(RunOn(1, "cat /var/log/cloud-init-output.log"), HasSubstr("started"));
}

}  // namespace
}  // namespace localcloud
