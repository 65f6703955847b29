#include "localcloud/qemu/private_network.h"

#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/localcloud/qemu/fake_guest.h"
#include "tests/localcloud/test_loop.h"
#include "tests/support/wait_until.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Longer than the first retransmission of a SYN, so that two are seen to be dropped.
constexpr milliseconds kSilence{1500};
constexpr char kAnyone[] = "0.0.0.0/0";

// Runs `body` in a child process. Returns true if it succeeded; its failures are printed there.
bool SucceedsInChild(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

bool NamespacesAllowed() {
  const pid_t child = fork();
  if (child == 0) {
    const bool allowed = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    _exit(allowed ? 0 : 1);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

// A client's or a server's view of a TCP socket.
class TcpEnd {
 public:
  explicit TcpEnd(int fd) : fd_(fd) {}
  static TcpEnd Connecting(const std::string& address, std::uint16_t port,
                           const std::string& source = "") {
    TcpEnd end(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!source.empty()) {
      const sockaddr_in from = Place(source, 0);
      if (bind(end.fd_.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
        throw std::runtime_error("bind failed");
    }
    const sockaddr_in to = Place(address, port);
    if (connect(end.fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
        errno != EINPROGRESS)
      end.error_ = errno;
    return end;
  }
  static TcpEnd Listening(const std::string& address, std::uint16_t port) {
    TcpEnd end(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in at = Place(address, port);
    if (bind(end.fd_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        listen(end.fd_.get(), 16) != 0)
      throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
    return end;
  }
  // Returns "connected", "silent" if nothing came in time, or the error.
  std::string Outcome(milliseconds patience = milliseconds(20'000)) {
    if (error_ != 0) return std::strerror(error_);
    if (!Wait(POLLOUT, patience)) return "silent";
    socklen_t size = sizeof error_;
    getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error_, &size);
    return error_ == 0 ? "connected" : std::strerror(error_);
  }
  // Returns the address of the client.
  std::string Accept(std::optional<TcpEnd>* connection = nullptr) {
    if (!Wait(POLLIN, std::chrono::seconds(20))) return "nobody came";
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    TcpEnd accepted(accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &peer.sin_addr, text.data(), text.size());
    if (connection != nullptr) connection->emplace(std::move(accepted));
    return text.data();
  }
  bool HasClient() { return Wait(POLLIN, milliseconds(0)); }
  void Send(const std::string& bytes) {
    EXPECT_EQ(send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string Receive() {
    if (!Wait(POLLIN, std::chrono::seconds(20))) return "nothing came";
    std::array<char, 256> bytes{};
    const ssize_t count = recv(fd_.get(), bytes.data(), bytes.size(), 0);
    return count < 0 ? std::strerror(errno) : std::string(bytes.data(), bytes.data() + count);
  }

 private:
  static sockaddr_in Place(const std::string& address, std::uint16_t port) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &place.sin_addr);
    return place;
  }
  bool Wait(short what, milliseconds patience) const {
    pollfd wait{fd_.get(), what, 0};
    return poll(&wait, 1, static_cast<int>(patience.count())) == 1;
  }
  OwnedFd fd_;
  int error_ = 0;
};

// What GuestLink::Events told.
struct Told {
  std::optional<Clock::time_point> reset;
  std::optional<Clock::time_point> syn_ack;
  std::optional<Clock::time_point> banner;
  std::optional<Clock::time_point> dhcp;
};

std::string MacOf(int number) { return "02:00:00:00:00:0" + std::to_string(number); }
std::string PrivateOf(int number) { return "10.10.0." + std::to_string(number); }
std::string PublicOf(int number) { return "10.110.0." + std::to_string(number); }

// A private network with guests, in this process.
class Lab {
 public:
  // The guest is not up yet.
  GuestLink& Link(int number, std::vector<IngressRule> ingress, Told* told = nullptr,
                  std::uint16_t endpoint_port = 0) {
    GuestLink::Options options;
    options.mac_address = MacOf(number);
    options.hostname = "ip-10-10-0-" + std::to_string(number);
    options.addresses = {PrivateOf(number), PublicOf(number)};
    options.ingress = std::move(ingress);
    options.endpoint_port = endpoint_port;
    if (told != nullptr) {
      options.events.on_reset = [told](Clock::time_point at) { told->reset = at; };
      options.events.on_syn_ack = [told](Clock::time_point at) { told->syn_ack = at; };
      options.events.on_banner = [told](Clock::time_point at) { told->banner = at; };
      options.events.on_dhcp = [told](Clock::time_point at) { told->dhcp = at; };
    }
    links_.push_back(network_.Connect(std::move(options)));
    return *links_.back();
  }
  static std::unique_ptr<FakeGuest> Start(const GuestLink& link, int number) {
    return std::make_unique<FakeGuest>(link.tap(), MacOf(number), PrivateOf(number));
  }
  TestLoop& loop() { return loop_; }
  void Unlink() { links_.clear(); }

 private:
  TestLoop loop_;
  std::shared_ptr<ChildReaper> reaper_ = std::make_shared<ChildReaper>(loop_.base());
  PrivateNetwork network_{loop_.base(), reaper_};
  std::vector<std::unique_ptr<GuestLink>> links_;
};

TcpEnd ConnectingFrom(const FakeGuest& guest, const std::string& address, std::uint16_t port,
                      const std::string& source = "") {
  const FakeGuest::Inside inside(guest);
  return TcpEnd::Connecting(address, port, source);
}

TcpEnd ListeningIn(const FakeGuest& guest, std::uint16_t port) {
  const FakeGuest::Inside inside(guest);
  return TcpEnd::Listening("0.0.0.0", port);
}

std::string OutputOf(const std::string& command) {
  FILE* const pipe = popen(("PATH=$PATH:/usr/sbin:/sbin; " + command).c_str(), "re");
  std::string output;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  pclose(pipe);
  return output;
}

// Counts the processes of that name in this network namespace.
int ProcessesHere(const std::string& name) {
  const auto here = std::filesystem::read_symlink("/proc/self/ns/net");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string comm;
    std::ifstream(entry.path() / "comm") >> comm;
    std::error_code error;
    if (comm == name && std::filesystem::read_symlink(entry.path() / "ns/net", error) == here)
      ++count;
  }
  return count;
}

class PrivateNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NamespacesAllowed()) GTEST_SKIP() << "this system allows no network namespaces";
  }
  static void InNetwork(const std::function<void()>& body) {
    EXPECT_TRUE(SucceedsInChild([&] {
      EnterPrivateNetwork();
      body();
    }));
  }
};

TEST_F(PrivateNetworkTest, AnAddressWithoutAMachineDoesNotAnswer) {
  InNetwork([] {
    Lab lab;
    TcpEnd trap = TcpEnd::Listening("0.0.0.0", 22);
    EXPECT_EQ(TcpEnd::Connecting("10.10.0.9", 22).Outcome(kSilence), "silent");
    EXPECT_FALSE(trap.HasClient());
    EXPECT_EQ(TcpEnd::Connecting("10.110.0.9", 22).Outcome(kSilence), "silent");
    // The host itself answers.
    EXPECT_EQ(TcpEnd::Connecting(kHostAddress, 22).Outcome(), "connected");
    EXPECT_EQ(TcpEnd::Connecting(kHostAddress, 23).Outcome(), "Connection refused");
  });
}

TEST_F(PrivateNetworkTest, AMachineThatIsNotUpDoesNotAnswer) {
  InNetwork([] {
    Lab lab;
    lab.Link(4, {{kAnyone, 22, 22}});
    TcpEnd to_private = TcpEnd::Connecting(PrivateOf(4), 22);
    TcpEnd to_public = TcpEnd::Connecting(PublicOf(4), 22);
    // The kernel gives up a neighbour that does not answer after 3 seconds.
    EXPECT_EQ(to_private.Outcome(milliseconds(4000)), "silent");
    EXPECT_EQ(to_public.Outcome(milliseconds(0)), "silent");
  });
}

TEST_F(PrivateNetworkTest, APortIsFilteredThenClosedThenOpenAndTheTapTellsWhen) {
  InNetwork([] {
    Told told;
    Lab lab;
    GuestLink& link = lab.Link(4, {}, &told);
    const auto guest = Lab::Start(link, 4);
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 22).Outcome(kSilence), "silent");
    EXPECT_EQ(TcpEnd::Connecting(PublicOf(4), 22).Outcome(kSilence), "silent");

    link.SetIngress({{kAnyone, 22, 22}});
    const auto before = Clock::now();
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 22).Outcome(), "Connection refused");
    lab.loop().RunUntil([&] { return told.reset.has_value(); });
    EXPECT_GE(*told.reset, before - milliseconds(1));
    EXPECT_LE(*told.reset, Clock::now());
    EXPECT_FALSE(told.syn_ack);
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 23).Outcome(kSilence), "silent");

    TcpEnd server = ListeningIn(*guest, 22);
    TcpEnd client = TcpEnd::Connecting(PrivateOf(4), 22);
    EXPECT_EQ(client.Outcome(), "connected");
    std::optional<TcpEnd> connection;
    EXPECT_EQ(server.Accept(&connection), kHostAddress);
    lab.loop().RunUntil([&] { return told.syn_ack.has_value(); });
    connection->Send("other data");
    EXPECT_EQ(client.Receive(), "other data");
    connection->Send("SSH-2.0-guest\r\n");
    EXPECT_EQ(client.Receive(), "SSH-2.0-guest\r\n");
    lab.loop().RunUntil([&] { return told.banner.has_value(); });
    EXPECT_LT(*told.reset, *told.syn_ack);
    EXPECT_LT(*told.syn_ack, *told.banner);
    EXPECT_FALSE(told.dhcp);

    // New rules hold for new connections.
    link.SetIngress({{"10.0.0.2/32", 0, 65535}, {kAnyone, 80, 90}});
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 22).Outcome(kSilence), "silent");
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 80).Outcome(), "Connection refused");
    connection->Send("still there");
    EXPECT_EQ(client.Receive(), "still there");
  });
}

