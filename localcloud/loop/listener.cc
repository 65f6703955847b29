#include "localcloud/loop/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace localcloud {
namespace {

[[noreturn]] void ThrowLastError(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// `share` is SO_REUSEADDR or SO_REUSEPORT. Either allows binding while connections of an earlier
// boot are still in TIME_WAIT.
OwnedFd Bind(const std::string& address, std::uint16_t port, int share) {
  const std::string name = address + ":" + std::to_string(port);
  sockaddr_in wanted{};
  wanted.sin_family = AF_INET;
  wanted.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &wanted.sin_addr) != 1) {
    throw std::runtime_error("cannot listen on " + name + ": not an IPv4 address");
  }
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) ThrowLastError("cannot make a socket for " + name);
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, share, &on, sizeof on);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) != 0) {
    ThrowLastError("cannot listen on " + name);
  }
  return fd;
}

}  // namespace

OwnedFd BindAddress(const std::string& address, std::uint16_t port) {
  return Bind(address, port, SO_REUSEADDR);
}

OwnedFd BindReserved(const std::string& address, std::uint16_t port) {
  return Bind(address, port, SO_REUSEPORT);
}

void DropEverything(int socket) {
  const int more_than_any_client_sends = 255;  // Linux sends 64 by default
  if (setsockopt(socket, IPPROTO_IP, IP_MINTTL, &more_than_any_client_sends,
                 sizeof more_than_any_client_sends) != 0) {
    ThrowLastError("cannot filter an address");
  }
}

void StartListening(int socket) {
  // The longest queue that the kernel allows. A full queue drops SYNs, and a client would take the
  // open port for a filtered one.
  if (listen(socket, SOMAXCONN) != 0) ThrowLastError("cannot listen on an address");
}

}  // namespace localcloud
