#include "aws/curl_transport.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "aws/local_shortage.h"
#include "tests/aws/child_server.h"
#include "tests/support/portless_network.h"
#include "tests/support/sanitizer.h"
#include "tests/support/scripted_http_server.h"
#include "tests/support/wait_until.h"

namespace aws {
namespace {

using namespace std::chrono_literals;
using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using test_support::ScriptedRequest;
using Kind = TransportError::Kind;

HttpRequest Post(const ScriptedHttpServer& server) {
  HttpRequest request;
  request.url = server.url() + "/";
  request.body = "a=b";
  return request;
}

HttpExchange SendOnce(HttpTransport& transport, const HttpRequest& request) {
  HttpExchange exchange;
  transport.Send(request, &exchange);
  return exchange;
}

Kind KindOfFailure(HttpTransport& transport, const HttpRequest& request) {
  try {
    SendOnce(transport, request);
  } catch (const TransportError& error) {
    return error.kind();
  }
  ADD_FAILURE() << "no TransportError was thrown";
  return Kind::kUnusable;
}

TEST(CurlTransport, TenRequestsShareOneConnection) {
  ScriptedHttpServer server;
  const auto transport = NewCurlTransport(true);
  for (int i = 0; i < 10; ++i) {
    const HttpExchange exchange = SendOnce(*transport, Post(server));
    EXPECT_EQ(exchange.timing.new_connection, i == 0);
    if (i > 0) {
      EXPECT_EQ(exchange.timing.name_lookup, 0us);
      EXPECT_EQ(exchange.timing.connect, 0us);
    }
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, ColdRequestsHaveAConnectionEach) {
  ScriptedHttpServer server;
  const auto transport = NewCurlTransport(false);
  for (int i = 0; i < 10; ++i) {
    const HttpExchange exchange = SendOnce(*transport, Post(server));
    EXPECT_TRUE(exchange.timing.new_connection);
    EXPECT_GT(exchange.timing.connect, 0us);
  }
  EXPECT_EQ(server.connections(), 10);
}

TEST(CurlTransport, TimingIsInOrderAndWithinTheExchange) {
  ScriptedAnswer slow;
  slow.delay = 40ms;
  slow.body = "done";
  ScriptedHttpServer server({slow});
  const auto before = Clock::now();
  const HttpExchange exchange = SendOnce(*NewCurlTransport(true), Post(server));
  const auto after = Clock::now();
  const CallTiming& timing = exchange.timing;
  EXPECT_LE(timing.name_lookup, timing.connect);
  EXPECT_EQ(timing.tls, 0us);
  EXPECT_GE(timing.first_byte - timing.connect, 40ms);
  EXPECT_LE(timing.first_byte, timing.total);
  EXPECT_LE(timing.total, after - before);
  EXPECT_TRUE(exchange.sent);
  EXPECT_LE(before, exchange.sent_at);
  EXPECT_LE(exchange.sent_at, server.requests()[0].received);
  EXPECT_LE(server.requests()[0].received + 40ms, exchange.received_at);
  EXPECT_LE(exchange.received_at, after);
}

// libcurl would send the request again by itself, and nobody would count the second one.
TEST(CurlTransport, AClosedKeptConnectionIsNeverUsedTwiceUnseen) {
  ScriptedAnswer dropping;
  dropping.fault = ScriptedAnswer::Fault::kResetBeforeAnswer;
  ScriptedHttpServer server({ScriptedAnswer{}, dropping, ScriptedAnswer{}});
  const auto transport = NewCurlTransport(true);
  SendOnce(*transport, Post(server));
  EXPECT_EQ(KindOfFailure(*transport, Post(server)), Kind::kStale);
  EXPECT_EQ(server.requests().size(), 2u);
  SendOnce(*transport, Post(server));
  EXPECT_EQ(server.requests().size(), 3u);
}

// If a connection was closed properly while it was idle, this is noticed before anything is sent.
TEST(CurlTransport, AnOrderlyClosedConnectionIsReplaced) {
  ScriptedAnswer closing;
  closing.fault = ScriptedAnswer::Fault::kCloseAfter;
  ScriptedHttpServer server({closing});
  const auto transport = NewCurlTransport(true);
  SendOnce(*transport, Post(server));
  test_support::WaitUntil("the close", [&] { return server.open_connections() == 0; });
  const HttpExchange exchange = SendOnce(*transport, Post(server));
  EXPECT_TRUE(exchange.timing.new_connection);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(CurlTransport, FailuresHaveTheirKind) {
  const auto failing = [](ScriptedAnswer::Fault fault) {
    ScriptedAnswer answer;
    answer.body = std::string(1000, 'x');
    answer.fault = fault;
    return answer;
  };
  using Fault = ScriptedAnswer::Fault;
  ScriptedHttpServer server(
      {failing(Fault::kResetMidBody), failing(Fault::kResetBeforeAnswer), failing(Fault::kHang)});
  const auto transport = NewCurlTransport(true);
  EXPECT_EQ(KindOfFailure(*transport, Post(server)), Kind::kBroken);
  EXPECT_EQ(KindOfFailure(*transport, Post(server)), Kind::kBroken);
  HttpRequest impatient = Post(server);
  impatient.timeout = 50ms;
  EXPECT_EQ(KindOfFailure(*transport, impatient), Kind::kTimeout);
  HttpRequest nowhere = Post(server);
  nowhere.url = "http://127.0.0.1:9/";
  EXPECT_EQ(KindOfFailure(*transport, nowhere), Kind::kRefused);
  nowhere.url = "file:///etc/hostname";
  EXPECT_EQ(KindOfFailure(*transport, nowhere), Kind::kUnusable);
}

TEST(CurlTransport, AStopAbortsAtOnceAndTheConnectionServesAgain) {
  ScriptedAnswer hanging;
  hanging.fault = ScriptedAnswer::Fault::kHang;
  ScriptedHttpServer server({hanging});
  const auto transport = NewCurlTransport(true);
  std::stop_source stop;
  HttpRequest request = Post(server);
  request.stop = stop.get_token();
  std::jthread stopper([&] {
    server.WaitForRequests(1);
    stop.request_stop();
  });
  EXPECT_EQ(KindOfFailure(*transport, request), Kind::kCancelled);
  EXPECT_EQ(KindOfFailure(*transport, request), Kind::kCancelled);  // still stopped: sends nothing
  EXPECT_EQ(server.requests().size(), 1u);
  SendOnce(*transport, Post(server));
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(CurlTransport, ReadsTheHeadersThatMatter) {
  ScriptedAnswer answer;
  answer.status = 400;
  answer.headers = {"Content-Type: application/x-amz-json-1.1", "x-amzn-RequestId: 11-22",
                    "X-Amzn-ErrorType: ParameterNotFound:http://docs"};
  answer.body = "{}";
  ScriptedHttpServer server({answer});
  HttpExchange exchange;
  const HttpResponse response = NewCurlTransport(true)->Send(Post(server), &exchange);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/x-amz-json-1.1");
  EXPECT_EQ(response.request_id, "11-22");
  EXPECT_EQ(response.error_type, "ParameterNotFound:http://docs");
  EXPECT_EQ(response.body, "{}");
}

// A redirect would send the signature and the session token to another server.
TEST(CurlTransport, DoesNotFollowRedirects) {
  ScriptedHttpServer other;
  ScriptedAnswer redirect;
  redirect.status = 307;
  redirect.headers = {"Location: " + other.url() + "/"};
  ScriptedHttpServer server({redirect});
  SendOnce(*NewCurlTransport(true), Post(server));
  EXPECT_EQ(other.requests().size(), 0u);
}

TEST(CurlTransport, ALoopbackEndpointIgnoresTheProxy) {
  setenv("http_proxy", "http://127.0.0.1:9", 1);
  ScriptedHttpServer server;
  SendOnce(*NewCurlTransport(true), Post(server));
  unsetenv("http_proxy");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(CurlTransport, TlsToAServerThatSpeaksNoneFails) {
  ScriptedHttpServer server([](const ScriptedRequest&) { return ScriptedAnswer{}; });
  HttpRequest request = Post(server);
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  request.timeout = 500ms;  // the server takes it for a header and waits for its end
  const Kind kind = KindOfFailure(*NewCurlTransport(true), request);
  EXPECT_TRUE(kind == Kind::kTls || kind == Kind::kTimeout) << static_cast<int>(kind);
  EXPECT_EQ(server.requests().size(), 0u);
}

// A server that would answer, with a certificate that no authority has signed.
TEST(CurlTransport, ACertificateNobodyVouchesForIsRefused) {
  const std::string stem = testing::TempDir() + "curl_transport_test." + std::to_string(getpid());
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
      " -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
      " -keyout " +
      stem + ".key -out " + stem + ".pem 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "there is no openssl program here";
  ChildServer server({"openssl", "s_server", "-www", "-accept", "127.0.0.1:0", "-cert",
                      stem + ".pem", "-key", stem + ".key"},
                     "ACCEPT 127.0.0.1:");
  ASSERT_NE(server.port(), "");
  HttpRequest request;
  request.url = "https://localhost:" + server.port() + "/";
  HttpExchange exchange;
  try {
    NewCurlTransport(true)->Send(request, &exchange);
    ADD_FAILURE() << "the certificate was taken";
  } catch (const TransportError& error) {
    EXPECT_EQ(error.kind(), Kind::kTls);
    EXPECT_NE(std::string(error.what()).find("certificate"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(exchange.sent);
  std::filesystem::remove(stem + ".key");
  std::filesystem::remove(stem + ".pem");
}

// In a child process: the shortage must not affect the test program.
TEST(CurlTransport, AShortageOfDescriptorsIsNamed) {
  if (test_support::kUnderSanitizer) GTEST_SKIP() << "a sanitizer needs descriptors of its own";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ScriptedHttpServer server;
  const HttpRequest request = Post(server);
  EXPECT_EXIT(
      {
        const auto transport = NewCurlTransport(true);
        rlimit limit{};
        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = 64;
        setrlimit(RLIMIT_NOFILE, &limit);
        while (dup(0) >= 0) {
        }
        HttpExchange exchange;
        try {
          transport->Send(request, &exchange);
        } catch (const TransportError& error) {
          std::fprintf(stderr, "%s", error.what());
          std::_Exit(error.kind() == Kind::kShortage ? 0 : 1);
        }
        std::_Exit(2);
      },
      testing::ExitedWithCode(0), "out of file descriptors .limit 64.: lower --concurrency");
}

TEST(CurlTransport, AShortageOfLocalPortsIsNamed) {
  if (!test_support::CanUsePortlessNetwork()) GTEST_SKIP() << "no network namespaces here";
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a forked child would lack the loop's thread
  EXPECT_EXIT(
      {
        test_support::EnterPortlessNetwork();
        HttpRequest request;
        request.url = fmt::format("http://127.0.0.1:{}/", test_support::kPortlessListener);
        HttpExchange exchange;
        try {
          NewCurlTransport(true)->Send(request, &exchange);
        } catch (const TransportError& error) {
          std::fprintf(stderr, "%s", error.what());
          std::_Exit(error.kind() == Kind::kShortage ? 0 : 1);
        }
        std::_Exit(2);
      },
      testing::ExitedWithCode(0), "no local port left to connect from .*40000-40000");
}

TEST(LocalShortage, IsNamedAndNothingElseIs) {
  EXPECT_TRUE(LocalShortage(EADDRNOTAVAIL).starts_with("no local port left to connect from"));
  EXPECT_FALSE(LocalShortage(ENFILE).empty());
  EXPECT_EQ(LocalShortage(ECONNREFUSED), "");
  EXPECT_EQ(DescriptorShortage(), 0);
}

}  // namespace
}  // namespace aws