TEST_F(PrivateNetworkTest, PublicAddressesLeadToTheMachine) {
  InNetwork([] {
    Lab lab;
    GuestLink& link = lab.Link(4, {{kAnyone, 22, 22}});
    const auto guest = Lab::Start(link, 4);
    TcpEnd server = ListeningIn(*guest, 22);
    EXPECT_EQ(TcpEnd::Connecting(PublicOf(4), 22).Outcome(), "connected");
    EXPECT_EQ(server.Accept(), kHostAddress);
    EXPECT_EQ(TcpEnd::Connecting(PublicOf(4), 23).Outcome(kSilence), "silent");
  });
}

TEST_F(PrivateNetworkTest, MachinesReachEachOtherByRulesOnly) {
  InNetwork([] {
    Lab lab;
    GuestLink& four = lab.Link(4, {{PrivateOf(5) + "/32", 80, 80}});
    const auto guest_four = Lab::Start(four, 4);
    const auto guest_five = Lab::Start(lab.Link(5, {}), 5);
    const auto guest_six = Lab::Start(lab.Link(6, {}), 6);
    TcpEnd server = ListeningIn(*guest_four, 80);
    TcpEnd other_server = ListeningIn(*guest_five, 80);
    EXPECT_EQ(ConnectingFrom(*guest_five, PrivateOf(4), 80).Outcome(), "connected");
    EXPECT_EQ(server.Accept(), PrivateOf(5));
    TcpEnd from_six = ConnectingFrom(*guest_six, PrivateOf(4), 80);
    TcpEnd to_five = ConnectingFrom(*guest_four, PrivateOf(5), 80);
    TcpEnd other_port = ConnectingFrom(*guest_five, PrivateOf(4), 81);
    // To a public address it comes from its own public address, which no rule admits.
    TcpEnd to_public = ConnectingFrom(*guest_five, PublicOf(4), 80);
    EXPECT_EQ(from_six.Outcome(kSilence), "silent");
    EXPECT_EQ(to_five.Outcome(milliseconds(0)), "silent");
    EXPECT_EQ(other_port.Outcome(milliseconds(0)), "silent");
    EXPECT_EQ(to_public.Outcome(milliseconds(0)), "silent");

    four.SetIngress({{PublicOf(5) + "/32", 80, 80}});
    EXPECT_EQ(ConnectingFrom(*guest_five, PublicOf(4), 80).Outcome(), "connected");
    EXPECT_EQ(server.Accept(), PublicOf(5));
  });
}

