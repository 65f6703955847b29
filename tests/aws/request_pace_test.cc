#include "aws/request_pace.h"

#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using std::chrono::milliseconds;
using test_support::ScriptedHttpServer;

constexpr auto kNever = Clock::time_point::max();

// The lower bounds of time count from before a bucket's first use: it refills while a busy machine
// pauses the test. They are a little below the time that the missing tokens take, for rounding.

TEST(RequestPace, LetsABurstThroughAndThenTwoMachinesASecond) {
  RequestPace pace;
  const auto start = Clock::now();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(pace.Await("RunInstances", kNever, {}).count(), 0) << i;
  // The third token is reserved for timed launches.
  const auto waited = pace.Await("RunInstances", kNever, {});
  EXPECT_GE(Clock::now() - start, milliseconds(499));
  EXPECT_EQ(pace.waited(), waited);
  EXPECT_EQ(pace.Await("StartInstances", kNever, {}).count(), 0) << "another bucket";
}

TEST(RequestPace, RefillsAsFastAsTimePassesAtTheEndpoint) {
  RequestPace pace;
  pace.SetSpeed(10'000);
  const auto start = Clock::now();
  const auto give_up = start + std::chrono::minutes(2);
  for (int i = 0; i < 2002; ++i) pace.Await("RunInstances", give_up, {});
  EXPECT_GE(Clock::now() - start, milliseconds(99));
  EXPECT_LT(Clock::now(), give_up) << "at EC2's own speed this takes a quarter of an hour";
  pace.SetSpeed(0);
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(pace.Await("RunInstances", kNever, {}).count(), 0);
}

TEST(RequestPace, EndsWithTheDeadlineAndTheStop) {
  RequestPace pace;
  for (int i = 0; i < 20'000; ++i) pace.Spend("RunInstances");  // the next token comes in hours
  const auto deadline = Clock::now() + milliseconds(50);
  pace.Await("RunInstances", deadline, {});
  EXPECT_GE(Clock::now(), deadline);
  std::stop_source stop;
  stop.request_stop();
  pace.Await("RunInstances", kNever, stop.get_token());
}

// Calls of other programs are unknown here, but EC2's refusals show them.
TEST(RequestPace, WaitsAfterARefusal) {
  RequestPace pace;
  const auto start = Clock::now();
  pace.Refused("RunInstances");
  EXPECT_EQ(pace.refusals(), 1);
  pace.Await("RunInstances", kNever, {});
  EXPECT_GE(Clock::now() - start, milliseconds(999));
}

TEST(PrepaidCalls, AreTakenBeforeAndGivenBackIfUnused) {
  RequestPace pace;
  for (int round = 0; round < 20; ++round) {
    const PrepaidCalls prepaid(&pace, kNever, {});
    EXPECT_EQ(prepaid.waited().count(), 0) << "none was used: " << round;
  }
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) PrepaidCalls(&pace, kNever, {}).Use("RunInstances");
  const PrepaidCalls fourth(&pace, kNever, {});
  EXPECT_GE(Clock::now() - start, milliseconds(499));
}

// A timed call never waits here, even if its bucket is empty.
TEST(RequestPace, TimedCallsNeverWaitAndOthersDo) {
  ScriptedHttpServer server([](const test_support::ScriptedRequest& request) {
    return Ec2Answer(request.Parameter("Action"), "<return>true</return>");
  });
  ClientConfig config = ConfigFor(server.url());
  config.pace = std::make_shared<RequestPace>();
  Ec2 ec2(std::make_shared<Client>(config));
  const auto start = Clock::now();
  for (int i = 0; i < 60; ++i) config.pace->Spend("CreateTags");  // leaves -15 tokens
  std::atomic<std::int64_t> waited{0};
  const WaitScope scope(&waited);
  CallOptions timed;
  timed.at_once = true;
  ec2.CreateTags({"i-1"}, {{"a", "b"}}, timed);
  EXPECT_EQ(config.pace->waited().count(), 0);
  ec2.CreateTags({"i-1"}, {{"a", "b"}}, {});
  EXPECT_GE(Clock::now() - start, milliseconds(4399)) << "5 a second";
  EXPECT_EQ(std::chrono::nanoseconds(waited), config.pace->waited());
}

TEST(RequestPace, LearnsFromThePingThatNothingIsLimited) {
  for (const char* health :
       {"healthy: a model, time scale 0", "healthy: a model, time scale 1, no request rates"}) {
    ScriptedHttpServer server([&](const test_support::ScriptedRequest&) {
      test_support::ScriptedAnswer answer;
      answer.body = health;
      return answer;
    });
    ClientConfig config = ConfigFor(server.url());
    config.pace = std::make_shared<RequestPace>();
    EXPECT_TRUE(config.pace->is_limited());
    Client(config).Warm(1, {});
    EXPECT_FALSE(config.pace->is_limited()) << health;
    for (int i = 0; i < 1000; ++i)
      EXPECT_EQ(config.pace->Await("RunInstances", kNever, {}).count(), 0);
  }
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
