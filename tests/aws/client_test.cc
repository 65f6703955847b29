#include "aws/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "aws/http_transport.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using namespace std::chrono_literals;
using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using test_support::ScriptedRequest;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Fault = ScriptedAnswer::Fault;

ScriptedAnswer Throttle() {
  return Ec2Failure(503, "RequestLimitExceeded", "Request limit exceeded.");
}

TEST(Client, RetriesThrottlingAndCountsWhatItCost) {
  ScriptedHttpServer server({Throttle(), Throttle(), Ec2Answer("RunInstances", "<x/>")});
  const auto client = ClientFor(server);
  CallTally tally;
  CallRecord record;
  const std::string document = CallRun(*client, {.tally = &tally, .record = &record});
  EXPECT_THAT(document, HasSubstr("RunInstancesResponse"));
  EXPECT_EQ(tally.api_calls, 3);
  EXPECT_EQ(tally.retries, 2);
  EXPECT_GT(tally.retry_wait_ns, 0);

  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  for (const ScriptedRequest& request : requests) {
    EXPECT_EQ(request.Parameter("ClientToken"), "token-1");
    EXPECT_EQ(request.body, requests[0].body);
  }
  // The record's marks, against the times at which the server saw the requests.
  EXPECT_EQ(record.action, "RunInstances");
  EXPECT_LE(record.sent, requests[0].received);
  EXPECT_GT(record.last_sent, requests[1].received);
  EXPECT_LE(record.last_sent, requests[2].received);
  EXPECT_GE(record.received, requests[2].received);
}

struct FaultCase {
  const char* name;
  ScriptedAnswer answer;
};

void PrintTo(const FaultCase& fault, std::ostream* out) { *out << fault.name; }

class RetriedFault : public testing::TestWithParam<FaultCase> {};

TEST_P(RetriedFault, IsFollowedByASuccess) {
  ScriptedHttpServer server({GetParam().answer, Ec2Answer("RunInstances", "<x/>")});
  CallTally tally;
  CallRun(*ClientFor(server), {.tally = &tally});
  EXPECT_EQ(tally.api_calls, 2);
  EXPECT_EQ(tally.retries, 1);
  EXPECT_EQ(server.requests().size(), 2u);
}

ScriptedAnswer Broken(Fault fault) {
  ScriptedAnswer answer = Ec2Answer("RunInstances", "<x/>");
  answer.fault = fault;
  return answer;
}

ScriptedAnswer BareStatus(int status) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.headers = {"Content-Type: text/html"};
  answer.body = "<html>Bad Gateway";
  return answer;
}

// A complete HTTP answer with half a document.
ScriptedAnswer CutOff(int status, const std::string& body) {
  ScriptedAnswer answer;
  answer.status = status;
  answer.headers = {"Content-Type: text/xml"};
  answer.body = body;
  return answer;
}

