// launch_bench audit as a user runs it: real commands, a real local cloud.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/suites/launch_program.h"
#include "tests/support/file_text.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::ChildProcess;
using testing::HasSubstr;
using testing::Not;

bool CanRun(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

class AuditCommandTest : public LaunchProgramTest {
 protected:
  AuditCommandTest() { std::filesystem::create_directories(temporary()); }

  // The temporary directories of launch_bench and of its local cloud are in here.
  std::string temporary() const { return directory_ / "tmp"; }
  std::string report_path() const { return directory_ / "audit.json"; }

  std::vector<std::string> Words(const std::vector<std::string>& command,
                                 const std::string& time_scale = "0.05") const {
    std::vector<std::string> words{Program("launch_bench"),
                                   "audit",
                                   "--benchmark_out=" + report_path(),
                                   "--local_time_scale=" + time_scale,
                                   "--local_rtt=8",
                                   "--"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  std::map<std::string, std::string> OwnVariables() const { return {{"TMPDIR", temporary()}}; }
  std::unique_ptr<ChildProcess> StartAudit(const std::vector<std::string>& command) const {
    return std::make_unique<ChildProcess>(Words(command), OwnVariables());
  }
  std::unique_ptr<ChildProcess> StartScript(const std::string& script) const {
    return StartAudit({"sh", "-c", script, "sh", directory_});
  }
  json Report() const { return json::parse(test_support::FileText(report_path())); }
  bool NothingIsLeft() const { return std::filesystem::is_empty(temporary()); }
};

// Launches with curl, notes each answer that shows the machine, logs in, and keeps the truth.
constexpr char kWaiter[] = R"sh(
query() {
  curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:ec2" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    --data "Version=2016-11-15&$1" "$AWS_ENDPOINT_URL/"
}
element() { tr '<' '\n' | sed -n "s/^$1>//p" | head -n 1; }
id=$(query "Action=RunInstances&InstanceType=m7i.large&MinCount=1&MaxCount=1&ImageId=$AUDIT_IMAGE_ID&KeyName=$AUDIT_KEY_NAME&SecurityGroupId.1=$AUDIT_SECURITY_GROUP_ID" |
  element instanceId)
while :; do
  answer=$(query "Action=DescribeInstances&InstanceId.1=$id")
  state=$(printf %s "$answer" | element name)
  case $state in pending|running) echo "$state" ;; esac
  [ "$state" != running ] || break
done
address=$(printf %s "$answer" | element ipAddress)
until ssh -F none -i "$AUDIT_KEY_FILE" -p "$AUDIT_SSH_PORT" -o IdentitiesOnly=yes -o BatchMode=yes \
  -o LogLevel=QUIET -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "ec2-user@$address" true; do :; done
curl -sS "$AWS_ENDPOINT_URL/_localcloud/truth" >"$1/truth.json"
echo told >&2
exit 7
)sh";

TEST_F(AuditCommandTest, WhatItSaysIsWhatHappened) {
  if (!CanRun("command -v curl && command -v ssh")) GTEST_SKIP() << "no curl or no ssh here";
  auto audit = StartScript(kWaiter);
  ASSERT_EQ(audit->Wait(), 7) << audit->errors();
  const std::string states = audit->output();
  EXPECT_THAT(states, testing::EndsWith("running\n"));
  EXPECT_THAT(audit->errors(), HasSubstr("told\n"));
  EXPECT_THAT(audit->errors(), HasSubstr("ended with status 7"));

  const json truth = json::parse(test_support::FileText(directory_ / "truth.json"));
  const auto launch =
      std::ranges::find_if(truth, [](const json& e) { return e["kind"] == "launch"; });
  ASSERT_NE(launch, truth.end());
  const json& events = launch->at("events");
  const auto since_accepted = [&](const json& at) {
    return static_cast<double>(at.get<std::int64_t>() - events.at("accepted").get<std::int64_t>()) /
           1e6;
  };
  const json report = Report();
  ASSERT_EQ(report.at("boots").size(), 1u);
  const json& boot = report.at("boots").at(0);
  EXPECT_EQ(boot.at("instance_id"), launch->at("instance_id"));
  EXPECT_EQ(report.at("not_terminated"), json::array({boot.at("instance_id")}));
  EXPECT_EQ(boot.at("polls"), std::ranges::count(states, '\n')) << states;

  const double running = boot.at("running").at("true_ms");
  const double noticed = boot.at("running").at("noticed_ms");
  const double resolution = boot.at("running").at("resolution_ms");
  EXPECT_DOUBLE_EQ(running, since_accepted(events.at("running")));
  EXPECT_DOUBLE_EQ(noticed, since_accepted(launch->at("answers").back().at("sent")) + 4)
      << "half of the round trip of 8 ms";
  EXPECT_DOUBLE_EQ(boot.at("running").at("late_ms").get<double>(), noticed - running);
  EXPECT_LE(running, noticed);
  EXPECT_GE(running, noticed - resolution);
  for (const auto& [ours, true_event, first] :
       {std::tuple("tcp_open", "tcp_open", "first_connection"),
        std::tuple("ssh_ready", "ssh_ready", "first_login")}) {
    EXPECT_DOUBLE_EQ(boot.at(ours).at("true_ms").get<double>(),
                     since_accepted(events.at(true_event)));
    EXPECT_DOUBLE_EQ(boot.at(ours).at("noticed_ms").get<double>(),
                     since_accepted(events.at(first)));
    EXPECT_GE(boot.at(ours).at("late_ms").get<double>(), 0);
  }
  EXPECT_EQ(boot.at("logins"), launch->at("logins"));

  int refused = 0;
  for (const json& entry : truth) {
    const bool is_ours = entry.value("action", "") == "DescribeInstances";
    refused += is_ours && entry.contains("error") ? 1 : 0;
  }
  const json& calls = report.at("calls_by_action");
  EXPECT_EQ(calls.size(), 2u) << "the preparation's calls are not the command's: " << calls;
  EXPECT_EQ(calls.at("RunInstances"), 1);
  EXPECT_EQ(calls.at("DescribeInstances"), CountCalls(truth, "DescribeInstances"));
  int reported = 0;
  for (const auto& [code, count] : report.at("refusals_by_code").items())
    reported += count.get<int>();
  EXPECT_EQ(reported, refused);
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(AuditCommandTest, TheUsersAccountIsHiddenAndStreamsArePassedThrough) {
  ChildProcess shell({"bash", "-c", "echo from stdin | \"$@\"", "bash", Program("launch_bench"),
                      "audit", "--local_time_scale=0", "--", "sh", "-c", "cat; env"},
                     {{"AWS_PROFILE", "mine"},
                      {"AWS_SESSION_TOKEN", "session-of-mine"},
                      {"AWS_ENDPOINT_URL_EC2", "https://ec2.us-west-2.amazonaws.com"},
                      {"AWS_ACCESS_KEY_ID", "AKIAMINE"},
                      {"TMPDIR", temporary()}});
  shell.Wait();
  const std::string output = shell.output();
  EXPECT_THAT(output, testing::StartsWith("from stdin\n"));
  EXPECT_THAT(output, HasSubstr("\nAWS_ENDPOINT_URL=http://127.0.0.1:"));
  for (const char* line :
       {"AWS_REGION=us-west-2", "AWS_DEFAULT_REGION=us-west-2", "AWS_CONFIG_FILE=/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true",
        "AUDIT_IMAGE_ID=ami-", "AUDIT_SECURITY_GROUP_ID=sg-", "AUDIT_SSH_PORT="})
    EXPECT_THAT(output, HasSubstr(std::string("\n") + line));
  for (const char* text : {"AWS_PROFILE", "session-of-mine", "AWS_ENDPOINT_URL_EC2", "AKIAMINE"})
    EXPECT_THAT(output, Not(HasSubstr(text)));
  EXPECT_THAT(shell.errors(), HasSubstr("The command launched no instance.\n"));
  EXPECT_THAT(output, Not(HasSubstr("Audit of:"))) << "standard output is the command's";
}

TEST_F(AuditCommandTest, ARequestThatTheCloudRefusesAtOnceHasArrived) {
  if (!CanRun("command -v curl")) GTEST_SKIP() << "no curl here";
  auto audit = StartScript(R"sh(
for service in ec2 rds; do
  curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:$service" --user AKIAMINE:mine \
    --data "Version=2016-11-15&Action=RunInstances" "$AWS_ENDPOINT_URL/"
done
)sh");
  EXPECT_EQ(audit->Wait(), 0) << audit->errors();
  EXPECT_THAT(audit->errors(), HasSubstr("  API calls: 2 (RunInstances 2)\n"
                                         "  refused: 2 (AuthFailure 2)\n"));
  EXPECT_THAT(audit->errors(), Not(HasSubstr("check your account")));
  EXPECT_EQ(Report().at("refusals_by_code"), json::object({{"AuthFailure", 2}}));
}

TEST_F(AuditCommandTest, ACommandThatCannotRunIsOneLine) {
  struct Case {
    std::vector<std::string> command;
    int status;
    std::string error;
  };
  const std::string plain = WriteFile("plain", "no program\n");
  for (const Case& one :
       std::vector<Case>{{{"no-such-program-at-all"}, 127, "no-such-program-at-all: not found"},
                         {{"./no/such/program"}, 127, "./no/such/program: not found"},
                         {{"/"}, 126, "/: cannot be started: Is a directory"},
                         {{plain}, 126, plain + ": cannot be started: Permission denied"}}) {
    auto audit = StartAudit(one.command);
    EXPECT_EQ(audit->Wait(), one.status);
    EXPECT_EQ(audit->errors(), "launch_bench: " + one.error + "\n");
    EXPECT_EQ(audit->output(), "");
  }
  std::filesystem::permissions(plain, std::filesystem::perms::owner_all);
  auto audit = StartAudit({plain});
  EXPECT_EQ(audit->Wait(), 126);
  EXPECT_THAT(audit->errors(), HasSubstr("does its first line name an interpreter?"));
  EXPECT_FALSE(std::filesystem::exists(report_path()));
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(AuditCommandTest, ASignalThatEndsTheCommandIsNamed) {
  auto audit = StartScript("kill -KILL $$");
  EXPECT_EQ(audit->Wait(), 137);
  EXPECT_THAT(audit->errors(), HasSubstr("The command was ended by signal 9 (SIGKILL) after"));
  EXPECT_EQ(Report().at("signal"), 9);
  EXPECT_EQ(Report().at("status"), 137);
}

TEST_F(AuditCommandTest, ASignalIsPassedOnAndTheReportFollows) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    auto audit = StartScript(
        "trap 'echo stopping; exit 5' TERM INT HUP; echo started; while :; do sleep 0.05; done");
    ASSERT_TRUE(audit->WaitForOutput("started")) << audit->errors();
    audit->Signal(signal);
    EXPECT_EQ(audit->Wait(), 5) << signal;
    EXPECT_EQ(audit->output(), "started\nstopping\n");
    EXPECT_THAT(audit->errors(), HasSubstr("ended with status 5"));
    EXPECT_TRUE(NothingIsLeft());
  }
}

TEST_F(AuditCommandTest, ASecondSignalLeavesAtOnce) {
  auto audit = StartScript("trap 'echo ignored' INT; echo started; while :; do sleep 0.05; done");
  ASSERT_TRUE(audit->WaitForOutput("started")) << audit->errors();
  audit->Signal(SIGINT);
  ASSERT_TRUE(audit->WaitForOutput("ignored"));
  audit->Signal(SIGINT);
  EXPECT_EQ(audit->Wait(), 130);
  EXPECT_THAT(audit->errors(), HasSubstr("launch_bench: interrupted twice: the command was killed "
                                         "if it still ran; no report\n"));
  EXPECT_FALSE(std::filesystem::exists(report_path()));
  test_support::WaitUntil("the end of the local cloud", [&] { return NothingIsLeft(); });
}

TEST_F(AuditCommandTest, ASignalBeforeTheCommandIsOneLine) {
  // The calls that prepare the account take a minute each.
  ChildProcess audit({Program("launch_bench"), "audit", "--local_rtt=60000", "--", "echo", "ran"},
                     OwnVariables());
  test_support::WaitUntil("the audit's directory", [&] { return !NothingIsLeft(); });
  audit.Signal(SIGINT);
  EXPECT_EQ(audit.Wait(), 130);
  EXPECT_EQ(audit.output(), "");
  EXPECT_EQ(audit.errors(), "launch_bench: interrupted before the command started\n");
  EXPECT_TRUE(NothingIsLeft());
}

// The terminal sends SIGINT to the command and to launch_bench, which must not repeat it.
TEST_F(AuditCommandTest, CtrlCReachesTheCommandOnce) {
  if (!CanRun("command -v python3")) GTEST_SKIP() << "no python3 here";
  const std::string terminal = WriteFile("terminal.py", R"py(
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
sent, typed = b"", False
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    sent += part
    if not part:
        break
    if b"started" in sent and not typed:
        os.write(terminal, b"\x03")
        typed = True
print(sent.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
)py");
  std::vector<std::string> words = Words({"sh", "-c", R"sh(
n=0
trap 'n=$((n + 1))' INT
echo started
while [ $n = 0 ]; do sleep 0.05; done
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; done
exit $n
)sh"});
  words.insert(words.begin(), {"python3", terminal});
  ChildProcess audit(words, OwnVariables());
  EXPECT_EQ(audit.Wait(), 1) << audit.output();
  EXPECT_THAT(audit.output(), HasSubstr("ended with status 1"));
  EXPECT_TRUE(NothingIsLeft());
}

TEST_F(AuditCommandTest, WithoutALocalCloudThereIsNoReport) {
  auto audit = StartScript(R"sh(
read -r children </proc/$PPID/task/$PPID/children
for child in $children; do
  [ "$(cat /proc/$child/comm)" != localcloud ] || kill -KILL $child
done
)sh");
  EXPECT_EQ(audit->Wait(), 1);
  EXPECT_THAT(audit->errors(),
              HasSubstr("there is no report: cannot fetch the local cloud's record: "));
}

TEST_F(AuditCommandTest, AReportThatCannotBeWritten) {
  for (const auto& [path, status] :
       {std::pair(std::string("/does/not/exist/audit.json"), 2), std::pair(std::string("/tmp"), 2),
        std::pair(std::string("/dev/full"), 1)}) {
    ChildProcess audit({Program("launch_bench"), "audit", "--benchmark_out=" + path,
                        "--local_time_scale=0", "--", "echo", "ran"},
                       OwnVariables());
    EXPECT_EQ(audit.Wait(), status);
    EXPECT_EQ(audit.output(), status == 1 ? "ran\n" : "");
    EXPECT_THAT(audit.errors(), HasSubstr("cannot write " + path));
    EXPECT_EQ(std::ranges::count(audit.errors(), '\n') == 1, status == 2) << audit.errors();
  }
}

TEST_F(AuditCommandTest, AReportThatStandardErrorDoesNotTakeIsAFailure) {
  for (const std::string redirection : {"2>/dev/full", "2>&-"}) {
    std::filesystem::remove(report_path());
    std::vector<std::string> words = Words({"sh", "-c", "echo ran"});
    words.insert(words.begin(), {"bash", "-c", "\"$@\" " + redirection, "bash"});
    ChildProcess audit(words, OwnVariables());
    EXPECT_EQ(audit.Wait(), 1) << redirection;
    EXPECT_EQ(audit.output(), "ran\n");
    EXPECT_EQ(Report().at("status"), 0) << "the file is written all the same";
  }
}

class AuditExampleTest : public AuditCommandTest,
                         public testing::WithParamInterface<std::string> {};

TEST_P(AuditExampleTest, NoticesItsMachine) {
  const bool is_python = GetParam() == "poll_every_50_ms";
  if (!CanRun(is_python ? "python3 -c 'import botocore'" : "command -v aws && command -v ssh"))
    GTEST_SKIP() << "no botocore, or no aws and ssh";
  auto audit = StartAudit({test_support::SourcePath("scripts/audit_examples/" + GetParam())});
  ASSERT_EQ(audit->Wait(), 0) << audit->errors();
  const json report = Report();
  ASSERT_EQ(report.at("boots").size(), 1u);
  EXPECT_EQ(report.at("not_terminated"), json::array());
  const json& boot = report.at("boots").at(0);
  EXPECT_GE(boot.at("running").at("late_ms").get<double>(), 0);
  EXPECT_GE(boot.at("running").at("resolution_ms"), boot.at("running").at("late_ms"));
  EXPECT_GE(boot.at("tcp_open").at("late_ms").get<double>(), 0);
  if (is_python) {
    EXPECT_EQ(boot.at("ssh_ready").at("noticed_ms"), nullptr) << "it does not log in";
  } else {
    EXPECT_GE(boot.at("ssh_ready").at("late_ms").get<double>(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Scripts, AuditExampleTest,
                         testing::Values("aws_cli_waiter", "poll_every_second", "poll_every_50_ms"),
                         [](const auto& script) { return script.param; });

}  // namespace
}  // namespace suites
