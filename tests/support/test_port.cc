#include "tests/support/test_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace test_support {
namespace {

using aws::UniqueFd;
using fixtures::Clock;

void Check(int rc, const char* what) {
  if (rc < 0) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

aws::UniqueFd BoundTo(std::uint16_t port) {
  aws::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  Check(fd.get(), "socket");
  const int on = 1;
  Check(setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  const sockaddr_in address = Loopback(port);
  Check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return fd;
}

}  // namespace

std::uint16_t PortOf(int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  Check(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
  return ntohs(address.sin_port);
}

TestPort::TestPort() : filter_(BoundTo(0)) {
  port_ = PortOf(filter_.get());
  open_ = BoundTo(port_);
}

TestPort::Change TestPort::Filter() {
  const auto begun = Clock::now();
  Check(::listen(filter_.get(), 0), "listen");  // room for one
  queue_filler_ = ConnectTo(port_);
  return {begun, Clock::now()};
}

TestPort::Change TestPort::Close() {
  const auto begun = Clock::now();
  filter_ = aws::UniqueFd();
  if (open_) {
    // A listening socket cannot return to the bound state, so a new socket replaces it.
    int listening = 0;
    socklen_t length = sizeof listening;
    getsockopt(open_.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length);
    if (listening != 0) {
      open_ = aws::UniqueFd();
      open_ = BoundTo(port_);
    }
  }
  queue_filler_ = aws::UniqueFd();
  return {begun, Clock::now()};
}

TestPort::Change TestPort::Open() {
  const auto begun = Clock::now();
  filter_ = aws::UniqueFd();
  Check(::listen(open_.get(), 512), "listen");
  return {begun, Clock::now()};
}

aws::UniqueFd ConnectTo(std::uint16_t port) {
  aws::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Check(fd.get(), "socket");
  const sockaddr_in address = Loopback(port);
  Check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "connect");
  return fd;
}

std::set<unsigned> SynsUnderWay(std::uint16_t port) {
  constexpr unsigned kSynSent = 2;
  std::ifstream table("/proc/net/tcp");
  std::set<unsigned> ports;
  for (std::string line; std::getline(table, line);) {
    unsigned own = 0;
    unsigned there = 0;
    unsigned state = 0;
    constexpr const char* kForm = " %*d: %*8x:%4x %*8x:%4x %2x";
    if (std::sscanf(line.c_str(), kForm, &own, &there, &state) == 3 && there == port &&
        state == kSynSent) {
      ports.insert(own);
    }
  }
  return ports;
}

int OpenDescriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<int>(std::distance(begin(entries), end(entries)));
}

}  // namespace test_support
