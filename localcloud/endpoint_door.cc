#include "localcloud/endpoint_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace localcloud {
namespace {

void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Under way, to this process's own listener; none where it cannot be had.
OwnedFd ConnectToHost(std::uint16_t port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd) return fd;
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
      errno != EINPROGRESS) {
    fd.Close();
  }
  return fd;
}

}  // namespace

EndpointDoor::EndpointDoor(event_base* base, const GuestSandbox& sandbox, std::uint16_t port)
    : base_(base), port_(port), listener_(sandbox.Listen("127.0.0.1", port)) {
  watch_ = std::make_unique<FdWatch>(base_, listener_.get(), [this] { Accept(); });
  watch_->Want(true, false);
}

void EndpointDoor::Accept() {
  OwnedFd guest(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!guest) {
    // Out of descriptors: closed for good, instead of spinning on it.
    if (errno == EMFILE || errno == ENFILE) {
      watch_->Want(false, false);
      listener_.Close();
    }
    return;
  }
  OwnedFd host = ConnectToHost(port_);
  if (!host) return;
  SendAtOnce(guest.get());
  SendAtOnce(host.get());
  relays_.emplace_back();
  const auto relay = std::prev(relays_.end());
  *relay = std::make_unique<DelayedRelay>(base_, std::chrono::nanoseconds(0), std::move(guest),
                                          std::move(host), [this, relay] { relays_.erase(relay); });
}

}  // namespace localcloud
