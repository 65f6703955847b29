#include "localcloud/model/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "localcloud/services.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FaultPlan ParseFaults(const std::string& text, const std::string& origin) {
  return FaultPlan::Parse(text, origin, ActionNames());
}

std::vector<std::string> CodesOf(FaultPlan* plan, const std::string& action, int calls) {
  std::vector<std::string> codes;
  for (int i = 0; i < calls; ++i) {
    const auto error = plan->NextCall(action).error;
    codes.push_back(error ? error->code() : "-");
  }
  return codes;
}

TEST(FaultPlan, SkipsThenFailsSoManyTimes) {
  FaultPlan plan = ParseFaults(
      R"([{"action": "RunInstances", "error": "InsufficientInstanceCapacity", "http_status": 500,
           "skip": 1, "times": 2}])",
      "test");
  EXPECT_THAT(CodesOf(&plan, "DescribeInstances", 2), ElementsAre("-", "-"));
  EXPECT_THAT(CodesOf(&plan, "RunInstances", 4), ElementsAre("-", "InsufficientInstanceCapacity",
                                                             "InsufficientInstanceCapacity", "-"));
}

TEST(FaultPlan, WithoutTimesItNeverEnds) {
  FaultPlan plan = ParseFaults(
      R"([{"action": "RunInstances", "error": "UnauthorizedOperation", "http_status": 403}])", "t");
  for (int i = 0; i < 100; ++i) {
    const auto error = plan.NextCall("RunInstances").error;
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->http_status(), 403);
  }
}

TEST(FaultPlan, EachEntryCountsAllCalls) {
  FaultPlan plan = ParseFaults(
      R"([{"action": "DescribeVpcs", "error": "First", "times": 1}, {"action": "DescribeVpcs", "error": "Third", "skip": 2}])",
      "test");
  EXPECT_THAT(CodesOf(&plan, "DescribeVpcs", 4), ElementsAre("First", "-", "Third", "Third"));
}

TEST(FaultPlan, ThrottlesAsABucketOfTokens) {
  FaultPlan plan = ParseFaults(
      R"([{"fault": "throttle", "action": "Describe*", "burst": 3, "per_second": 2}])", "test");
  const Clock::time_point start = Clock::now();
  const auto let_through = [&](std::chrono::milliseconds at, int calls) {
    int through = 0;
    for (int i = 0; i < calls; ++i) {
      const auto error = plan.NextCall("DescribeInstances", start + at).error;
      if (!error) {
        ++through;
        continue;
      }
      EXPECT_EQ(error->code(), "RequestLimitExceeded");
      EXPECT_EQ(error->http_status(), 503);
    }
    return through;
  };
  EXPECT_EQ(let_through(std::chrono::milliseconds(0), 5), 3);
  EXPECT_EQ(let_through(std::chrono::milliseconds(1000), 5), 2);
  EXPECT_EQ(let_through(std::chrono::milliseconds(60'000), 5), 3) << "no more than a full bucket";
  EXPECT_FALSE(plan.NextCall("RunInstances", start).error);
}

TEST(FaultPlan, KindsHaveTheirScopes) {
  FaultPlan plan = ParseFaults(
      R"([{"fault": "slow", "action": "*", "ms": 70, "times": 1},
          {"fault": "reset", "action": "RunInstances"},
          {"fault": "shutting_down", "ms": 5, "skip": 1, "times": 1},
          {"fault": "sshd_silent", "skip": 2},
          {"fault": "clock_skew", "ms": -60000}, {"fault": "hidden_ids", "ms": 3},
          {"fault": "stale_states", "ms": 4}])",
      "test");
  const CallFault first = plan.NextCall("RunInstances");
  EXPECT_EQ(first.delay.count(), 70);
  EXPECT_EQ(first.damage, CallFault::Damage::kReset);
  EXPECT_EQ(plan.NextCall("StopInstances").damage, CallFault::Damage::kNone);
  EXPECT_FALSE(plan.NextLaunch(false).shut_down_after);
  EXPECT_EQ(plan.NextLaunch(false).shut_down_after, std::chrono::milliseconds(5));
  EXPECT_FALSE(plan.NextLaunch(false).shut_down_after);
  ASSERT_EQ(plan.sshd().size(), 1u);
  EXPECT_EQ(plan.sshd()[0].kind, SshdFault::Kind::kSilent);
  EXPECT_EQ(plan.sshd()[0].skip, 2);
  EXPECT_EQ(plan.clock_skew().count(), -60000);
  EXPECT_EQ(plan.hidden().count(), 3);
  EXPECT_EQ(plan.stale().count(), 4);
}

std::string FailureOf(const std::string& text) {
  try {
    ParseFaults(text, "f.json");
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "none";
}

TEST(FaultPlan, ActionsThatNobodyCallsAreRefusedWithTheNearest) {
  const auto failure = [](const std::string& action) {
    return FailureOf(R"([{"fault": "lost", "action": ")" + action + R"("}])");
  };
  EXPECT_EQ(failure("Runinstances"),
            "faults f.json: entry 0: localcloud has no action \"Runinstances\"; the nearest is "
            "\"RunInstances\" (docs/localcloud.md lists them all)");
  EXPECT_THAT(failure("ReciveMessage"), HasSubstr("\"ReceiveMessage\""));
  EXPECT_THAT(failure("Descrbe*"), HasSubstr("no action \"Descrbe*\""));
  for (const char* known : {"*", "Describe*", "RunInstances", "PutObject", "GetCallerIdentity",
                            "SendSSHPublicKey", "GetParameter", "ReceiveMessage"}) {
    EXPECT_EQ(failure(known), "none");
  }
}

TEST(FaultPlan, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(FailureOf("{"), HasSubstr("faults f.json: parse error at line 1"));
  EXPECT_THAT(FailureOf("{}"), HasSubstr("must be a list"));
  EXPECT_THAT(FailureOf("[1e5000]"), HasSubstr("faults f.json: number overflow"));
  EXPECT_THAT(FailureOf("[1]"), HasSubstr("entry 0: must be an object"));
  EXPECT_THAT(FailureOf(R"([{"action": "DescribeVpcs"}])"),
              HasSubstr("entry 0: \"error\" is missing"));
  EXPECT_THAT(FailureOf(R"([{"action": "DescribeVpcs", "error": "E", "typo": 1}])"),
              HasSubstr("\"typo\""));
  EXPECT_THAT(FailureOf(R"([{"action": "DescribeVpcs", "error": "E", "times": 0}])"),
              HasSubstr("\"times\""));
  EXPECT_THAT(FailureOf(R"([{"action": "DescribeVpcs", "error": "E", "http_status": 200}])"),
              HasSubstr("\"http_status\" must be between 400 and 599"));
  EXPECT_THAT(FailureOf(R"([{"fault": "gremlin"}])"),
              HasSubstr("unknown fault \"gremlin\"; known"));
  EXPECT_THAT(FailureOf(R"([{"fault": "slow", "action": "DescribeVpcs"}])"),
              HasSubstr("\"ms\" is missing"));
  EXPECT_THAT(FailureOf(R"([{"fault": "sshd_reset", "action": "DescribeVpcs"}])"),
              HasSubstr("\"action\""));
  EXPECT_THAT(
      FailureOf(
          R"([{"fault": "throttle", "action": "DescribeVpcs", "burst": 0, "per_second": 1}])"),
      HasSubstr("\"burst\" must be a number above 0"));
  EXPECT_THROW(FaultPlan::Load("/nonexistent/faults.json", ActionNames()), std::runtime_error);
}

}  // namespace
}  // namespace localcloud
