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

// Where the reservation is kept; no instance has this address. (127.255.255.255 is lo's broadcast
// address.)
constexpr char kKeeper[] = "127.255.255.254";

// A port that nothing holds, neither at a wildcard nor at any single address: only then can the
// wildcard address be bound.
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

// A socket that listens, though deaf: another local cloud of the same user cannot bind its own.
// Others may join it at the port, if they are this user's and say SO_REUSEPORT (socket(7)).
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

// A socket at the wildcard address that never listens, so SYNs are answered with RST. Every address
// of the host overlaps with it, IPv6's mapped ones too, so the kernel refuses all binds to the port
// but those of BindReserved(). SO_REUSEADDR would let in everybody who sets it too.
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
  constexpr int kTries = 100;  // somebody else may take the port between finding and keeping it
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
