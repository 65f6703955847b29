#include "suites/audit/judgement.h"

#include <gmock/gmock.h>

namespace suites {
namespace {

using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

constexpr std::int64_t kMs = 1'000'000;

DescribeAnswer AnswerAt(std::int64_t received_ms, std::int64_t sent_ms, const std::string& state) {
  return {"DescribeInstances", received_ms * kMs, sent_ms * kMs, state};
}

// A launch that was requested at 1 s and accepted at 2 s.
BootRecord LaunchOf(const std::string& instance_id, std::vector<DescribeAnswer> answers) {
  BootRecord boot;
  boot.kind = "launch";
  boot.instance_id = instance_id;
  boot.region = "us-west-2";
  boot.events = {{"requested", 1000 * kMs}, {"accepted", 2000 * kMs}, {"running", 7000 * kMs}};
  boot.answers = std::move(answers);
  return boot;
}

BootAudit JudgeOne(const BootRecord& boot, double round_trip = 20) {
  return Judge({{boot}, {}}, 0, {{"us-west-2", round_trip}}).boots.at(0);
}

TEST(JudgementTest, RunningIsNoticedWhenTheFirstAnswerThatShowsItArrives) {
  const BootAudit audit =
      JudgeOne(LaunchOf("i-1", {AnswerAt(2500, 2600, "pending"), AnswerAt(4000, 4100, ""),
                                AnswerAt(8000, 8100, "running")}));
  EXPECT_THAT(audit.running.happened, Optional(5000));
  EXPECT_THAT(audit.running.noticed, Optional(6110)) << "half a round trip after it was sent";
  EXPECT_THAT(audit.running.late(), Optional(1110));
  EXPECT_EQ(audit.action, "DescribeInstances");
  EXPECT_THAT(audit.request_received, Optional(6000));
  EXPECT_THAT(audit.answer_sent, Optional(6100));
  EXPECT_EQ(audit.polls, 3);
  EXPECT_THAT(audit.median_poll_gap, Optional(2750));
  EXPECT_THAT(audit.longest_poll_gap, Optional(4000));
  // The last request without it was sent at 3990 ms, the answer with it arrived at 8110 ms.
  EXPECT_THAT(audit.running_resolution, Optional(4120));
}

TEST(JudgementTest, WithoutAnEarlierDescribeTheResolutionReachesBackToTheRequest) {
  const BootAudit audit = JudgeOne(LaunchOf("i-1", {AnswerAt(17'000, 17'100, "running")}));
  EXPECT_THAT(audit.running_resolution, Optional(16'120));
  EXPECT_EQ(audit.polls, 1);
  EXPECT_EQ(audit.median_poll_gap, std::nullopt);
  EXPECT_EQ(audit.longest_poll_gap, std::nullopt);
}

TEST(JudgementTest, AnAnswerThatOvertakesAnEarlierOneIsEvidenceToo) {
  const BootAudit audit = JudgeOne(
      LaunchOf("i-1", {AnswerAt(6950, 6980, "pending"), AnswerAt(6900, 7050, "running")}), 0);
  EXPECT_THAT(audit.running_resolution, Optional(100));
  EXPECT_THAT(audit.longest_poll_gap, Optional(50));
}

TEST(JudgementTest, WhatTheCommandNeverAskedItNeverNoticed) {
  const BootAudit none = JudgeOne(LaunchOf("i-1", {}));
  EXPECT_THAT(none.running.happened, Optional(5000));
  EXPECT_EQ(none.running.noticed, std::nullopt);
  EXPECT_EQ(none.running.late(), std::nullopt);
  EXPECT_EQ(none.running_resolution, std::nullopt);
  EXPECT_EQ(none.polls, 0);
  const BootAudit pending = JudgeOne(LaunchOf("i-1", {AnswerAt(2500, 2600, "pending")}));
  EXPECT_EQ(pending.running.noticed, std::nullopt);
  EXPECT_EQ(pending.running_resolution, std::nullopt);
  EXPECT_EQ(pending.polls, 1);
}

TEST(JudgementTest, PortAndSshAreNoticedByTheFirstConnectionAndLogin) {
  BootRecord boot = LaunchOf("i-1", {});
  boot.events.insert({{"tcp_open", 9000 * kMs},
                      {"ssh_ready", 9500 * kMs},
                      {"first_connection", 9050 * kMs},
                      {"first_login", 9900 * kMs},
                      {"first_command", 9950 * kMs}});
  boot.connections = 4;
  boot.logins = 1;
  const BootAudit audit = JudgeOne(boot);
  EXPECT_THAT(audit.tcp_open.happened, Optional(7000));
  EXPECT_THAT(audit.tcp_open.late(), Optional(50));
  EXPECT_THAT(audit.ssh_ready.happened, Optional(7500));
  EXPECT_THAT(audit.ssh_ready.late(), Optional(400));
  EXPECT_THAT(audit.first_command, Optional(7950));
  EXPECT_EQ(audit.connections, 4);
  EXPECT_EQ(audit.logins, 1);
}

TEST(JudgementTest, OnlyWhatTheCommandRequestedCounts) {
  CloudRecord record;
  record.boots = {LaunchOf("i-before", {})};
  record.boots.push_back(LaunchOf("i-after", {}));
  record.boots.back().events["requested"] = 1500 * kMs;
  record.calls = {{"CreateSecurityGroup", 900 * kMs, ""},
                  {"RunInstances", 1500 * kMs, ""},
                  {"DescribeInstances", 1600 * kMs, "InvalidInstanceID.NotFound"},
                  {"DescribeInstances", 1700 * kMs, "RequestLimitExceeded"},
                  {"DescribeInstances", 1800 * kMs, ""},
                  {"", 1900 * kMs, "AuthFailure"}};
  const Audit audit = Judge(record, 1200 * kMs, {});
  ASSERT_EQ(audit.boots.size(), 1u);
  EXPECT_EQ(audit.boots[0].instance_id, "i-after");
  EXPECT_EQ(audit.api_calls, 5);
  EXPECT_THAT(audit.calls_by_action, ElementsAre(Pair("DescribeInstances", 3),
                                                 Pair("RunInstances", 1), Pair("unknown", 1)));
  EXPECT_THAT(audit.refusals_by_code,
              ElementsAre(Pair("AuthFailure", 1), Pair("InvalidInstanceID.NotFound", 1),
                          Pair("RequestLimitExceeded", 1)));
}

TEST(JudgementTest, CallsThatTheCloudDroppedAreNoted) {
  CloudRecord record;
  record.calls.assign(kMostCallsKept, {"DescribeInstances", 1500 * kMs, ""});
  EXPECT_TRUE(Judge(record, 1200 * kMs, {}).oldest_calls_dropped);
  record.calls.front().received = 900 * kMs;
  EXPECT_FALSE(Judge(record, 1200 * kMs, {}).oldest_calls_dropped) << "the preparation's are kept";
  record.calls.erase(record.calls.begin());
  EXPECT_FALSE(Judge(record, 1200 * kMs, {}).oldest_calls_dropped);
}

TEST(JudgementTest, InstancesThatWereNotTerminatedAreLeft) {
  CloudRecord record;
  for (const char* id : {"i-left", "i-terminated", "i-rebooted"})
    record.boots.push_back(LaunchOf(id, {}));
  record.boots[1].events["shutting_down"] = 9000 * kMs;
  record.boots.push_back(record.boots[2]);
  record.boots.back().kind = "reboot";
  record.boots.back().events["shutting_down"] = 9000 * kMs;
  const Audit audit = Judge(record, 0, {});
  EXPECT_THAT(audit.not_terminated, ElementsAre("i-left"));
  EXPECT_FALSE(audit.boots.at(0).has_ended);
  EXPECT_TRUE(audit.boots.at(1).has_ended);
  EXPECT_EQ(audit.boots.size(), 3u) << "a reboot is not awaited to be running";
}

TEST(JudgementTest, EachRegionHasItsOwnRoundTrip) {
  BootRecord near = LaunchOf("i-near", {AnswerAt(8000, 8100, "running")});
  BootRecord far = near;
  far.region = "eu-west-1";
  const Audit audit = Judge({{near, far}, {}}, 0, {{"us-west-2", 20}, {"eu-west-1", 140}});
  EXPECT_THAT(audit.boots.at(0).running.noticed, Optional(6110));
  EXPECT_THAT(audit.boots.at(1).running.noticed, Optional(6170));
}

}  // namespace
}  // namespace suites
