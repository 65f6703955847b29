#include "suites/audit/audit_report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace suites {
namespace {

using testing::HasSubstr;
using testing::Not;

BootAudit BootAtTest() {
  BootAudit boot;
  boot.instance_id = "i-0123456789abcdef0";
  boot.region = "us-west-2";
  boot.kind = "launch";
  boot.running = {5000.04, 15'981.5};
  boot.tcp_open = {11'067.0, 16'001.0};
  boot.ssh_ready = {11'420.1, std::nullopt};
  boot.action = "DescribeInstances";
  boot.request_received = 15'900;
  boot.answer_sent = 15'971.5;
  boot.running_resolution = 15'061.4;
  boot.polls = 2;
  boot.median_poll_gap = boot.longest_poll_gap = 15'021.4;
  boot.connections = 1;
  return boot;
}

Audit AuditAtTest() {
  Audit audit;
  audit.boots = {BootAtTest()};
  audit.not_terminated = {"i-0123456789abcdef0"};
  audit.api_calls = 4;
  audit.calls_by_action = {{"DescribeInstances", 3}, {"RunInstances", 1}};
  audit.refusals_by_code = {{"InvalidInstanceID.NotFound", 1}};
  return audit;
}

AuditedRun RunAtTest() {
  AuditedRun run;
  run.command = {"python3", "my launch.py"};
  run.status = 3;
  run.duration_ms = 20'460;
  return run;
}

std::string ReportOf(const Audit& audit, const AuditedRun& run = RunAtTest()) {
  const std::string text = AuditText(audit, run);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  return text;
}

TEST(AuditReportTest, TheTextHasTimesOfHappeningAndNoticing) {
  const std::string text = ReportOf(AuditAtTest());
  EXPECT_THAT(text, HasSubstr("Audit of: python3 'my launch.py'\n"));
  EXPECT_THAT(text, HasSubstr("ended with status 3 after 20.5 s."));
  EXPECT_THAT(text, HasSubstr("MODELLED"));
  EXPECT_THAT(text, HasSubstr(R"(
i-0123456789abcdef0 (ms)    happened     noticed        late
  running                     5000.0     15981.5     10981.5
  tcp open                   11067.0     16001.0      4934.0
  ssh ready                  11420.1           -           -
  2 describe calls until it was seen running; 15021.4 ms apart (median),
    15021.4 ms at most
  resolution of running: 15061.4 ms; with these polls it could have been
    noticed up to that late (this time: 10981.5 ms)
)"));
  EXPECT_THAT(text, HasSubstr("  1 connection to the SSH port, 0 logins\n"));
  EXPECT_THAT(text, HasSubstr("  API calls: 4 (DescribeInstances 3, RunInstances 1)\n"
                              "  refused: 1 (InvalidInstanceID.NotFound 1)\n"
                              "  left behind: 1 instance, gone with the local cloud\n"));
}

TEST(AuditReportTest, ACommandThatDidNothingIsToldSo) {
  const std::string text = ReportOf({});
  EXPECT_THAT(text, HasSubstr("The command launched no instance.\n"
                              "  If its work goes on in the background, the audit missed it: the"));
  EXPECT_THAT(
      text,
      HasSubstr("  API calls: none\n"
                "  the local cloud received no call. If the command launched something, it did\n"
                "    so elsewhere: check your account. Does the command read AWS_ENDPOINT_URL?\n"));
  EXPECT_THAT(text, Not(HasSubstr("left behind")));
}

TEST(AuditReportTest, DroppedCallsAreTold) {
  Audit audit = AuditAtTest();
  EXPECT_THAT(ReportOf(audit), Not(HasSubstr("missing")));
  EXPECT_EQ(nlohmann::json::parse(AuditJson(audit, RunAtTest())).at("oldest_calls_dropped"), false);
  audit.oldest_calls_dropped = true;
  EXPECT_THAT(
      ReportOf(audit),
      HasSubstr("  the oldest calls are missing: the local cloud keeps the last 200000 calls\n"));
  EXPECT_EQ(nlohmann::json::parse(AuditJson(audit, RunAtTest())).at("oldest_calls_dropped"), true);
}

TEST(AuditReportTest, AnInstanceThatWasNeverAskedAbout) {
  Audit audit = AuditAtTest();
  audit.boots[0] = {};
  audit.boots[0].instance_id = "i-0123456789abcdef0";
  audit.boots[0].kind = "start";
  const std::string text = ReportOf(audit);
  EXPECT_THAT(text, HasSubstr("no describe call asked about it\n"));
  EXPECT_THAT(text, HasSubstr("late  (started again)\n"));
  EXPECT_THAT(text, Not(HasSubstr("resolution")));
  const auto json = nlohmann::json::parse(AuditJson(audit, RunAtTest()));
  EXPECT_EQ(json.at("boots").at(0).at("running").at("action"), nullptr);
  audit.boots[0].polls = 1;
  EXPECT_THAT(ReportOf(audit), HasSubstr("1 describe call, none of which showed it running\n"));
}

TEST(AuditReportTest, WhatDidNotHappenToAnInstanceThatHasEndedNeverDoes) {
  Audit audit = AuditAtTest();
  audit.boots[0].ssh_ready = {};
  EXPECT_THAT(ReportOf(audit), HasSubstr("  ssh ready                        -           -"));
  audit.boots[0].has_ended = true;
  EXPECT_THAT(ReportOf(audit),
              HasSubstr("  ssh ready                    never       never           -\n"));
}

TEST(AuditReportTest, ASignalIsNamed) {
  AuditedRun run = RunAtTest();
  run.signal = 9;
  run.status = 137;
  EXPECT_THAT(ReportOf({}, run), HasSubstr("The command was ended by signal 9 (SIGKILL) after"));
  EXPECT_EQ(nlohmann::json::parse(AuditJson({}, run)).at("signal"), 9);
}

TEST(AuditReportTest, AFleetIsCutAndALongScriptToo) {
  Audit audit = AuditAtTest();
  audit.boots.assign(23, BootAtTest());
  AuditedRun run = RunAtTest();
  run.command = {"sh", "-c", std::string(30, '\n') + std::string(5000, 'x')};
  const std::string text = AuditText(audit, run);
  EXPECT_THAT(text, HasSubstr("... and 3 more; --benchmark_out=FILE writes all of them\n"));
  EXPECT_LT(text.size(), 20u * 600 + 2000);
  EXPECT_EQ(nlohmann::json::parse(AuditJson(audit, run)).at("boots").size(), 23u);
}

TEST(AuditReportTest, TheJsonHasEveryFigure) {
  const auto json = nlohmann::json::parse(AuditJson(AuditAtTest(), RunAtTest()));
  EXPECT_EQ(json.at("command"), nlohmann::json::array({"python3", "my launch.py"}));
  EXPECT_EQ(json.at("status"), 3);
  EXPECT_EQ(json.at("signal"), nullptr);
  EXPECT_EQ(json.at("modelled"), true);
  EXPECT_EQ(json.at("profile"), "ec2");
  EXPECT_EQ(json.at("calls_by_action").at("DescribeInstances"), 3);
  EXPECT_EQ(json.at("refusals_by_code").at("InvalidInstanceID.NotFound"), 1);
  EXPECT_EQ(json.at("not_terminated"), nlohmann::json::array({"i-0123456789abcdef0"}));
  const auto& boot = json.at("boots").at(0);
  EXPECT_EQ(boot.at("running").at("true_ms"), 5000.04);
  EXPECT_EQ(boot.at("running").at("noticed_ms"), 15'981.5);
  EXPECT_NEAR(boot.at("running").at("late_ms").get<double>(), 10'981.46, 1e-6);
  EXPECT_EQ(boot.at("running").at("resolution_ms"), 15'061.4);
  EXPECT_EQ(boot.at("running").at("action"), "DescribeInstances");
  EXPECT_EQ(boot.at("running").at("answer_sent_ms"), 15'971.5);
  EXPECT_EQ(boot.at("ssh_ready").at("late_ms"), nullptr);
  EXPECT_EQ(boot.at("polls"), 2);
  EXPECT_EQ(boot.at("poll_gap_median_ms"), 15'021.4);
}

}  // namespace
}  // namespace suites
