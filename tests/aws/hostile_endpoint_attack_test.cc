// An endpoint that streams headers or a body without end, as fast as it can or byte by byte.
#include <gtest/gtest.h>

#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>

#include "aws/curl_transport.h"
#include "tests/support/hostile_server.h"
#include "tests/support/test_port.h"
#include "tests/support/wait_until.h"

namespace aws {
namespace {

using namespace std::chrono_literals;
using test_support::HostileScript;
using test_support::HostileServer;
using Kind = TransportError::Kind;

constexpr char kBodyFollows[] = "HTTP/1.1 200 OK\r\n\r\n";

// Returns how a request with a timeout of a second ends. Fails if it is answered. If `interrupt` is
// given, triggers it once the answer's body has begun; the timeout is then a minute. Sets `sent` to
// the bytes that the server has sent until then.
TransportError Ask(HostileScript script, std::stop_source* interrupt = nullptr,
                   std::chrono::seconds timeout = 1s, std::uint64_t* sent = nullptr) {
  test_support::TestPort port;
  port.Open();
  const std::size_t opening = script.opening.size();
  const HostileServer server(port.listener(), std::move(script));
  std::jthread interrupter;
  if (interrupt != nullptr) {
    interrupter = std::jthread([&, opening] {
      test_support::WaitUntil("the answer's body", [&] { return server.sent() > opening; });
      interrupt->request_stop();
    });
  }
  HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port.port()) + "/";
  request.timeout = interrupt != nullptr ? 60s : timeout;
  if (interrupt != nullptr) request.stop = interrupt->get_token();
  HttpExchange exchange;
  try {
    NewCurlTransport(true)->Send(request, &exchange);
  } catch (const TransportError& error) {
    if (sent != nullptr) *sent = server.sent();
    return error;
  }
  ADD_FAILURE() << "it was answered";
  return {Kind::kBroken, ""};
}

TEST(HostileEndpointAttack, HeadersWithoutEnd) {
  EXPECT_STREQ(Ask({.opening = "HTTP/1.1 200 OK\r\n", .repeated = "X-More: and more\r\n"}).what(),
               "the answer is too large");
}

TEST(HostileEndpointAttack, InterimAnswersWithoutEnd) {
  EXPECT_NE(Ask({.repeated = "HTTP/1.1 102 Processing\r\n\r\n"}).kind(), Kind::kCancelled);
}

// The limit is 64 MiB. What the server has sent beyond that is in the kernel's buffers.
TEST(HostileEndpointAttack, ABodyWithoutEnd) {
  std::uint64_t sent = 0;
  EXPECT_STREQ(Ask({.opening = kBodyFollows, .repeated = "x"}, nullptr, 60s, &sent).what(),
               "the answer is too large");
  EXPECT_LT(sent, std::uint64_t{128} << 20);
}

TEST(HostileEndpointAttack, ABodyThatTrickles) {
  EXPECT_EQ(Ask({.opening = kBodyFollows, .repeated = "x", .pause = 10ms}).kind(), Kind::kTimeout);
}

TEST(HostileEndpointAttack, AHeaderLineThatTrickles) {
  EXPECT_EQ(Ask({.opening = "HTTP/1.1 200 OK\r\nX: ", .repeated = "x", .pause = 10ms}).kind(),
            Kind::kTimeout);
}

// A body that would take hours.
TEST(HostileEndpointAttack, AStopEndsABodyWithoutEnd) {
  std::stop_source stop;
  EXPECT_EQ(Ask({.opening = kBodyFollows, .repeated = "x", .pause = 1ms}, &stop).kind(),
            Kind::kCancelled);
}

}  // namespace
}  // namespace aws
