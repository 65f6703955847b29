// Clients and guests that take all the descriptors they can get.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "localcloud/loop/listener.h"
#include "localcloud/loop/owned_fd.h"
#include "tests/localcloud/http_client.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/test_port.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using test_support::LocalCloud;

std::size_t DescriptorsOf(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Returns clock ticks; there are a hundred per second.
long CpuTicksOf(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string field;
  long ticks = 0;
  for (int i = 1; i <= 15 && stat >> field; ++i) {
    if (i >= 14) ticks += std::stol(field);
  }
  return ticks;
}

// Admits everyone.
class OpenObserver : public RecordingObserver {
 public:
  bool Admits(const std::string& /*source*/, std::uint16_t /*port*/) override { return true; }
  bool AdmitsAny() override { return true; }
};

// A ready guest that everyone may reach. `endpoint_port` is that of MachineHarness.
class RunningGuest {
 public:
  explicit RunningGuest(std::uint16_t endpoint_port = 0) : cloud_({}, true, endpoint_port) {
    cloud_.PowerOn(cloud_.Add(1, &observer_), MachineHarness::Plan(1, key_.public_line));
    EXPECT_TRUE(observer_.WaitUntilReady());
  }
  std::unique_ptr<SshTestClient> LogIn() const {
    auto client = std::make_unique<SshTestClient>(MachineHarness::address(1), cloud_.port());
    EXPECT_EQ(client->Login(key_), 0);
    return client;
  }

 private:
  const TestKey key_;
  OpenObserver observer_;
  MachineHarness cloud_;
};

class Asking {
 public:
  explicit Asking(const std::string& url) {
    const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
    fd_ = OwnedFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(send(fd_.get(), request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    const timeval patience{60, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  std::string Answer() {
    char text[256];
    const ssize_t n = recv(fd_.get(), text, sizeof text, 0);
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
  }

 private:
  OwnedFd fd_;
};

TEST(ShortageAttack, WithoutDescriptorsTheEndpointWaitsAndSaysSoOnce) {
  LocalCloud cloud(test_support::ProgramPath("localcloud"), {"--time_scale=0", "--rtt=0"});
  rlimit before{};
  ASSERT_EQ(prlimit(cloud.pid(), RLIMIT_NOFILE, nullptr, &before), 0);
  rlimit none = before;
  none.rlim_cur = 4;
  ASSERT_EQ(prlimit(cloud.pid(), RLIMIT_NOFILE, &none, nullptr), 0);
  std::vector<Asking> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(cloud.endpoint_url());
  const long ticks = CpuTicksOf(cloud.pid());
  std::this_thread::sleep_for(std::chrono::seconds(3));  // in which it could use 300 ticks
  EXPECT_LT(CpuTicksOf(cloud.pid()) - ticks, 100) << "it spins";
  ASSERT_EQ(prlimit(cloud.pid(), RLIMIT_NOFILE, &before, nullptr), 0);
  for (Asking& client : clients) EXPECT_THAT(client.Answer(), ::testing::HasSubstr("healthy"));
  kill(cloud.pid(), SIGTERM);
  cloud.process().Wait();
  const std::string said = cloud.process().errors();
  EXPECT_THAT(said, ::testing::HasSubstr("new connections wait: Too many open files"));
  EXPECT_THAT(said, ::testing::HasSubstr("ulimit -n"));
  EXPECT_LT(said.size(), 1000u);
}

TEST(ShortageAttack, AGuestsConnectionsToItsMetadataAreBounded) {
  RunningGuest guest;
  const auto client = guest.LogIn();
  const std::size_t before = DescriptorsOf(getpid());
  const std::string open_many =
      "echo $$ > /tmp/holder; exec perl -MIO::Socket::INET -e '$| = 1; for (1..150) { push @s, "
      "IO::Socket::INET->new(PeerAddr "
      "=> "
      "\"169.254.169.254\", PeerPort => 80, Timeout => 1) || last } print scalar(@s), \"\\n\"; ";
  // While the connections are open.
  LIBSSH2_CHANNEL* const holder = client->Open(open_many + "sleep 600'");
  char line[16];
  ASSERT_GT(libssh2_channel_read_ex(holder, 0, line, sizeof line), 0);
  const std::size_t open = DescriptorsOf(getpid());
  EXPECT_GE(open, before + 60);
  EXPECT_LE(open, before + 64 + 16);
  const auto other = guest.LogIn();
  EXPECT_EQ(other->Run("echo served").out, "served\n");
  // Once they have ended, the service serves again.
  other->Run("kill $(cat /tmp/holder)");
  test_support::WaitUntil("metadata", [&] {
    return other
               ->Run(
                   "curl -s -m 5 -o /dev/null -w '%{http_code}' "
                   "http://169.254.169.254/latest/meta-data/")
               .out == "401";
  });
}

TEST(ShortageAttack, AGuestsConnectionsToTheEndpointAreBounded) {
  const OwnedFd endpoint = BindAddress("127.0.0.1", 0);
  ASSERT_EQ(listen(endpoint.get(), 512), 0);
  const std::uint16_t port = test_support::PortOf(endpoint.get());
  RunningGuest guest(port);
  const auto client = guest.LogIn();
  LIBSSH2_CHANNEL* const holder = client->Open(
      "exec perl -MIO::Socket::INET -e '$| = 1; for (1..150) { push @s, IO::Socket::INET->new("
      "PeerAddr => \"127.0.0.1\", PeerPort => " +
      std::to_string(port) + ", Timeout => 1) || last } print scalar(@s), \"\\n\"; sleep 600'");
  char line[16]{};
  ASSERT_GT(libssh2_channel_read_ex(holder, 0, line, sizeof line - 1), 0);
  EXPECT_GT(std::stoi(line), 64);
  std::vector<OwnedFd> arrived;
  pollfd wait{endpoint.get(), POLLIN, 0};
  while (arrived.size() < 64 && poll(&wait, 1, 60'000) > 0)
    arrived.emplace_back(accept4(endpoint.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(arrived.size(), 64u);
  EXPECT_EQ(poll(&wait, 1, 500), 0) << "a further one came";
  // Once they have ended, other connections succeed.
  const auto other = guest.LogIn();
  other->Run("pkill perl");
  arrived.clear();
  EXPECT_EQ(poll(&wait, 1, 30'000), 1);
}

TEST(ShortageAttack, ConnectionsToAGuestAreBounded) {
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const OwnedFd free = BindAddress("0.0.0.0", 0);
  const std::uint16_t port = test_support::PortOf(free.get());
  RunningGuest guest;
  const auto client = guest.LogIn();
  client->Run(
      "setsid perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalPort => " +
      std::to_string(port) +
      ", Listen => 400) or die; while ($c = $s->accept) { syswrite $c, \"x\"; push @c, $c }'"
      " > /dev/null 2>&1 < /dev/null &");
  std::vector<OwnedFd> clients;
  std::size_t served = 0;
  // At first, until the network has noticed that the guest listens, they are refused.
  test_support::WaitUntil("300 connections", [&] {
    int fd = -1;
    if (TryConnect(MachineHarness::address(1), port, &fd, std::chrono::seconds(10)) == 0)
      clients.emplace_back(fd);
    return clients.size() == 300;
  });
  for (const OwnedFd& connection : clients) {
    pollfd wait{connection.get(), POLLIN, 0};
    char text = 0;
    if (poll(&wait, 1, 30'000) == 1 && read(connection.get(), &text, 1) == 1) ++served;
  }
  EXPECT_EQ(served, 256u);
}

}  // namespace
}  // namespace localcloud