INSTANTIATE_TEST_SUITE_P(
    Client, RetriedFault,
    testing::Values(
        FaultCase{"half_an_answer",
                  CutOff(200, "<?xml version=\"1.0\"?><RunInstancesResponse><instancesSet><it")},
        FaultCase{"half_an_error", CutOff(400, "<Response><Errors><Error><Code>Throttling</Co")},
        FaultCase{"reset_mid_body", Broken(Fault::kResetMidBody)},
        FaultCase{"reset_before_answer", Broken(Fault::kResetBeforeAnswer)},
        FaultCase{"bare_502", BareStatus(502)}, FaultCase{"bare_500", BareStatus(500)},
        FaultCase{"bare_429", BareStatus(429)},
        FaultCase{"internal_error", Ec2Failure(500, "InternalError", "An internal error")},
        FaultCase{"throttling_400", Ec2Failure(400, "Throttling", "Rate exceeded")},
        FaultCase{"unavailable", Ec2Failure(503, "Unavailable", "Service unavailable")}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST(Client, DoesNotRetryWhatWillNotChange) {
  for (const auto& failure :
       {Ec2Failure(400, "InvalidInstanceID.NotFound", "The instance ID 'i-1' does not exist"),
        Ec2Failure(500, "InsufficientInstanceCapacity", "We currently do not have sufficient")}) {
    ScriptedHttpServer server({failure});
    const auto client = ClientFor(server);
    CallTally tally;
    const Error error = ErrorOf([&] { CallRun(*client, {.tally = &tally}); });
    EXPECT_EQ(error.kind(), Error::Kind::kService);
    EXPECT_FALSE(error.retryable());
    EXPECT_EQ(tally.api_calls, 1);
    EXPECT_EQ(tally.retries, 0);
  }
}

// Nobody knows if the request created something. Only calls that can recognise it may be repeated.
TEST(Client, HalfAnAnswerIsALostOne) {
  ScriptedHttpServer server({CutOff(200, "<AllocateAddressResponse><alloc"), Throttle()});
  CallTally tally;
  const Error error =
      ErrorOf([&] { CallRun(*ClientFor(server), {.tally = &tally, .repeat_lost = false}); });
  EXPECT_EQ(error.kind(), Error::Kind::kProtocol);
  EXPECT_THAT(error.what(), HasSubstr("31 bytes of a document that lacks its end"));
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(tally.api_calls, 1);
}

TEST(Client, GivesUpAfterTheLastAttempt) {
  ScriptedHttpServer server([](const ScriptedRequest&) { return Throttle(); });
  ClientConfig config = ConfigFor(server.url());
  config.retry.max_attempts = 4;
  Client client(config);
  CallTally tally;
  const Error error = ErrorOf([&] { CallRun(client, {.tally = &tally}); });
  EXPECT_EQ(error.code(), "RequestLimitExceeded");
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(tally.api_calls, 4);
  EXPECT_EQ(tally.retries, 3);
}

TEST(Client, EndsAtTheDeadlineBetweenAttempts) {
  ScriptedHttpServer server([](const ScriptedRequest&) { return Throttle(); });
  ClientConfig config = ConfigFor(server.url());
  config.retry = {.base = 20ms, .cap = 20ms, .max_attempts = 1'000'000};
  Client client(config);
  const auto deadline = Clock::now() + 200ms;
  const Error error = ErrorOf([&] { CallRun(client, {.deadline = deadline}); });
  EXPECT_EQ(error.kind(), Error::Kind::kDeadline);
  // Throttled, or without an answer in time if the deadline fell into the last attempt.
  EXPECT_THAT(error.what(), HasSubstr("last failure: RunInstances"));
  EXPECT_GE(Clock::now(), deadline - 20ms);  // it ends early by less than one wait
}

// A connection that breaks says less than the refusal before it.
TEST(Client, ADeadlineNamesTheLastRefusalToo) {
  std::atomic<int> count = 0;
  ScriptedHttpServer server([&](const ScriptedRequest&) -> ScriptedAnswer {
    if (++count == 1) return Throttle();
    ScriptedAnswer broken;
    broken.fault = ScriptedAnswer::Fault::kResetBeforeAnswer;
    return broken;
  });
  ClientConfig config = ConfigFor(server.url());
  config.retry = {.base = 20ms, .cap = 20ms, .max_attempts = 1'000'000};
  Client client(config);
  const Error error = ErrorOf([&] { CallRun(client, {.deadline = Clock::now() + 400ms}); });
  EXPECT_EQ(error.kind(), Error::Kind::kDeadline);
  EXPECT_THAT(error.what(), HasSubstr("RequestLimitExceeded"));
}

// A good answer, but slow on purpose: a call that waits for it succeeds.
ScriptedAnswer LateAnswer() {
  ScriptedAnswer answer = Ec2Answer("RunInstances", "<x/>");
  answer.delay = 40s;
  return answer;
}

TEST(Client, EndsAtTheDeadlineWithinAnAttempt) {
  ScriptedHttpServer server({LateAnswer()});
  const auto client = ClientFor(server);
  const auto deadline = Clock::now() + 150ms;
  const Error error = ErrorOf([&] { CallRun(*client, {.deadline = deadline}); });
  EXPECT_EQ(error.kind(), Error::Kind::kDeadline) << error.what();
  EXPECT_GE(Clock::now(), deadline - 10ms);
}

TEST(Client, APastDeadlineSendsNothing) {
  ScriptedHttpServer server;
  const Error error =
      ErrorOf([&] { CallRun(*ClientFor(server), {.deadline = Clock::now() - 1s}); });
  EXPECT_EQ(error.kind(), Error::Kind::kDeadline);
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST(Client, AStopAbortsARequestUnderWay) {
  ScriptedHttpServer server({LateAnswer()});
  const auto client = ClientFor(server);
  std::stop_source stop;
  std::jthread stopper([&] {
    server.WaitForRequests(1);
    stop.request_stop();
  });
  const Error error = ErrorOf([&] { CallRun(*client, {.stop = stop.get_token()}); });
  EXPECT_EQ(error.kind(), Error::Kind::kCancelled);
  EXPECT_THAT(error.what(), HasSubstr("cancelled"));
}

TEST(Client, AStopEndsAWaitBetweenAttempts) {
  ScriptedHttpServer server([](const ScriptedRequest&) { return Throttle(); });
  ClientConfig config = ConfigFor(server.url());
  config.retry = {.base = 3600s, .cap = 3600s};
  Client client(config);
  std::stop_source stop;
  std::jthread stopper([&] {
    server.WaitForRequests(1);
    stop.request_stop();
  });
  const Error error = ErrorOf([&] { CallRun(client, {.stop = stop.get_token()}); });
  EXPECT_EQ(error.kind(), Error::Kind::kCancelled);
}

TEST(Client, WhatHasNoTokenIsNotRepeatedWhenItsAnswerIsLost) {
  ScriptedHttpServer server({Throttle(), Broken(Fault::kResetMidBody)});
  const auto client = ClientFor(server);
  const Error error = ErrorOf(
      [&] { client->CallQuery("AllocateAddress", "2016-11-15", {}, {.repeat_lost = false}); });
  EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  EXPECT_EQ(server.requests().size(), 2u);  // a throttled request was not carried out
}

// A connection that has been idle may be closed, and then nobody knows if the request was carried
// out. Only calls that can be repeated use such a connection.
TEST(Client, WhatHasNoTokenUsesNoConnectionThatWasIdleForLong) {
  ScriptedHttpServer server;
  ClientConfig config = ConfigFor(server.url());
  config.fresh_for = std::chrono::seconds(1);
  Client client(config);
  const auto connection_of = [&](bool repeat_lost) {
    client.CallQuery("AllocateAddress", "2016-11-15", {}, {.repeat_lost = repeat_lost});
    return server.requests().back().connection;
  };
  EXPECT_EQ(connection_of(true), 1);
  EXPECT_EQ(connection_of(false), 2) << "they do not share connections";
  EXPECT_EQ(connection_of(false), 2) << "used just now";
  // Being idle is what is tested. libcurl counts whole seconds.
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  EXPECT_EQ(connection_of(false), 3);
  EXPECT_EQ(connection_of(true), 1) << "it may be idle for longer, and was not closed";
}

TEST(Client, EndpointsMustBePlainUrls) {
  for (const char* url : {"localhost:80", "ftp://host", "http://", "http://u:geheim@host",
                          "https://host/path", "http://host?q"}) {
    const Error error = ErrorOf([&] { Client client(ConfigFor(url)); });
    EXPECT_THAT(error.what(), HasSubstr("endpoint URL")) << url;
    EXPECT_THAT(error.what(), Not(HasSubstr("geheim")));
  }
  EXPECT_EQ(Client(ConfigFor("http://127.0.0.1:80/")).endpoint_url(), "http://127.0.0.1:80");
  EXPECT_EQ(Client(ConfigFor("")).endpoint_url(), "https://ec2.us-west-2.amazonaws.com");
}

TEST(Client, NamesItselfToTheService) {
  ScriptedHttpServer server;
  CallRun(*ClientFor(server), {});
  EXPECT_THAT(server.requests()[0].headers.at("user-agent"), StartsWith("launch_bench/"));
}

// The endpoint has a round trip, as real ones have. Without one, an answer can come before the next
// request is sent, which then uses the same connection.
TEST(Client, WarmOpensConnectionsThatCallsThenUse) {
  ScriptedHttpServer server([](const ScriptedRequest&) {
    ScriptedAnswer answer;
    answer.delay = 20ms;
    return answer;
  });
  const auto client = ClientFor(server);
  CallTally tally;
  const auto start = Clock::now();
  const auto round_trip = client->Warm(3, {.tally = &tally});
  EXPECT_GT(round_trip, 0us);
  EXPECT_LE(round_trip, Clock::now() - start);
  EXPECT_EQ(server.connections(), 3);
  EXPECT_EQ(tally.api_calls, 4) << "one opens the first connection, three are sent at once";
  for (const ScriptedRequest& request : server.requests()) {
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/ping");
    EXPECT_THAT(request.headers.at("authorization"), HasSubstr("/us-west-2/ec2/"))
        << "one address may stand for several regions";
  }
  CallRecord record;
  CallRun(*client, {.record = &record});
  EXPECT_FALSE(record.timing.new_connection);
  EXPECT_EQ(server.connections(), 3);
}

// Returns the smallest of the round trips. It does not include opening the connection.
TEST(Client, WarmMeasuresTheAnswersDelay) {
  ScriptedHttpServer server([](const ScriptedRequest&) {
    ScriptedAnswer answer;
    answer.delay = 30ms;
    return answer;
  });
  EXPECT_GE(ClientFor(server)->Warm(2, {}), 30ms);
}

TEST(Client, WarmFailsWhereNobodyListens) {
  Client client(ConfigFor("http://127.0.0.1:9"));
  EXPECT_EQ(ErrorOf([&] { client.Warm(2, {}); }).kind(), Error::Kind::kTransport);
}

TEST(Client, ConcurrentCallsHaveAConnectionEach) {
  ScriptedHttpServer server([](const ScriptedRequest&) {
    ScriptedAnswer answer;
    answer.delay = 20ms;
    return answer;
  });
  const auto client = ClientFor(server);
  CallTally tally;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int call = 0; call < 5; ++call) CallRun(*client, {.tally = &tally});
      });
    }
  }
  EXPECT_EQ(tally.api_calls, 40);
  EXPECT_LE(server.connections(), 8);
  EXPECT_EQ(server.requests().size(), 40u);
}

// A transport for faults that a real socket cannot produce on demand.
class FailingTransport : public HttpTransport {
 public:
  std::vector<Future<HttpOutcome>> Start(std::vector<HttpRequest> requests) override {
    std::vector<Future<HttpOutcome>> outcomes;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      Promise<HttpOutcome> outcome;
      outcome.set_value(
          {{}, TransportError(TransportError::Kind::kTls, "TLS failed (certificate has expired)")});
      outcomes.push_back(outcome.get_future());
    }
    return outcomes;
  }
};

TEST(Client, ABadCertificateIsNotRetried) {
  Client client(ConfigFor("https://ec2.example"), std::make_unique<FailingTransport>());
  const Error error = ErrorOf([&] { CallRun(client, {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  EXPECT_FALSE(error.retryable());
  EXPECT_THAT(error.what(), HasSubstr("certificate has expired"));
}

}  // namespace
}  // namespace aws
