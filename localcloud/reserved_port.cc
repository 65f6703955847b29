#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "localcloud/listener.h"
#include "localcloud/machine.h"
#include "localcloud/owned_fd.h"

namespace localcloud {
namespace {

// Where the reservation is kept; no instance has this address. (127.255.255.255 is lo's broadcast
// address.)
constexpr char kKeeper[] = "127.255.255.254";

// A port that nothing listens on, neither at a wildcard nor at any single address: only then can
// the wildcard address be bound. `reuse` overlooks connections in TIME_WAIT, and must not be set
// where the kernel chooses the port. Returns the port, 0 and errno where there is none.
std::uint16_t FindFree(std::uint16_t wanted, bool reuse) {
  const OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = reuse ? 1 : 0;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(wanted);
  socklen_t length = sizeof any;
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) return 0;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &length) != 0) return 0;
  return ntohs(any.sin_port);
}

// A socket that listens, though deaf: it keeps later wildcard listeners off the port, and the
// kernel from handing it out as a client's own port.
OwnedFd Keep(std::uint16_t port) {
  OwnedFd fd = BindAddress(kKeeper, port);
  DropEverything(fd.get());
  StartListening(fd.get());
  return fd;
}

}  // namespace

ReservedPort::ReservedPort(std::uint16_t wanted) {
  constexpr int kTries = 100;  // somebody else may take the port between finding and keeping it
  for (int i = 0; i < kTries; ++i) {
    const std::uint16_t port = FindFree(wanted, wanted != 0);
    if (port == 0) {
      const int error = errno;
      const std::string name = "SSH port " + std::to_string(wanted);
      if (error == EACCES) {
        throw std::runtime_error(name +
                                 " needs privileges: choose one above 1023, or 0 for any free one");
      }
      if (error == EADDRINUSE) {
        throw std::runtime_error(
            name + " is taken by another listener: choose another one, or 0 for any free one");
      }
      throw std::runtime_error(name + " cannot be used: " + std::strerror(error));
    }
    try {
      fd_ = Keep(port).Release();
      port_ = port;
      return;
    } catch (const std::runtime_error&) {
      if (wanted != 0 || i + 1 == kTries) throw;
    }
  }
}

ReservedPort::~ReservedPort() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace localcloud
