#include "suites/report/error_hints.h"

#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(ErrorHints, NamesTheFlag) {
  EXPECT_THAT(HintFor("RunInstances: InvalidGroup.NotFound: The security group 'sg-1' does not "
                      "exist (HTTP 400, request 1)"),
              HasSubstr("--security_group_id"));
  EXPECT_THAT(HintFor("opening us-west-2: CreateKeyPair: UnauthorizedOperation: You are not"),
              HasSubstr("--print_iam_policy"));
  EXPECT_THAT(HintFor("RunInstances: AuthFailure.ServiceLinkedRoleCreationNotPermitted: The "
                      "provided credentials do not have permission to create the service-linked "
                      "role for EC2 Spot Instances."),
              HasSubstr("create-service-linked-role --aws-service-name spot.amazonaws.com"));
}

TEST(ErrorHints, AnImageThatIsNotSharedIsNoMatterOfTheKeys) {
  EXPECT_THAT(HintFor("RunInstances: AuthFailure: Not authorized for images: [ami-1] (HTTP 403)"),
              HasSubstr("see --ami"));
}

TEST(ErrorHints, TakesACodeOnlyWhereItIsOne) {
  EXPECT_THAT(HintFor("RunInstances: InternalError: not Unsupported at all"), IsEmpty());
  EXPECT_THAT(HintFor("RunInstances: UnsupportedOperation: no"), IsEmpty());
  EXPECT_THAT(HintFor(""), IsEmpty());
}

class ErrorHintsProgramTest : public LaunchProgramTest {
 protected:
  // Returns stdout and stderr of a run with one Cold launch in which `action` is answered with
  // `code`.
  std::string OutputWhere(const std::string& action, const std::string& code) const {
    const test_support::LocalCloud cloud(
        Program("localcloud"),
        {"--time_scale=0.02", "--rtt=0ms",
         "--faults=" + WriteFile("faults.json", R"([{"action": ")" + action + R"(", "error": ")" +
                                                    code + R"(", "http_status": 400}])")});
    auto run = StartAt(cloud, {"--benchmark_filter=^Cold/", "--benchmark_repetitions=2"});
    EXPECT_EQ(run->Wait(), action == "RunInstances" ? 1 : 2) << run->errors();
    return run->output() + run->errors();
  }
};

// The hint is printed once, however many launches failed.
TEST_F(ErrorHintsProgramTest, StandsUnderTheLaunchesThatFailed) {
  const std::string output = OutputWhere("RunInstances", "VcpuLimitExceeded");
  const std::string hint = "hint: this exceeds the account's quota";
  EXPECT_THAT(output, HasSubstr(hint));
  EXPECT_THAT(output.substr(output.find(hint) + 1), Not(HasSubstr(hint)));
}

TEST_F(ErrorHintsProgramTest, StandsUnderASetUpThatFailed) {
  EXPECT_THAT(OutputWhere("CreateSecurityGroup", "UnauthorizedOperation"),
              HasSubstr("; these credentials may not do that; --print_iam_policy"));
}

}  // namespace
}  // namespace suites