TEST_F(PrivateNetworkTest, FalseSourcesAreDropped) {
  InNetwork([] {
    Lab lab;
    const auto guest_four = Lab::Start(lab.Link(4, {{PrivateOf(6) + "/32", 80, 80}}), 4);
    GuestLink& link = lab.Link(5, {});
    const auto guest_five = Lab::Start(link, 5);
    TcpEnd server = ListeningIn(*guest_four, 80);
    const OwnedFd metadata = link.ListenOnMetadataAddress();
    EXPECT_EQ(ConnectingFrom(*guest_five, "169.254.169.254", 80).Outcome(), "connected");
    // The SYN itself must not arrive: an answer would go elsewhere anyway.
    guest_five->Run("ip address add " + PrivateOf(6) + "/32 dev eth0");
    TcpEnd as_six = ConnectingFrom(*guest_five, PrivateOf(4), 80, PrivateOf(6));
    TcpEnd to_metadata = ConnectingFrom(*guest_five, "169.254.169.254", 80, PrivateOf(6));
    EXPECT_EQ(as_six.Outcome(kSilence), "silent");
    EXPECT_EQ(to_metadata.Outcome(milliseconds(0)), "silent");
    EXPECT_THAT(guest_four->Run("ss -tan"), Not(HasSubstr("SYN-RECV")));
    EXPECT_THAT(OutputOf("ss -tan"), Not(HasSubstr("SYN-RECV")));

    guest_five->Run("ip address del " + PrivateOf(6) + "/32 dev eth0");
    // It keeps the router's address, because its ARP requests are dropped, too.
    guest_five->Run(
        "router=$(ip neighbour show 10.10.0.1 dev eth0 | sed 's/.*lladdr \\([^ ]*\\).*/\\1/'); "
        "ip link set eth0 address " +
        MacOf(6) + " && ip neighbour replace 10.10.0.1 lladdr $router dev eth0 nud permanent");
    TcpEnd as_other_mac = ConnectingFrom(*guest_five, "169.254.169.254", 80);
    EXPECT_EQ(as_other_mac.Outcome(kSilence), "silent");
    EXPECT_THAT(OutputOf("ss -tan"), Not(HasSubstr("SYN-RECV")));
  });
}

