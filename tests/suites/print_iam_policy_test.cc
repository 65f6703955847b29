// --print_iam_policy as a user calls it, and how the flags change its output.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class PrintIamPolicyTest : public LaunchProgramTest {
 protected:
  int Print(std::vector<std::string> flags, const std::string& region = "") {
    flags.insert(flags.begin(), "--print_iam_policy");
    program_ = Start(
        flags,
        {{"AWS_REGION", region}, {"AWS_DEFAULT_REGION", ""}, {"AWS_CONFIG_FILE", config_file_}});
    return program_->Wait();
  }
  std::string output() const { return program_->output(); }
  std::string errors() const { return program_->errors(); }

  std::string config_file_ = "/dev/null";
  std::unique_ptr<test_support::ChildProcess> program_;
};

TEST_F(PrintIamPolicyTest, WithoutAProfileNoRoleMayBePassed) {
  EXPECT_EQ(Print({}), 0);
  EXPECT_TRUE(nlohmann::json::accept(output()));
  EXPECT_THAT(output(), HasSubstr("\"arn:aws:ec2:"));
  EXPECT_THAT(output(), Not(HasSubstr("iam:")));
  EXPECT_THAT(errors(), IsEmpty());
}

TEST_F(PrintIamPolicyTest, WithOneItsRoleMayAndTheUserIsToldToCompareTheNames) {
  EXPECT_EQ(Print({"--iam_instance_profile=runner"}), 0);
  EXPECT_TRUE(nlohmann::json::accept(output()));
  EXPECT_THAT(output(), HasSubstr("\"arn:aws:iam::*:role/runner\""));
  EXPECT_THAT(errors(), HasSubstr("aws iam get-instance-profile"));
  const std::string fleet = WriteFile("fleet.json", R"({"instance_profile": "fleet-runner"})");
  EXPECT_EQ(Print({"--fleet_config=" + fleet}), 0);
  EXPECT_THAT(output(), HasSubstr("\"arn:aws:iam::*:role/fleet-runner\""));
  EXPECT_EQ(Print({"--iam_instance_profile=*"}), 2);
  EXPECT_THAT(errors(), HasSubstr("'*' is no instance profile's name"));
  EXPECT_THAT(output(), IsEmpty());
}

TEST_F(PrintIamPolicyTest, WithFleetsSpotsRoleMayBeMade) {
  EXPECT_EQ(Print({"--benchmark_filter=^Fleet/Spot"}), 0);
  EXPECT_THAT(output(), HasSubstr("\"iam:CreateServiceLinkedRole\""));
  EXPECT_EQ(Print({"--benchmark_filter=^Cold/"}), 0);
  EXPECT_THAT(output(), Not(HasSubstr("iam:CreateServiceLinkedRole")));
}

TEST_F(PrintIamPolicyTest, ThePartitionIsTheRegions) {
  EXPECT_EQ(Print({"--region=cn-north-1"}), 0);
  EXPECT_THAT(output(), HasSubstr("\"arn:aws-cn:ec2:"));
  EXPECT_THAT(output(), Not(HasSubstr("arn:aws:")));
  EXPECT_EQ(Print({}, "us-gov-west-1"), 0) << "from the environment, as in a run on AWS";
  EXPECT_THAT(output(), HasSubstr("\"arn:aws-us-gov:ec2:"));
  config_file_ = WriteFile("config", "[default]\nregion = cn-northwest-1\n");
  EXPECT_EQ(Print({}), 0) << "the AWS CLI's configuration is the default";
  EXPECT_THAT(output(), HasSubstr("\"arn:aws-cn:ec2:"));
  EXPECT_EQ(Print({}, "us-gov-west-1"), 0);
  EXPECT_THAT(output(), HasSubstr("\"arn:aws-us-gov:ec2:"));
  config_file_ = WriteFile("config", "[default\n");
  EXPECT_EQ(Print({}), 2);
  EXPECT_THAT(errors(), HasSubstr("config:1: a section header without ]"));
  EXPECT_EQ(Print({"--region=us-west-2,cn-north-1"}), 2);
  EXPECT_THAT(errors(), HasSubstr("us-west-2 and cn-north-1 are in different partitions"));
}

}  // namespace
}  // namespace suites
