#include "localcloud/sandbox/endpoint_door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace localcloud {
namespace {

// Each connection needs two of this process's descriptors, and no guest may use them all up.
constexpr std::size_t kMostRelays = 64;

void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Starts a connection to this process's own listener. Returns an empty descriptor if it cannot.
OwnedFd ConnectToHost(std::uint16_t port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  inet_pton(AF_INET, kGuestsAddress, &from.sin_addr);
  if (!fd) return fd;
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  // Never from the host's own address, because the endpoint tells the host's user more than a
  // guest.
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return OwnedFd();
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 &&
      errno != EINPROGRESS) {
    fd.Close();
  }
  return fd;
}

}  // namespace

EndpointDoor::EndpointDoor(event_base* base, const GuestSandbox& sandbox, std::uint16_t port)
    : base_(base), port_(port), listener_(sandbox.Listen("127.0.0.1", port)) {
  acceptor_ = std::make_unique<Acceptor>(
      base_, listener_.get(), [this](OwnedFd connection) { Relay(std::move(connection)); });
}

void EndpointDoor::Relay(OwnedFd guest) {
  OwnedFd host = ConnectToHost(port_);
  if (!host) return;
  SendAtOnce(guest.get());
  SendAtOnce(host.get());
  relays_.emplace_back();
  const auto relay = std::prev(relays_.end());
  *relay = std::make_unique<DelayedRelay>(base_, std::chrono::nanoseconds(0), std::move(guest),
                                          std::move(host), [this, relay] {
                                            relays_.erase(relay);
                                            acceptor_->Take(true);
                                          });
  acceptor_->Take(relays_.size() < kMostRelays);
}

}  // namespace localcloud
