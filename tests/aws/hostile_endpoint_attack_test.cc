// An endpoint that streams headers or a body without end, as fast as it can or byte by byte.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>

#include "aws/curl_transport.h"
#include "tests/support/hostile_server.h"
#include "tests/support/test_port.h"

namespace aws {
namespace {

using namespace std::chrono_literals;
using test_support::HostileScript;
using test_support::HostileServer;
using Kind = TransportError::Kind;

constexpr char kBodyFollows[] = "HTTP/1.1 200 OK\r\n\r\n";

// Returns how a request ends. Fails if it is answered. Sets `sent` to the bytes that the server has
// sent until then.
TransportError Ask(HostileScript script, std::chrono::seconds timeout = 1s,
                   std::stop_token stop = {}, std::uint64_t* sent = nullptr) {
  test_support::TestPort port;
  port.Open();
  const HostileServer server(port.listener(), std::move(script));
  HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port.port()) + "/";
  request.timeout = timeout;
  request.stop = std::move(stop);
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
  EXPECT_STREQ(Ask({.opening = kBodyFollows, .repeated = "x"}, 60s, {}, &sent).what(),
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

// A body that would take hours. The request's own timeout is a minute.
TEST(HostileEndpointAttack, AStopEndsABodyWithoutEnd) {
  std::stop_source stop;
  const std::jthread interrupt([&stop] {
    std::this_thread::sleep_for(300ms);
    stop.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  const HostileScript script{.opening = kBodyFollows, .repeated = "x", .pause = 1ms};
  EXPECT_EQ(Ask(script, 60s, stop.get_token()).kind(), Kind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
}

}  // namespace
}  // namespace aws
