// Large requests from clients that have not authenticated.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <fstream>

#include "localcloud/loop/owned_fd.h"
#include "tests/localcloud/http_client.h"
#include "tests/support/build_paths.h"
#include "tests/support/local_cloud.h"
#include "tests/support/sanitizer.h"

namespace localcloud {
namespace {

using test_support::LocalCloud;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t kMiB = 1 << 20;

class RawClient {
 public:
  explicit RawClient(const std::string& url) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{60, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  // Sends until everything is sent or an answer has arrived. Returns the number of bytes sent.
  std::size_t Send(const std::string& piece, std::size_t total) {
    std::size_t sent = 0;
    while (sent < total && !HasAnswer()) {
      const ssize_t n =
          send(fd_.get(), piece.data(), std::min(piece.size(), total - sent), MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    return sent;
  }
  void Send(const std::string& text) {
    ASSERT_EQ(send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  bool HasAnswer() const {
    pollfd wait{fd_.get(), POLLIN, 0};
    return poll(&wait, 1, 0) > 0;
  }
  // Reads to the end of the connection, at most `size` bytes.
  std::string Read(std::size_t size = SIZE_MAX) {
    std::string text;
    char chunk[4096];
    for (ssize_t n; text.size() < size && (n = recv(fd_.get(), chunk, sizeof chunk, 0)) > 0;)
      text.append(chunk, static_cast<std::size_t>(n));
    return text;
  }

 private:
  OwnedFd fd_;
};

class BodyLimitsAttack : public ::testing::Test {
 protected:
  std::size_t PeakMemory() const {
    std::ifstream status("/proc/" + std::to_string(cloud_.pid()) + "/status");
    for (std::string word; status >> word;) {
      std::size_t size_KiB = 0;
      if (word == "VmHWM:" && status >> size_KiB) return size_KiB << 10;
    }
    return SIZE_MAX;
  }
  static std::string Put(std::size_t length, const std::string& key) {
    std::string head =
        "PUT /bucket/key HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(length) +
        "\r\n";
    if (!key.empty()) {
      head += "Authorization: AWS4-HMAC-SHA256 Credential=" + key +
              "/20260101/us-west-2/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" +
              std::string(64, '0') + "\r\n";
    }
    return head + "\r\n";
  }
  void ExpectItServes() {
    HttpClient client;
    EXPECT_EQ(client.Send(cloud_.endpoint_url() + "/ping", "", "", "").status, 200);
  }

  const std::string piece_ = std::string(kMiB, 'x');
  LocalCloud cloud_{test_support::ProgramPath("localcloud"), {"--time_scale=0", "--rtt=0"}};
};

TEST_F(BodyLimitsAttack, UnsignedLargeBodiesAreRefusedBeforeTheyAreRead) {
  const std::size_t before = PeakMemory();
  std::vector<RawClient> clients;
  for (int i = 0; i < 20; ++i) {
    RawClient& client = clients.emplace_back(cloud_.endpoint_url());
    client.Send(Put(64 * kMiB, ""));
    client.Send(piece_, 64 * kMiB - 1);
    const std::string answer = client.Read();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
    EXPECT_THAT(answer, HasSubstr("MissingAuthenticationToken"));
  }
  EXPECT_LT(PeakMemory() - before, 40 * kMiB * test_support::kMemoryFactor);
  ExpectItServes();
}

TEST_F(BodyLimitsAttack, SoAreThoseThatNameAnotherKeyInS3sWords) {
  RawClient client(cloud_.endpoint_url());
  client.Send(Put(2 * kMiB, "AKIASOMEBODYELSE0000"));
  const std::string answer = client.Read();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(answer, HasSubstr("InvalidAccessKeyId"));
}

TEST_F(BodyLimitsAttack, AChunkedBodyWithoutEndIsCutOff) {
  const std::size_t before = PeakMemory();
  RawClient client(cloud_.endpoint_url());
  client.Send("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  EXPECT_LT(client.Send(chunk, 1000 * chunk.size()), 1000 * chunk.size());
  EXPECT_THAT(client.Read(), HasSubstr("MissingAuthenticationToken"));
  EXPECT_LT(PeakMemory() - before, 20 * kMiB * test_support::kMemoryFactor);
  ExpectItServes();
}

TEST_F(BodyLimitsAttack, AHeadWithoutEndIsCutOff) {
  const std::size_t before = PeakMemory();
  RawClient client(cloud_.endpoint_url());
  client.Send("GET / HTTP/1.1\r\n");
  const std::string line = "X-Header: " + std::string(1000, 'x') + "\r\n";
  client.Send(line, 100 * kMiB);
  EXPECT_LT(PeakMemory() - before, 20 * kMiB * test_support::kMemoryFactor);
  ExpectItServes();
}

TEST_F(BodyLimitsAttack, AllTogetherHoldNoMoreThanTheServersLimit) {
  const std::size_t before = PeakMemory();
  std::vector<RawClient> clients;
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    RawClient& client = clients.emplace_back(cloud_.endpoint_url());
    client.Send(Put(60 * kMiB, cloud_.access_key_id()));
    client.Send(piece_, 60 * kMiB - 1);
    if (!client.HasAnswer()) continue;
    EXPECT_THAT(client.Read(), HasSubstr("SlowDown"));
    ++refused;
  }
  EXPECT_GE(refused, 3);
  EXPECT_LT(PeakMemory() - before, 320 * kMiB * test_support::kMemoryFactor);
  clients.clear();
  // The memory held for the refused requests has been released.
  RawClient next(cloud_.endpoint_url());
  next.Send(Put(60 * kMiB, cloud_.access_key_id()));
  EXPECT_EQ(next.Send(piece_, 60 * kMiB), 60 * kMiB);
  EXPECT_THAT(next.Read(12), StartsWith("HTTP/1.1 40")) << "its signature is wrong";
}

TEST_F(BodyLimitsAttack, TooLargeAnObjectHasS3sError) {
  RawClient client(cloud_.endpoint_url());
  client.Send(Put(65 * kMiB, cloud_.access_key_id()));
  EXPECT_THAT(client.Read(), HasSubstr("EntityTooLarge"));
}

TEST_F(BodyLimitsAttack, PipelinedRequestsAreAnsweredInTheirOrder) {
  RawClient client(cloud_.endpoint_url());
  const std::string body(1000, 'x');
  const std::string small =
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n" + body;
  const std::string ping = "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  std::string all;
  for (int i = 0; i < 50; ++i) all += small + ping;
  client.Send(all + Put(2 * kMiB, ""));
  const std::string answers = client.Read();
  std::size_t pings = 0;
  std::size_t at = 0;
  while ((at = answers.find("healthy", at)) != std::string::npos) ++pings, ++at;
  EXPECT_EQ(pings, 50u);
}

}  // namespace
}  // namespace localcloud