TEST_F(PrivateNetworkTest, MachinesReachNothingElseOfTheHost) {
  InNetwork([] {
    Lab lab;
    const auto guest = Lab::Start(lab.Link(4, {}, nullptr, 4566), 4);
    TcpEnd endpoint = TcpEnd::Listening(kHostAddress, 4566);
    TcpEnd elsewhere = TcpEnd::Listening("127.0.0.1", 4566);
    TcpEnd everywhere = TcpEnd::Listening("0.0.0.0", 22);
    EXPECT_EQ(ConnectingFrom(*guest, kHostAddress, 4566).Outcome(), "connected");
    EXPECT_EQ(endpoint.Accept(), PrivateOf(4));
    // The guest sends to the host what it would deliver to itself.
    guest->Run(
        "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip route del table local "
        "127.0.0.0/8 dev lo; ip route del table local 127.0.0.1 dev lo; ip address del 127.0.0.1/8 "
        "dev lo; ip route add 127.0.0.1/32 via 10.10.0.1 src 10.10.0.4");
    std::vector<TcpEnd> attempts;
    for (const char* address : {kHostAddress, "10.10.0.1", "127.0.0.1", "169.254.169.254"})
      attempts.push_back(ConnectingFrom(*guest, address, 22));
    attempts.push_back(ConnectingFrom(*guest, "127.0.0.1", 4566));
    EXPECT_EQ(attempts.front().Outcome(kSilence), "silent");
    for (TcpEnd& attempt : attempts) EXPECT_EQ(attempt.Outcome(milliseconds(0)), "silent");
    EXPECT_FALSE(everywhere.HasClient());
    EXPECT_FALSE(elsewhere.HasClient());
  });
}

