// Where machines are launched, and which address is used to reach them.
#include <gmock/gmock.h>

#include "aws/ec2.h"
#include "fixtures/cost/prices.h"
#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;

class PlacesTest : public LaunchProgramTest {
 protected:
  int Run(const LocalCloud& cloud, std::vector<std::string> flags) {
    flags.push_back("--benchmark_repetitions=1");
    run_ = StartAt(cloud, std::move(flags));
    return run_->Wait();
  }
  static aws::Ec2 ClientOf(const LocalCloud& cloud) {
    aws::ClientConfig config;
    config.service = "ec2";
    config.region = cloud.region();
    config.endpoint_url = cloud.endpoint_url();
    config.credentials = {cloud.access_key_id(), cloud.secret_access_key(), "", "the test"};
    return aws::Ec2(std::make_shared<aws::Client>(std::move(config)));
  }
  // Returns the file of a profile in which no zone of us-west-2 has `types` ("m7i.*").
  std::string ProfileWithout(const std::string& types) const {
    std::string zones;
    for (const char* zone : {"usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"})
      zones += std::string(zones.empty() ? "" : ", ") + "\"" + zone + R"(": {"types": [")" + types +
               R"("], "mark": "assumed", "source": "this test"})";
    return WriteFile("profile.json",
                     R"({"name": "none", "base": "ec2", "description": "a type is missing",
                         "not_offered": {)" +
                         zones + "}}");
  }
  std::string ZoneOf(std::size_t line) const { return Lines().at(line).at("label").at("zone"); }

  std::unique_ptr<test_support::ChildProcess> run_;
  const std::vector<std::string> serve_{"--time_scale=0.02", "--rtt=0ms"};
};

// The first zone, us-west-2a, has no t2. And there is no image of the type's first architecture.
TEST_F(PlacesTest, AZoneIsUsedThatHasTheType) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  ASSERT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--instance_type=t2.micro"}), 0)
      << run_->errors() << run_->output();
  EXPECT_EQ(ZoneOf(0), "us-west-2b");
  EXPECT_THAT(cloud.Held(), IsEmpty());
}

TEST_F(PlacesTest, ATypeThatTheRunsZoneLacksGetsAnother) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  ASSERT_EQ(Run(cloud, {"--benchmark_filter=^InstanceType/", "--instance_types=t2.micro"}), 0)
      << run_->errors() << run_->output();
  EXPECT_EQ(ZoneOf(0), "us-west-2b");
}

TEST_F(PlacesTest, AZoneWithoutTheTypeSaysSo) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^AvailabilityZone/", "--instance_type=t2.micro",
                        "--availability_zones=us-west-2a"}),
            1);
  EXPECT_THAT(run_->output() + run_->errors(),
              HasSubstr("zone us-west-2a does not offer t2.micro; zones that do: us-west-2b, "
                        "us-west-2c, us-west-2d"));
}

TEST_F(PlacesTest, ARegionWithoutTheTypeIsOneLine) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms",
                                                 "--profile=" + ProfileWithout("m7i.*")});
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^Cold/"}), 2);
  EXPECT_THAT(run_->errors(), HasSubstr("no zone of us-west-2 offers m7i.large; choose another "
                                        "instance type or --region"));
  EXPECT_EQ(CountCalls(json::parse(cloud.Truth()), "RunInstances"), 0);
  EXPECT_THAT(cloud.Held(), IsEmpty());
}

// Types that a flag names are checked before anything is created.
TEST_F(PlacesTest, ATypeThatTheRegionDoesNotOfferIsRefusedAtTheStart) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  const std::string sweep = "--benchmark_filter=Cold|InstanceType";
  EXPECT_EQ(Run(cloud, {sweep, "--instance_types=t3.medium,m7j.large"}), 2);
  EXPECT_EQ(run_->errors(),
            "launch_bench: --instance_types: us-west-2 does not offer the instance type "
            "'m7j.large'; did you mean m7i.large?\n");
  EXPECT_EQ(Run(cloud, {sweep, "--instance_types=x9.huge"}), 2);
  EXPECT_EQ(run_->errors(),
            "launch_bench: --instance_types: us-west-2 does not offer the instance type "
            "'x9.huge'\n");
  const std::string fleet =
      WriteFile("fleet.json", R"({"runner_type": "c7ii.large", "local_runners": 0})");
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^Fleet/Baseline/", "--fleet_config=" + fleet}), 2);
  EXPECT_THAT(run_->errors(), HasSubstr("--fleet_config: us-west-2 does not offer the instance "
                                        "type 'c7ii.large'; did you mean c7i.large?"));
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--instance_type=m7j.large"}), 2);
  EXPECT_THAT(run_->errors(), HasSubstr("did you mean m7i.large?"));
  const json truth = json::parse(cloud.Truth());
  for (const char* action : {"ImportKeyPair", "CreateSecurityGroup", "RunInstances", "CreateVpc"})
    EXPECT_EQ(CountCalls(truth, action), 0) << action;
  EXPECT_FALSE(std::filesystem::exists(json_path())) << "no file that looks like a result";

  // Types that are not measured are not checked.
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--instance_types=m7j.large"}), 0)
      << run_->errors();
}

