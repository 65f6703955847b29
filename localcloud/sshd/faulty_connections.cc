#include "localcloud/sshd/faulty_connections.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace localcloud {
namespace {

constexpr char kBanner[] = "SSH-2.0-OpenSSH_8.7\r\n";  // that of Amazon Linux 2023
// The last figure of sshd's MaxStartups. The oldest connection makes room for a new one.
constexpr std::size_t kMostHeld = 100;

}  // namespace

void FaultyConnections::Take(OwnedFd connection, SshdFault::Kind kind) {
  if (kind == SshdFault::Kind::kReset) {
    const linger at_once{1, 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return;
  }
  if (held_.size() >= kMostHeld) held_.pop_front();
  (void)!send(connection.get(), kBanner, sizeof kBanner - 1, MSG_NOSIGNAL);
  held_.emplace_back();
  const auto held = std::prev(held_.end());
  held->fd = std::move(connection);
  held->kind = kind;
  held->watch = std::make_unique<FdWatch>(base_, held->fd.get(), [this, held] { Read(held); });
  held->watch->Want(true, false);
}

void FaultyConnections::Read(std::list<Held>::iterator held) {
  char chunk[4096];
  const ssize_t n = recv(held->fd.get(), chunk, sizeof chunk, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    held_.erase(held);
    return;
  }
  // The client's version line is complete and more follows: its side of the key exchange.
  const auto* const end =
      static_cast<const char*>(std::memchr(chunk, '\n', static_cast<std::size_t>(n)));
  const bool more = held->greeted || (end != nullptr && end + 1 < chunk + n);
  held->greeted = held->greeted || end != nullptr;
  if (more && held->kind == SshdFault::Kind::kClosesKeyExchange) held_.erase(held);
}

}  // namespace localcloud