TEST_F(PrivateNetworkTest, EachMachineHasItsOwnMetadataListener) {
  InNetwork([] {
    Lab lab;
    GuestLink& four = lab.Link(4, {});
    GuestLink& five = lab.Link(5, {});
    const auto guest_four = Lab::Start(four, 4);
    const auto guest_five = Lab::Start(five, 5);
    TcpEnd for_four(four.ListenOnMetadataAddress().Release());
    TcpEnd for_five(five.ListenOnMetadataAddress().Release());
    EXPECT_EQ(ConnectingFrom(*guest_five, "169.254.169.254", 80).Outcome(), "connected");
    EXPECT_EQ(for_five.Accept(), PrivateOf(5));
    EXPECT_FALSE(for_four.HasClient());
    EXPECT_EQ(ConnectingFrom(*guest_four, "169.254.169.254", 80).Outcome(), "connected");
    EXPECT_EQ(for_four.Accept(), PrivateOf(4));
    EXPECT_FALSE(for_five.HasClient());
  });
}

TEST_F(PrivateNetworkTest, DhcpGivesTheAddress) {
  if (std::system("busybox udhcpc --help > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "busybox has no udhcpc here (apt-get install busybox-static)";
  InNetwork([] {
    Told told;
    Lab lab;
    FakeGuest guest(lab.Link(4, {}, &told).tap(), MacOf(4));
    const char* temporary = std::getenv("TMPDIR");
    const std::string script = std::string(temporary == nullptr ? "/tmp" : temporary) +
                               "/udhcpc-script-" + std::to_string(getpid());
    std::ofstream(script) << "#!/bin/sh\n[ $1 = bound ] && echo $ip $subnet via $router, "
                             "$hostname, $lease s, dns=$dns.\nexit 0\n";
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    const auto before = Clock::now();
    const std::string said = guest.Run(
        "ip link set eth0 up; busybox udhcpc -f -n -q -i eth0 -t 20 -T 1 -s " + script + " 2>&1");
    std::filesystem::remove(script);
    EXPECT_THAT(said,
                HasSubstr("10.10.0.4 255.255.0.0 via 10.10.0.1, ip-10-10-0-4, 3600 s, dns=."));
    lab.loop().RunUntil([&] { return told.dhcp.has_value(); });
    EXPECT_GE(*told.dhcp, before - milliseconds(1));
    EXPECT_LE(*told.dhcp, Clock::now());
  });
}

TEST_F(PrivateNetworkTest, NothingIsLeft) {
  InNetwork([] {
    {
      Lab lab;
      const auto guest_four = Lab::Start(lab.Link(4, {{kAnyone, 22, 22}}, nullptr, 4566), 4);
      const auto guest_five = Lab::Start(lab.Link(5, {}), 5);
      EXPECT_THAT(OutputOf("ip -o link"), AllOf(HasSubstr("guest1"), HasSubstr("guest2")));
      test_support::WaitUntil("two servers", [] { return ProcessesHere("dnsmasq") == 2; });
      lab.Unlink();  // while the guests keep their taps open, as QEMU might
      EXPECT_THAT(OutputOf("ip -o link"), Not(HasSubstr("guest")));
      EXPECT_THAT(OutputOf("ip route show table all; ip neighbour show nud all"),
                  Not(HasSubstr("guest")));
      const std::string rules = OutputOf("nft list ruleset");
      EXPECT_THAT(rules, HasSubstr("chain to_guests"));
      EXPECT_THAT(rules, AllOf(Not(HasSubstr("guest1")), Not(HasSubstr("10.10.0."))));
      // The addresses can be used again.
      lab.Link(4, {});
    }
    EXPECT_EQ(ProcessesHere("dnsmasq"), 0);
    EXPECT_EQ(OutputOf("nft list ruleset"), "");
    EXPECT_THAT(
        OutputOf("ip -o link; ip address; ip route"),
        AllOf(Not(HasSubstr("guest")), Not(HasSubstr("10.0.0")), Not(HasSubstr("169.254"))));
  });
}

TEST_F(PrivateNetworkTest, AKilledProcessLeavesNoServerAndItsRulesAreReplaced) {
  InNetwork([] {
    const pid_t victim = fork();
    if (victim == 0) {
      Lab lab;
      lab.Link(4, {{kAnyone, 22, 22}});
      for (;;) pause();
    }
    test_support::WaitUntil("its server", [] { return ProcessesHere("dnsmasq") == 1; });
    kill(victim, SIGKILL);
    waitpid(victim, nullptr, 0);
    test_support::WaitUntil("its end", [] { return ProcessesHere("dnsmasq") == 0; });
    EXPECT_THAT(OutputOf("ip -o link"), Not(HasSubstr("guest")));
    Lab lab;
    EXPECT_THAT(OutputOf("nft list ruleset"), Not(HasSubstr("guest1")));
    const auto guest = Lab::Start(lab.Link(4, {{kAnyone, 22, 22}}), 4);
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 22).Outcome(), "Connection refused");
  });
}

