// The diagnosis of a failed launch as a user sees it, with faults of the local cloud.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class FailureDiagnosisTest : public LaunchProgramTest {
 protected:
  // Runs `flags` on a cloud with `faults`. Returns the one sample that the run must have written.
  json SampleOf(const std::string& faults, std::vector<std::string> flags) {
    const test_support::LocalCloud cloud(
        Program("localcloud"),
        {"--time_scale=0.02", "--rtt=0ms", "--faults=" + WriteFile("faults.json", faults)});
    flags.push_back("--benchmark_repetitions=1");
    auto run = StartAt(cloud, flags);
    EXPECT_EQ(run->Wait(), 1) << run->errors();
    output_ = run->output();
    EXPECT_THAT(cloud.Held(), IsEmpty());
    const auto lines = Lines();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? json() : lines.front();
  }

  std::string output_;
};

TEST_F(FailureDiagnosisTest, AKeyThatIsNeverAccepted) {
  const json sample = SampleOf(R"([{"fault": "sshd_rejects_key", "ms": 600000}])",
                               {"--benchmark_filter=^Cold/", "--launch_timeout=4s"});
  EXPECT_THAT(std::string(sample.at("failure")),
              HasSubstr("the key was never accepted: check --ssh_user (ec2-user)"));
  EXPECT_THAT(output_, HasSubstr("check --ssh_user (ec2-user)"));
  EXPECT_THAT(std::string(Repetitions("Cold").at(0).at("error_message")),
              HasSubstr("check --ssh_user (ec2-user)"));
  const json& trace = sample.at("trace");
  for (const char* mark : {"api", "running", "address", "tcp_open", "ssh_handshake"})
    EXPECT_TRUE(trace.at("reached_ms").contains(mark)) << mark;
  EXPECT_FALSE(trace.at("reached_ms").contains("ssh_authenticated"));
  EXPECT_THAT(std::string(trace.at("last_answers").at("DescribeInstances")),
              HasSubstr("running at 127."));
  EXPECT_THAT(std::string(trace.at("last_answers").at("SSH")), HasSubstr("publickey refused"));
  EXPECT_THAT(trace.at("console"), Contains(HasSubstr("SSH HOST KEY FINGERPRINTS")));
}

TEST_F(FailureDiagnosisTest, APortThatTheSecurityGroupKeepsClosed) {
  const json sample =
      SampleOf("[]", {"--benchmark_filter=^Cold/", "--launch_timeout=2s", "--ssh_cidr=10.0.0.0/8"});
  const std::string failure = sample.at("failure");
  EXPECT_THAT(failure, HasSubstr("filtered"));
  EXPECT_THAT(failure, HasSubstr("--ssh_cidr"));
  EXPECT_THAT(failure, HasSubstr("--address=private"));
  EXPECT_FALSE(sample.at("trace").at("reached_ms").contains("tcp_open"));
}

TEST_F(FailureDiagnosisTest, AMachineThatEndsOnItsWay) {
  const json sample = SampleOf(
      R"([{"fault": "sshd_rejects_key", "ms": 600000}, {"fault": "shutting_down", "ms": 1500}])",
      {"--benchmark_filter=^Cold/", "--launch_timeout=20s"});
  EXPECT_THAT(std::string(sample.at("failure")), HasSubstr("Server.InternalError"));
  EXPECT_TRUE(sample.at("trace").at("reached_ms").contains("api"));
  EXPECT_THAT(std::string(sample.at("trace").at("last_answers").at("DescribeInstances")),
              HasSubstr("Server.InternalError"));
  EXPECT_THAT(sample.at("trace").at("console"), Not(IsEmpty()));
}

// The trace must have the console output of the machine that could not be prepared.
TEST_F(FailureDiagnosisTest, APoolThatCannotBeFilled) {
  const json sample = SampleOf(R"([{"fault": "sshd_rejects_key", "ms": 600000}])",
                               {"--benchmark_filter=^WarmPool/Ssh/", "--launch_timeout=4s"});
  EXPECT_THAT(std::string(sample.at("failure")), HasSubstr("preparing: "));
  EXPECT_THAT(std::string(sample.at("failure")), HasSubstr("check --ssh_user"));
  EXPECT_THAT(sample.at("trace").at("console"), Contains(HasSubstr("SSH HOST KEY FINGERPRINTS")));
}

TEST_F(FailureDiagnosisTest, AnImageThatCannotBeBaked) {
  const json sample = SampleOf(R"([{"fault": "sshd_rejects_key", "ms": 600000}])",
                               {"--benchmark_filter=^RebakedAmi/", "--launch_timeout=4s"});
  EXPECT_THAT(std::string(sample.at("failure")), HasSubstr("baking "));
  EXPECT_THAT(sample.at("trace").at("console"), Contains(HasSubstr("SSH HOST KEY FINGERPRINTS")));
}

TEST_F(FailureDiagnosisTest, OneOfManyMachines) {
  const json sample = SampleOf(R"([{"fault": "shutting_down", "ms": 120, "skip": 1, "times": 1}])",
                               {"--benchmark_filter=^Burst", "--burst_sizes=2"});
  EXPECT_THAT(std::string(sample.at("failure")), HasSubstr("1 of 2 machines ready"));
  EXPECT_TRUE(sample.at("trace").at("reached_ms").contains("api"));
  EXPECT_THAT(sample.at("trace").at("console"), Not(IsEmpty()));
}

// If another account has not shared an image, only that launch fails. It says nothing about the
// credentials, so the other launches are measured.
TEST_F(FailureDiagnosisTest, AnImageThatIsNotSharedStopsNobodyElse) {
  const test_support::LocalCloud cloud(
      Program("localcloud"),
      {"--time_scale=0.02", "--rtt=0ms",
       "--faults=" + WriteFile("faults.json",
                               R"([{"action": "RunInstances", "error": "AuthFailure", "times": 1,
                                    "message": "Not authorized for images: [ami-1]",
                                    "http_status": 403}])")});
  auto run =
      StartAt(cloud, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=2", "--concurrency=1"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_THAT(run->errors(), Not(HasSubstr("stopped, because every launch")));
  EXPECT_THAT(run->output(), HasSubstr("see --ami"));
  ASSERT_EQ(Lines().size(), 2u);
  EXPECT_EQ(Lines()[1].at("ok"), true);
}

}  // namespace
}  // namespace suites
