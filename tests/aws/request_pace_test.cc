#include "aws/request_pace.h"

#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using std::chrono::milliseconds;
using test_support::ScriptedHttpServer;

constexpr auto kNever = Clock::time_point::max();

TEST(RequestPace, LetsABurstThroughAndThenTwoMachinesASecond) {
  RequestPace pace;
  for (int i = 0; i < 2; ++i)
    EXPECT_LT(pace.Await("RunInstances", kNever, {}), milliseconds(100)) << i;
  // The third token is reserved for timed launches.
  EXPECT_GE(pace.Await("RunInstances", kNever, {}), milliseconds(400));
  EXPECT_GE(pace.waited(), milliseconds(400));
  EXPECT_LT(pace.Await("StartInstances", kNever, {}), milliseconds(100)) << "another bucket";
}

TEST(RequestPace, RefillsAsFastAsTimePassesAtTheEndpoint) {
  RequestPace pace;
  pace.SetSpeed(100);
  const auto start = Clock::now();
  for (int i = 0; i < 20; ++i) pace.Await("RunInstances", kNever, {});
  EXPECT_GE(Clock::now() - start, milliseconds(50));
  EXPECT_LT(Clock::now() - start, milliseconds(3000));
  pace.SetSpeed(0);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(pace.Await("RunInstances", kNever, {}).count(), 0);
}

TEST(RequestPace, EndsWithTheDeadlineAndTheStop) {
  RequestPace pace;
  for (int i = 0; i < 20; ++i) pace.Spend("RunInstances");
  EXPECT_LT(pace.Await("RunInstances", Clock::now() + milliseconds(50), {}), milliseconds(2000));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_LT(pace.Await("RunInstances", kNever, stop.get_token()), milliseconds(2000));
}

// Calls of other programs are unknown here, but EC2's refusals show them.
TEST(RequestPace, WaitsAfterARefusal) {
  RequestPace pace;
  pace.Refused("RunInstances");
  EXPECT_EQ(pace.refusals(), 1);
  EXPECT_GE(pace.Await("RunInstances", kNever, {}), milliseconds(800));
}

TEST(PrepaidCalls, AreTakenBeforeAndGivenBackIfUnused) {
  RequestPace pace;
  for (int round = 0; round < 20; ++round) {
    const PrepaidCalls prepaid(&pace, kNever, {});
    EXPECT_LT(prepaid.waited(), milliseconds(100)) << "none was used: " << round;
  }
  for (int i = 0; i < 3; ++i) PrepaidCalls(&pace, kNever, {}).Use("RunInstances");
  PrepaidCalls fourth(&pace, kNever, {});
  EXPECT_GE(fourth.waited(), milliseconds(300));
}

// A timed call never waits here, even if its bucket is empty.
TEST(RequestPace, TimedCallsNeverWaitAndOthersDo) {
  ScriptedHttpServer server([](const test_support::ScriptedRequest& request) {
    return Ec2Answer(request.Parameter("Action"), "<return>true</return>");
  });
  ClientConfig config = ConfigFor(server.url());
  config.pace = std::make_shared<RequestPace>();
  Ec2 ec2(std::make_shared<Client>(config));
  for (int i = 0; i < 60; ++i) config.pace->Spend("CreateTags");  // leaves -15 tokens
  std::atomic<std::int64_t> waited{0};
  const WaitScope scope(&waited);
  CallOptions timed;
  timed.at_once = true;
  const auto start = Clock::now();
  ec2.CreateTags({"i-1"}, {{"a", "b"}}, timed);
  EXPECT_LT(Clock::now() - start, milliseconds(1000));
  EXPECT_EQ(waited, 0);
  ec2.CreateTags({"i-1"}, {{"a", "b"}}, {});
  EXPECT_GE(std::chrono::nanoseconds(waited), milliseconds(3000)) << "5 a second";
}

TEST(RequestPace, LearnsTheTimeScaleFromThePing) {
  ScriptedHttpServer server([](const test_support::ScriptedRequest&) {
    test_support::ScriptedAnswer answer;
    answer.body = "healthy: a model, time scale 0";
    return answer;
  });
  ClientConfig config = ConfigFor(server.url());
  config.pace = std::make_shared<RequestPace>();
  Client(config).Warm(1, {});
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(config.pace->Await("RunInstances", kNever, {}).count(), 0);
}

TEST(CallTally, CountsAndNamesTheCallsThatWereThrottled) {
  ScriptedHttpServer server({Ec2Failure(503, "RequestLimitExceeded", "Request limit exceeded."),
                             Ec2Answer("CreateTags", "<return>true</return>")});
  CallTally tally;
  Ec2(ClientFor(server)).CreateTags({"i-1"}, {{"a", "b"}}, {.tally = &tally});
  EXPECT_EQ(tally.throttled, 1);
  EXPECT_EQ(tally.Refusals(), "CreateTags RequestLimitExceeded x1");
}

}  // namespace
}  // namespace aws
