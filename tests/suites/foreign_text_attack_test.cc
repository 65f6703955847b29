// Errors, tags and files whose texts try to control the user's terminal and to forge lines of
// launch_bench.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "aws/client.h"
#include "aws/ec2.h"
#include "aws/printable.h"
#include "fixtures/leftovers/run_identity.h"
#include "tests/suites/launch_program.h"
#include "tests/support/scripted_http_server.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

// A title sequence, a cleared screen, a forged line, a C1 control, and bidirectional override and
// isolate characters.
const std::string kHostile =
    "A\x1b]0;owned\x07\x1b[2J\nresults: all is well\r\xc2\x9b"
    "31m\xe2\x80\xae\xe2\x81\xa6";
const std::string kShown =
    "A\\x1b]0;owned\\x07\\x1b[2J\\x0aresults: all is well\\x0d\\u009b31m\\u202e\\u2066";
const std::string kHarmless = "A plain text";

std::ptrdiff_t CountLines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

// Expects nothing in `text` that a terminal acts on.
void ExpectPlain(const std::string& output) {
  for (const unsigned char c : output) ASSERT_TRUE(c >= 0x20 || c == '\n') << int{c} << output;
  EXPECT_THAT(output, Not(AnyOf(HasSubstr("\xc2\x9b"), HasSubstr("\xe2\x80\xae"),
                                HasSubstr("\xe2\x81\xa6"))));
}

class ForeignTextAttack : public LaunchProgramTest {
 protected:
  // Returns the output of a run in which every launch is refused with `message`.
  std::string RefusedRun(const std::string& message) {
    const json faults = {
        {{"action", "RunInstances"}, {"error", "UnauthorizedOperation"}, {"message", message}}};
    const LocalCloud cloud(
        Program("localcloud"),
        {"--time_scale=0.01", "--rtt=0ms", "--faults=" + WriteFile("faults.json", faults.dump())});
    auto run = StartAt(
        cloud, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=2", "--launch_timeout=2s"});
    EXPECT_EQ(run->Wait(), 1) << run->errors();
    return run->output() + run->errors();
  }
};

TEST_F(ForeignTextAttack, AnEndpointsErrorIsOneLine) {
  ScriptedHttpServer endpoint([](const test_support::ScriptedRequest&) {
    ScriptedAnswer answer;
    answer.status = 400;
    answer.body = "<Response><Errors><Error><Code>" + kHostile + "</Code><Message>" + kHostile +
                  "\xff</Message></Error></Errors><RequestID>" + kHostile +
                  "</RequestID></Response>";
    return answer;
  });
  for (const std::string flag : {"--benchmark_filter=^Cold/", "--cleanup"}) {
    auto run = Start({flag, "--endpoint_url=" + endpoint.url()},
                     {{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "secret"}});
    EXPECT_EQ(run->Wait(), 2) << run->errors();
    ExpectPlain(run->output() + run->errors());
    EXPECT_EQ(CountLines(run->errors()), 1) << run->errors();
    EXPECT_THAT(run->errors(), AllOf(HasSubstr("\\u009b31m\\u202e"), HasSubstr("\\xff")));
  }
}

TEST_F(ForeignTextAttack, ARefusalForgesNoRow) {
  const std::string output = RefusedRun(kHostile);
  ExpectPlain(output);
  EXPECT_THAT(output, HasSubstr("failed: "));
  EXPECT_THAT(output, HasSubstr("\\u009b31m\\u202e\\u2066")) << output;
  const auto failed = Repetitions("Cold");
  ASSERT_EQ(failed.size(), 2U) << "the results are valid JSON";
  EXPECT_THAT(std::string(failed[0].at("error_message")), HasSubstr("\\u202e"));
  EXPECT_EQ(CountLines(output), CountLines(RefusedRun(kHarmless))) << output;
}

// Anyone who can create a key pair in the account can write text that --cleanup lists.
TEST_F(ForeignTextAttack, TagsForgeNoLineOfTheListing) {
  const auto listing = [this](const std::string& text) {
    const LocalCloud cloud(Program("localcloud"), {"--time_scale=0", "--rtt=0ms"});
    aws::ClientConfig config;
    config.service = "ec2";
    config.region = cloud.region();
    config.endpoint_url = cloud.endpoint_url();
    config.credentials = {cloud.access_key_id(), cloud.secret_access_key(), "", "test"};
    aws::CallOptions call;
    call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    aws::Ec2(std::make_shared<aws::Client>(std::move(config)))
        .ImportKeyPair("other",
                       "ssh-ed25519 "
                       "AAAAC3NzaC1lZDI1NTE5AAAAIGRlYWRiZWVmZGVhZGJlZWZkZWFkYmVlZmRlYWRiZWVm x",
                       {{fixtures::kRunTag, "lb-20260101-000000-abcdef" + text},
                        {fixtures::kOwnerTag, text},
                        {fixtures::kProcessTag, text},
                        {fixtures::kExpiresTag, "2999-01-01T00:00:00Z" + text}},
                       call);
    std::string said;
    for (const std::string flag : {"--cleanup", "--cleanup=all"}) {
      auto cleanup = Start({flag, "--endpoint_url=" + cloud.endpoint_url()}, cloud.Environment());
      EXPECT_NE(cleanup->Wait(), -1);
      said += cleanup->output() + cleanup->errors();
    }
    return said;
  };
  const std::string said = listing(kHostile);
  ExpectPlain(said);
  EXPECT_EQ(CountLines(said), CountLines(listing(kHarmless))) << said;
}

// A flag, a file and a name that an attacker gave to the user.
TEST_F(ForeignTextAttack, AFlagsErrorIsOneLine) {
  for (const std::string& flag :
       {"--nonsense=" + kHostile, "--benchmark_" + kHostile, "--poll_interval=" + kHostile,
        "--tags=" + kHostile, "--cloud=" + kHostile, "--print_fleet_plan=" + kHostile,
        "--fleet_config=/nonexistent/" + kHostile, "--resume=" + kHostile,
        "--benchmark_filter=(" + kHostile, "--local_profile=" + kHostile,
        "--config=" + WriteFile("hostile.conf", "region=a\n\x1b[2J=1\n"),
        "--fleet_config=" + WriteFile("fleet.json", json{{kHostile, 1}}.dump())}) {
    auto run = Start({flag});
    EXPECT_EQ(run->Wait(), 2) << flag << run->errors();
    ExpectPlain(run->output() + run->errors());
    EXPECT_EQ(CountLines(run->errors()), 1) << run->errors();
  }
}

TEST(PrintableAttack, EscapesWhatATerminalOrAReaderMistakes) {
  EXPECT_EQ(aws::Printable("plain, Grüße, 日本, \\x1b"), "plain, Grüße, 日本, \\x1b");
  EXPECT_EQ(aws::Printable(kHostile), kShown);
  EXPECT_EQ(aws::Printable("\x9b\xff\xc3\xc0\x9b"), "\\x9b\\xff\\xc3\\xc0\\x9b") << "no UTF-8";
  const std::string cut = aws::Printable(std::string(1'000'000, '\x1b'));
  EXPECT_LE(cut.size(), aws::kLongestText + 3);
  EXPECT_TRUE(cut.ends_with("\\x1b…"));
}

}  // namespace
}  // namespace suites
