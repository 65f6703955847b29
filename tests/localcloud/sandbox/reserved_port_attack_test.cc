// Another user of this host tries to accept connections to an instance's SSH port.
#include <arpa/inet.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "tests/localcloud/machine_harness.h"
#include "tests/localcloud/ssh_test_client.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;

// One way to listen at a port.
struct Try {
  const char* name;
  int family;
  std::string address;
  int option;  // an option of SOL_SOCKET; 0: none
};

std::vector<Try> Tries(const std::string& address, bool share_ports) {
  std::vector<Try> tries = {
      {"the address", AF_INET, address, 0},
      {"the address, SO_REUSEADDR", AF_INET, address, SO_REUSEADDR},
      {"the wildcard, SO_REUSEADDR", AF_INET, "0.0.0.0", SO_REUSEADDR},
      {"IPv6's wildcard, SO_REUSEADDR", AF_INET6, "::", SO_REUSEADDR},
      {"the mapped address, SO_REUSEADDR", AF_INET6, "::ffff:" + address, SO_REUSEADDR},
  };
  if (share_ports) {
    tries.push_back({"the address, SO_REUSEPORT", AF_INET, address, SO_REUSEPORT});
    tries.push_back({"the wildcard, SO_REUSEPORT", AF_INET, "0.0.0.0", SO_REUSEPORT});
    tries.push_back({"IPv6's wildcard, SO_REUSEPORT", AF_INET6, "::", SO_REUSEPORT});
  }
  return tries;
}

// Returns true if the kernel lets this process listen. Without IPv6 on the host it never does.
bool Listens(const Try& how, std::uint16_t port) {
  const OwnedFd fd(socket(how.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1, off = 0;
  if (how.option != 0) setsockopt(fd.get(), SOL_SOCKET, how.option, &on, sizeof on);
  sockaddr_in6 six{};
  sockaddr_in four{};
  const sockaddr* where = reinterpret_cast<const sockaddr*>(&four);
  socklen_t length = sizeof four;
  if (how.family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    inet_pton(AF_INET6, how.address.c_str(), &six.sin6_addr);
    where = reinterpret_cast<const sockaddr*>(&six);
    length = sizeof six;
  } else {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    inet_pton(AF_INET, how.address.c_str(), &four.sin_addr);
  }
  return bind(fd.get(), where, length) == 0 && listen(fd.get(), 1) == 0;
}

// Returns the ways that succeed, one per line. As root, it also tries them as another user.
std::string WaysIn(const std::string& address, std::uint16_t port) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    const bool another = geteuid() == 0;
    if (another && (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0)) {
      _exit(1);
    }
    // SO_REUSEPORT lets processes of the same user share a port. That is not an attack.
    for (const Try& how : Tries(address, another)) {
      if (!Listens(how, port)) continue;
      (void)!write(ends[1], how.name, std::strlen(how.name));
      (void)!write(ends[1], "\n", 1);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string found;
  char buffer[512];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    found.append(buffer, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? found : "the attempts broke";
}

class PortAttack : public ::testing::Test {
 protected:
  std::string WaysIn() const {
    return localcloud::WaysIn(MachineHarness::address(1), cloud_.port());
  }

  const TestKey key_;
  RecordingObserver observer_;
  MachineHarness cloud_;
};

// The attempts do succeed at a port that is not reserved.
TEST_F(PortAttack, AFreePortCanBeTaken) {
  std::uint16_t port = 0;
  {
    const ReservedPort any(0);
    port = any.port();
  }
  const std::string ways = localcloud::WaysIn(MachineHarness::address(1), port);
  EXPECT_NE(ways.find("the address, SO_REUSEADDR\n"), std::string::npos) << ways;
  EXPECT_NE(ways.find("the wildcard, SO_REUSEADDR\n"), std::string::npos) << ways;
}

TEST_F(PortAttack, NobodyElseListensWhateverStateTheInstanceIsIn) {
  EXPECT_EQ(WaysIn(), "") << "before its first boot";
  BootPlan plan = MachineHarness::Plan(1, key_.public_line);
  plan.closed_after = milliseconds(0);
  plan.open_after = Clock::duration::max();
  Machine& machine = cloud_.Add(1, &observer_);
  cloud_.PowerOn(machine, plan);
  ASSERT_TRUE(observer_.WaitFor([](const auto& f) { return f.closed != Clock::time_point{}; }));
  int fd = -1;
  EXPECT_EQ(TryConnect(MachineHarness::address(1), cloud_.port(), &fd), ECONNREFUSED);
  EXPECT_EQ(WaysIn(), "") << "closed";

  plan.closed_after = Clock::duration::max();
  cloud_.PowerOff(machine, false);
  EXPECT_EQ(WaysIn(), "") << "off";
  cloud_.PowerOn(machine, plan);
  EXPECT_EQ(WaysIn(), "") << "filtered";

  cloud_.PowerOff(machine, false);
  cloud_.PowerOn(machine, MachineHarness::Plan(1, key_.public_line));
  ASSERT_TRUE(observer_.WaitUntilReady());
  EXPECT_EQ(WaysIn(), "") << "open";
  {
    SshTestClient client(MachineHarness::address(1), cloud_.port());
    EXPECT_EQ(client.Login(key_), 0);
  }
  cloud_.PowerOff(machine, false);
  EXPECT_EQ(WaysIn(), "") << "off, with connections in TIME_WAIT";
}

TEST_F(PortAttack, NorAtAPortThatWasAskedFor) {
  std::uint16_t number = 0;
  {
    const ReservedPort any(0);
    number = any.port();
  }
  const ReservedPort kept(number);
  EXPECT_EQ(localcloud::WaysIn(MachineHarness::address(1), number), "");
}

}  // namespace
}  // namespace localcloud