// The user did not choose the types of the default sweep. If one does not exist, only its own
// launches fail.
TEST_F(PlacesTest, ATypeOfTheDefaultSweepThatIsNotOfferedSpoilsOnlyItself) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms",
                                                 "--profile=" + ProfileWithout("r7i.*")});
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^InstanceType/(t3.large|r7i.large)/"}), 1);
  EXPECT_FALSE(Repetitions("InstanceType/t3.large").at(0).contains("error_message"));
  EXPECT_THAT(std::string(Repetitions("InstanceType/r7i.large").at(0).at("error_message")),
              HasSubstr("no zone of us-west-2 offers r7i.large"));
}

TEST_F(PlacesTest, ASubnetInAZoneWithoutTheTypeIsOneLine) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  const std::string subnet =
      ClientOf(cloud).DescribeSubnets({{"availability-zone", {"us-west-2a"}}}, {}).at(0).subnet_id;
  EXPECT_EQ(Run(cloud,
                {"--benchmark_filter=^Cold/", "--instance_type=t2.micro", "--subnet_id=" + subnet}),
            2);
  EXPECT_THAT(run_->errors(), HasSubstr("is in us-west-2a, which has no t2.micro"));
}

TEST_F(PlacesTest, PrivateAddressesAreReached) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  ASSERT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--address=private", "--launch_timeout=20s"}),
            0)
      << run_->errors() << run_->output();
  EXPECT_THAT(cloud.Held(), IsEmpty());
  // No public address is billed. The launch took less than the minute that is billed at least.
  EXPECT_NEAR(Lines().at(0).at("counters").at("usd").get<double>(),
              *fixtures::LaunchUsd("m7i.large", "us-west-2", fixtures::kMinimumBilled,
                                   fixtures::kAmazonLinuxVolumeGib, false),
              1e-9);
}

TEST_F(PlacesTest, Ipv6AddressesAreReached) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  aws::Ec2 ec2 = ClientOf(cloud);
  const auto call = [&](const char* action, const aws::QueryParameters& parameters) {
    ec2.client().CallQuery(action, "2016-11-15", parameters, {});
  };
  // A subnet without a block, first.
  EXPECT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--address=ipv6"}), 2);
  EXPECT_THAT(run_->errors(), HasSubstr("has no IPv6 block; name one that has with --subnet_id"));

  const auto subnet = ec2.DescribeSubnets({{"availability-zone", {"us-west-2b"}}}, {}).at(0);
  call("AssociateVpcCidrBlock",
       {{"VpcId", subnet.vpc_id}, {"AmazonProvidedIpv6CidrBlock", "true"}});
  call("AssociateSubnetCidrBlock",
       {{"SubnetId", subnet.subnet_id}, {"Ipv6CidrBlock", "::ffff:127.150.16.0/116"}});
  ASSERT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", "--address=ipv6", "--launch_timeout=20s"}), 0)
      << run_->errors() << run_->output();
  EXPECT_EQ(ZoneOf(0), "us-west-2b") << "where the block is";
  EXPECT_THAT(cloud.Held(), IsEmpty());
}

TEST_F(PlacesTest, AnImageCanBeNamedByItsParameter) {
  const LocalCloud cloud(Program("localcloud"), serve_);
  const std::string latest = "--ami=resolve:ssm:/aws/service/ami-amazon-linux-latest/";
  ASSERT_EQ(Run(cloud, {"--benchmark_filter=^Cold/", latest + "al2023-ami-kernel-default-x86_64"}),
            0)
      << run_->errors();
  EXPECT_THAT(std::string(Lines().at(0).at("label").at("image")), testing::StartsWith("ami-"));
}

TEST_F(PlacesTest, SourcesOfTheWrongFamilyAndFleetsByPrivateAddressesAreRefused) {
  auto run = Start({"--address=ipv6", "--ssh_cidr=203.0.113.7/32"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("--ssh_cidr=203.0.113.7/32 has another address family"));
  run = Start({"--address=ipv6", "--benchmark_filter=PreEni"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("leave PreEni out of --benchmark_filter"));
  run = Start({"--ssh_key_type=ecdsa", "--benchmark_filter=Warm"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(
      run->errors(),
      HasSubstr("--ssh_key_type=ecdsa: EC2 Instance Connect takes Ed25519 and RSA keys only; "
                "leave WarmPool/InstanceConnect, WarmPool/TagClaim out of "
                "--benchmark_filter"));
  run = Start({"--ssh_key_type=ecdsa", "--benchmark_filter=CustomInit"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("CustomInit uses an EC2 key pair"));
  run = Start({"--address=private", "--benchmark_filter=^Fleet/Baseline/"});
  EXPECT_EQ(run->Wait(), 2);
  EXPECT_THAT(run->errors(), HasSubstr("which only public addresses reach"));
}

}  // namespace
}  // namespace suites
