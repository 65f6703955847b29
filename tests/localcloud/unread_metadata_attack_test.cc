// A guest requests metadata without end and reads no answer. Its requests must wait in the kernel,
// not in the local cloud's memory.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>
#include <string>

#include "localcloud/guest/guest_metadata.h"
#include "localcloud/loop/listener.h"
#include "localcloud/loop/owned_fd.h"
#include "tests/localcloud/machine_harness.h"
#include "tests/support/test_port.h"

namespace localcloud {
namespace {

constexpr std::size_t kMiB = 1 << 20;
constexpr std::size_t kAttempted = 64 * kMiB;
// The kernel's buffers for one connection (tcp_rmem and tcp_wmem: 6 and 4 MiB), with some margin.
constexpr std::size_t kKernels = 24 * kMiB;

class DeafClient {
 public:
  explicit DeafClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int small = 4096;
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }
  // Sends `first`, then `piece` repeatedly, until nothing is accepted for two seconds. Returns the
  // number of bytes.
  std::size_t Flood(const std::string& first, const std::string& piece) {
    std::size_t sent = 0;
    for (const std::string* next = &first; sent < kAttempted; next = &piece) {
      for (std::size_t of_it = 0; of_it < next->size();) {
        pollfd wait{fd_.get(), POLLOUT, 0};
        if (poll(&wait, 1, 2000) <= 0) return sent;
        const ssize_t n = send(fd_.get(), next->data() + of_it, next->size() - of_it,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) continue;
        if (n <= 0) return sent;
        of_it += static_cast<std::size_t>(n);
        sent += static_cast<std::size_t>(n);
      }
    }
    return sent;
  }

 private:
  OwnedFd fd_;
};

std::string Repeated(const std::string& text, std::size_t size) {
  std::string piece;
  while (piece.size() < size) piece += text;
  return piece;
}

TEST(UnreadMetadataAttack, RequestsForMetadataWait) {
  LoopThread loop;
  TestDirectory directory;
  std::filesystem::create_directories(directory / "meta-data");
  OwnedFd listener = BindAddress("127.0.0.1", 0);
  const std::uint16_t port = test_support::PortOf(listener.get());
  StartListening(listener.get());
  std::unique_ptr<GuestMetadata> metadata;
  loop.Do([&] {
    metadata = std::make_unique<GuestMetadata>(loop.base(), std::move(listener), directory / "");
  });
  const std::string ask = "GET /latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n";
  {
    DeafClient client(port);
    EXPECT_LT(client.Flood(ask, Repeated(ask, kMiB)), kKernels);
  }
  loop.Do([&] { metadata.reset(); });
}

}  // namespace
}  // namespace localcloud