TEST_F(PrivateNetworkTest, MalformedOptionsAreRefused) {
  InNetwork([] {
    Lab lab;
    GuestLink& link = lab.Link(4, {{kAnyone, 22, 22}});
    const auto guest = Lab::Start(link, 4);
    for (const char* cidr :
         {"", "::/0", "10.0.0.0/33", "10.0.0.0/8 accept", "10.0.0.0/", "10.0.0/8"})
      EXPECT_THROW(link.SetIngress({{cidr, 1, 2}}), std::runtime_error) << cidr;
    EXPECT_EQ(TcpEnd::Connecting(PrivateOf(4), 22).Outcome(), "Connection refused");
    const auto left = OutputOf("nft list ruleset");
    EXPECT_THROW(lab.Link(5, {{"0.0.0.0/0\n", 1, 2}}), std::runtime_error);
    EXPECT_EQ(OutputOf("nft list ruleset"), left);
    EXPECT_THAT(OutputOf("ip -o link"), Not(HasSubstr("guest2")));
  });
}

TEST_F(PrivateNetworkTest, SaysWhatIsMissing) {
  InNetwork([] {
    // Other people's networks are left alone.
    OutputOf("ip tuntap add mode tap name other0; ip link set other0 up");
    try {
      Lab lab;
      ADD_FAILURE() << "took over another network";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("other0"));
    }
  });
}

TEST_F(PrivateNetworkTest, SaysWhichSettingForbidsNamespaces) {
  if (!SucceedsInChild([] { ASSERT_EQ(unshare(CLONE_NEWUSER), 0); }))
    GTEST_SKIP() << "this system allows no user namespaces";
  EXPECT_TRUE(SucceedsInChild([] {
    // The limit is that of the user namespace, so the system's is not touched.
    ASSERT_EQ(unshare(CLONE_NEWUSER), 0);
    std::ofstream("/proc/sys/user/max_net_namespaces") << 0;
    try {
      EnterPrivateNetwork();
      ADD_FAILURE() << "entered";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("user.max_net_namespaces is 0: sudo sysctl"));
    }
  }));
}

}  // namespace
}  // namespace localcloud
