#include "localcloud/sandbox/reserved_port.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "localcloud/loop/listener.h"
#include "tests/support/test_port.h"

namespace localcloud {
namespace {

// Listens as another program would. Returns nothing if the kernel refuses it.
OwnedFd ListenElsewhere(const std::string& address, std::uint16_t port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      listen(fd.get(), 1) != 0)
    return {};
  return fd;
}

TEST(ReservedPortTest, AnyPortServesEveryInstanceAddress) {
  const ReservedPort port(0);
  EXPECT_GE(port.port(), 1024);
  for (const char* address : {"127.0.0.2", "127.0.0.1", "127.31.4.5", "127.255.0.1"}) {
    const OwnedFd listener = BindReserved(address, port.port());
    EXPECT_NO_THROW(StartListening(listener.get())) << address;
  }
}

TEST(ReservedPortTest, NobodyElseTakesItAtTheWildcard) {
  const ReservedPort port(0);
  EXPECT_FALSE(ListenElsewhere("0.0.0.0", port.port()));
}

TEST(ReservedPortTest, PortOfAWildcardListenerIsAnError) {
  const OwnedFd other = ListenElsewhere("0.0.0.0", 0);
  ASSERT_TRUE(other);
  try {
    const ReservedPort port(test_support::PortOf(other.get()));
    FAIL() << "reserved port " << port.port();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("taken"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(std::to_string(test_support::PortOf(other.get()))),
              std::string::npos);
  }
}

TEST(ReservedPortTest, PortOfAnotherLocalCloudIsAnError) {
  const ReservedPort first(0);
  EXPECT_THROW(ReservedPort(first.port()), std::runtime_error);
}

TEST(ReservedPortTest, CanBeAskedForAndIsFreeAgainAfterwards) {
  std::uint16_t number = 0;
  {
    const ReservedPort any(0);
    number = any.port();
  }
  const ReservedPort same(number);
  EXPECT_EQ(same.port(), number);
}

TEST(ReservedPortTest, PrivilegedPortNeedsPrivileges) {
  if (geteuid() == 0) GTEST_SKIP() << "root may take any port";
  try {
    const ReservedPort port(22);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("22"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace localcloud
