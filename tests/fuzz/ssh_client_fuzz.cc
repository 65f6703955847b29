// SshConnection against a server that sends the input, in chunks: everything up to the key exchange
// is the input's choice. (Behind it packets are encrypted with keys that no input can know.)
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "fixtures/ssh/ssh_connection.h"

namespace {

using fixtures::SshConnection;

constexpr int kTurns = 2000;  // an input ends in far fewer, since 64 KiB are read a turn

}  // namespace

// libssh2 1.10 leaks the 376 bytes of its elliptic curve key if a key exchange is abandoned;
// nothing that a caller could free. Other leaks show as memory (-rss_limit_mb) and in
// scripts/sanitize.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 100'000) return 0;
  const std::size_t chunk = std::size_t{data[0]} * data[0] + 1;
  std::span<const std::uint8_t> left(data + 1, size - 1);

  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return 0;
  aws::UniqueFd server(ends[1]);
  SshConnection client{aws::UniqueFd(ends[0])};
  client.BeginHandshake();
  auto progress = SshConnection::Progress::kWaiting;
  for (int turn = 0; turn < kTurns && progress == SshConnection::Progress::kWaiting; ++turn) {
    if (!left.empty()) {
      const ssize_t sent =
          send(server.get(), left.data(), std::min(chunk, left.size()), MSG_NOSIGNAL);
      if (sent > 0) left = left.subspan(static_cast<std::size_t>(sent));
    } else if (server) {
      shutdown(server.get(), SHUT_WR);
    }
    progress = client.Advance();
    char drained[4096];
    while (recv(server.get(), drained, sizeof drained, 0) > 0) {
    }
  }
  if (progress == SshConnection::Progress::kWaiting) __builtin_trap();  // it has seen the end
  (void)client.banner();
  (void)client.host_key_fingerprint();
  (void)client.error();
  return 0;
}
