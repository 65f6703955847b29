// Endpoints that do not speak HTTP.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <thread>

#include "aws/curl_transport.h"
#include "aws/unique_fd.h"

namespace aws {
namespace {

using testing::HasSubstr;

// Greets each connection with `greeting` and keeps it open, as an SSH server does.
class Greeter {
 public:
  explicit Greeter(std::string_view greeting)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_.get(), 5), 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    thread_ = std::jthread([this, text = std::string(greeting)] {
      while (true) {
        const UniqueFd peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer) return;
        send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
        char buffer[4096];
        while (recv(peer.get(), buffer, sizeof buffer, 0) > 0) {
        }
      }
    });
  }
  ~Greeter() { shutdown(listener_.get(), SHUT_RDWR); }

  const std::string& url() const { return url_; }

 private:
  UniqueFd listener_;
  std::string url_;
  std::jthread thread_;
};

std::string FailureAt(const Greeter& server) {
  HttpRequest request;
  request.url = server.url();
  request.body = "a=b";
  HttpExchange exchange;
  try {
    NewCurlTransport(true)->Send(request, &exchange);
  } catch (const TransportError& error) {
    EXPECT_EQ(error.kind(), TransportError::Kind::kUnusable) << "it is not worth another try";
    return error.what();
  }
  ADD_FAILURE() << "no TransportError was thrown";
  return "";
}

TEST(CurlTransportAttack, AnSshServerIsQuoted) {
  const Greeter server("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
  EXPECT_EQ(FailureAt(server),
            "answered 'SSH-2.0-OpenSSH_9.2p1 Debian-2', which is not HTTP: is the port right?");
}

TEST(CurlTransportAttack, ATlsAlertIsQuotedAsText) {
  const Greeter server(std::string_view("\x15\x03\x03\x00\x02\x02\x46", 7));
  EXPECT_THAT(FailureAt(server), HasSubstr(R"(answered '\x15\x03\x03\x00\x02\x02F')"));
}

TEST(CurlTransportAttack, WhatATerminalWouldObeyIsEscapedAndCut) {
  const Greeter server("\x1b]0;title\x07\x1b[2J" + std::string(100000, 'x'));
  const std::string failure = FailureAt(server);
  EXPECT_THAT(failure, HasSubstr(R"('\x1b]0;title\x07\x1b[2Jxxx)"));
  EXPECT_THAT(failure, HasSubstr("xxx...', which is not HTTP"));
  EXPECT_LT(failure.size(), 200u);
  EXPECT_EQ(failure.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace aws
