#include "localcloud/sandbox/reserved_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "localcloud/loop/listener.h"

namespace localcloud {
namespace {

// The address that marks the reservation. No instance has it. (127.255.255.255 is the broadcast
// address of the loopback interface.)
constexpr char kKeeper[] = "127.255.255.254";

// Returns a port that no socket holds, neither at the wildcard address nor at any other. Only such
// a port can be bound at the wildcard address.
std::uint16_t FindFree() {
  const OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  socklen_t length = sizeof any;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "no SSH port can be found");
  }
  return ntohs(any.sin_port);
}

// Returns a socket that listens but never accepts, so that another local cloud of the same user
// cannot bind the same port. (Sockets of the same user with SO_REUSEPORT could join it at the port,
// see socket(7).)
OwnedFd Guard(std::uint16_t port) {
  OwnedFd fd = BindAddress(kKeeper, port);
  DropEverything(fd.get());
  StartListening(fd.get());
  const int on = 1;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot keep a port");
  }
  return fd;
}

// Returns a socket at the wildcard address that never listens, so that SYNs are answered with RST.
// It overlaps with every address of the host, IPv4-mapped IPv6 ones included. The kernel therefore
// refuses all binds to the port except those of BindReserved(). SO_REUSEADDR would admit every
// process that sets it too.
OwnedFd KeepEverywhere(std::uint16_t port) { return BindReserved("0.0.0.0", port); }

[[noreturn]] void Explain(std::uint16_t wanted, const std::system_error& error) {
  const std::string name = "SSH port " + std::to_string(wanted);
  if (error.code() == std::errc::permission_denied) {
    throw std::runtime_error(name +
                             " needs privileges: choose one above 1023, or 0 for any free one");
  }
  if (error.code() == std::errc::address_in_use) {
    throw std::runtime_error(
        name + " is taken by another listener: choose another one, or 0 for any free one");
  }
  throw std::runtime_error(name + " cannot be used: " + error.code().message());
}

}  // namespace

ReservedPort::ReservedPort(std::uint16_t wanted) {
  constexpr int kTries = 100;  // another process may take the port between FindFree() and the binds
  for (int i = 1;; ++i) {
    port_ = wanted != 0 ? wanted : FindFree();
    try {
      guard_ = Guard(port_);
      everywhere_ = KeepEverywhere(port_);
      return;
    } catch (const std::system_error& error) {
      guard_.Close();
      if (wanted != 0) Explain(wanted, error);
      if (i == kTries) throw;
    }
  }
}

}  // namespace localcloud
