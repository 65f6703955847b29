// Eventual consistency: the delays of new ids, the index of tags, and status checks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using std::chrono::milliseconds;

// Long enough to be noticed even on a slow machine: ids are unknown for 0.3 s, and tags are indexed
// 0.3 s later.
std::string LateProfile() {
  const std::string path = ::testing::TempDir() + "/late_" + std::to_string(getpid()) + ".json";
  const auto late = [](const std::string& name, int ms) {
    return "\"" + name + "\": {\"constant_ms\": " + std::to_string(ms) +
           ", \"mark\": \"assumed\", \"source\": \"test\"}";
  };
  std::ofstream(path) << R"({"name": "late", "base": "ec2", "description": "a test",
    "consistency": {)" << late("new_ids", 300)
                      << ", " << late("tag_index", 300) << ", " << late("status_checks", 1200)
                      << R"(}, "lifecycle": {)" << late("pending_to_running", 1) << R"(},
    "boot": {"al2023": {)"
                      << late("running_to_closed", 1) << ", " << late("closed_to_open", 1) << ", "
                      << late("open_to_ready", 1) << "}}}";
  return path;
}

class ConsistencyTest : public CloudTest {
 protected:
  ConsistencyTest() : CloudTest(LateProfile(), 1) {}

  std::string Id(const std::string& action, const std::string& form, const std::string& element) {
    return Run(action, form).select_node(("//" + element).c_str()).node().text().get();
  }
  // Checks that the first call fails with `code`, and that the same call succeeds within the delay.
  void ExpectUnknownAtFirst(const std::string& action, const std::string& form,
                            const std::string& code) {
    EXPECT_EQ(CodeOf(action, form), code) << action << " " << form;
    loop_.RunUntil([&] { return CodeOf(action, form) == "none"; });
  }
  std::size_t Listed(const std::string& action, const std::string& set, const std::string& filter,
                     const std::string& value) {
    return Run(action, "Filter.1.Name=" + filter + "&Filter.1.Value.1=" + value)
        .select_nodes(("//" + set + "/item").c_str())
        .size();
  }
};

TEST_F(ConsistencyTest, NewIdsOfEachKindAreUnknownAtFirst) {
  const std::string vpc = Id("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
  const std::string main_tables = "Filter.1.Name=vpc-id&Filter.1.Value.1=" + vpc;
  EXPECT_EQ(Run("DescribeRouteTables", main_tables).select_nodes("//routeTableSet/item").size(),
            0U);
  ExpectUnknownAtFirst("DescribeVpcs", "VpcId.1=" + vpc, "InvalidVpcID.NotFound");
  loop_.RunUntil([&] {
    return Run("DescribeRouteTables", main_tables).select_nodes("//routeTableSet/item").size() == 1;
  });
  const std::string subnet = Id("CreateSubnet", "CidrBlock=10.0.0.0/24&VpcId=" + vpc, "subnetId");
  ExpectUnknownAtFirst("DescribeSubnets", "SubnetId.1=" + subnet, "InvalidSubnetID.NotFound");
  const std::string gateway = Id("CreateInternetGateway", "", "internetGatewayId");
  ExpectUnknownAtFirst("AttachInternetGateway", "InternetGatewayId=" + gateway + "&VpcId=" + vpc,
                       "InvalidInternetGatewayID.NotFound");
  const std::string table = Id("CreateRouteTable", "VpcId=" + vpc, "routeTableId");
  ExpectUnknownAtFirst(
      "CreateRoute",
      "DestinationCidrBlock=0.0.0.0/0&RouteTableId=" + table + "&GatewayId=" + gateway,
      "InvalidRouteTableID.NotFound");
  const std::string group =
      Id("CreateSecurityGroup", "GroupName=g&GroupDescription=d&VpcId=" + vpc, "groupId");
  ExpectUnknownAtFirst("AuthorizeSecurityGroupIngress",
                       "IpProtocol=tcp&FromPort=1&ToPort=1&CidrIp=127.0.0.0/8&GroupId=" + group,
                       "InvalidGroup.NotFound");
  const std::string rule =
      Run("AuthorizeSecurityGroupIngress",
          "IpProtocol=tcp&FromPort=2&ToPort=2&CidrIp=127.0.0.0/8&GroupId=" + group)
          .select_node("//securityGroupRuleId")
          .node()
          .text()
          .get();
  EXPECT_EQ(
      Listed("DescribeSecurityGroupRules", "securityGroupRuleSet", "security-group-rule-id", rule),
      0U);
  ExpectUnknownAtFirst("DescribeSecurityGroupRules", "SecurityGroupRuleId.1=" + rule,
                       "InvalidSecurityGroupRuleId.NotFound");
  const std::string interface =
      Id("CreateNetworkInterface", "SubnetId=" + subnet, "networkInterfaceId");
  ExpectUnknownAtFirst("DescribeNetworkInterfaces", "NetworkInterfaceId.1=" + interface,
                       "InvalidNetworkInterfaceID.NotFound");
  const std::string address = Id("AllocateAddress", "", "allocationId");
  ExpectUnknownAtFirst("AssociateAddress",
                       "AllocationId=" + address + "&NetworkInterfaceId=" + interface,
                       "InvalidAllocationID.NotFound");
  ExpectUnknownAtFirst("DescribeAddresses", "PublicIp.1=" + Id("AllocateAddress", "", "publicIp"),
                       "InvalidAddress.NotFound");
  Run("CreateKeyPair", "KeyName=k&KeyType=ed25519");
  ExpectUnknownAtFirst("RunInstances", LaunchForm() + "&KeyName=k", "InvalidKeyPair.NotFound");
}

TEST_F(ConsistencyTest, ANewMachineItsVolumeAndItsImageAreUnknownAtFirst) {
  const std::string id = Launch();
  EXPECT_EQ(CodeOf("TerminateInstances", "InstanceId.1=" + id), "InvalidInstanceID.NotFound");
  EXPECT_EQ(CodeOf("CreateTags", "ResourceId.1=" + id + "&Tag.1.Key=a"),
            "InvalidInstanceID.NotFound");
  EXPECT_EQ(Listed("DescribeVolumes", "volumeSet", "attachment.instance-id", id), 0U);
  loop_.RunUntil([&] { return CodeOf("DescribeInstances", "InstanceId.1=" + id) == "none"; });
  EXPECT_EQ(Listed("DescribeVolumes", "volumeSet", "attachment.instance-id", id), 1U);
  WaitForState(id, "running");
  const std::string image = Id("CreateImage", "NoReboot=true&Name=abc&InstanceId=" + id, "imageId");
  ExpectUnknownAtFirst("DescribeImages", "ImageId.1=" + image, "InvalidAMIID.NotFound");
}

// Also expects the rule that every group has.
TEST_F(ConsistencyTest, ANewGroupIsUnknownByItsNameAtFirst) {
  const std::string group = Id("CreateSecurityGroup", "GroupName=g&GroupDescription=d", "groupId");
  EXPECT_EQ(Listed("DescribeSecurityGroupRules", "securityGroupRuleSet", "group-id", group), 0U);
  EXPECT_EQ(CodeOf("CreateTags", "ResourceId.1=" + group + "&Tag.1.Key=a"),
            "InvalidGroup.NotFound");
  EXPECT_EQ(CodeOf("DescribeSecurityGroups", "GroupName.1=default&GroupName.2=g"),
            "InvalidGroup.NotFound");
  ExpectUnknownAtFirst("DescribeSecurityGroups", "GroupName.1=g", "InvalidGroup.NotFound");
  EXPECT_EQ(Listed("DescribeSecurityGroupRules", "securityGroupRuleSet", "group-id", group), 1U);
}

// A create that fails because the name is taken does not depend on what other calls know.
TEST_F(ConsistencyTest, ANameIsTakenAtOnce) {
  Run("CreateKeyPair", "KeyName=k&KeyType=ed25519");
  EXPECT_EQ(CodeOf("CreateKeyPair", "KeyName=k&KeyType=ed25519"), "InvalidKeyPair.Duplicate");
}

TEST_F(ConsistencyTest, FiltersByTagLagBehindIds) {
  const std::string group = Id("CreateSecurityGroup",
                               "GroupName=g&GroupDescription=d&TagSpecification.1.ResourceType="
                               "security-group&TagSpecification.1.Tag.1.Key=run"
                               "&TagSpecification.1.Tag.1.Value=1",
                               "groupId");
  const auto by_tag = [&](const std::string& value) {
    return Listed("DescribeSecurityGroups", "securityGroupInfo", "tag:run", value);
  };
  loop_.RunUntil([&] { return CodeOf("DescribeSecurityGroups", "GroupId.1=" + group) == "none"; });
  EXPECT_EQ(by_tag("1"), 0U);
  EXPECT_EQ(Listed("DescribeTags", "tagSet", "resource-id", group), 0U);
  loop_.RunUntil([&] { return by_tag("1") == 1; });

  Run("CreateTags", "ResourceId.1=" + group + "&Tag.1.Key=run&Tag.1.Value=2");
  EXPECT_EQ(by_tag("1"), 1U) << "the index still has the old value";
  EXPECT_EQ(by_tag("2"), 0U);
  const auto shown = Run("DescribeSecurityGroups", "GroupId.1=" + group);
  EXPECT_STREQ(shown.select_node("//tagSet/item/value").node().text().get(), "2");
  loop_.RunUntil([&] { return by_tag("2") == 1; });
  EXPECT_EQ(by_tag("1"), 0U);
}

TEST_F(ConsistencyTest, StatusChecksPassAfterTheBoot) {
  const auto launched = Clock::now();
  const std::string id = Launch();
  const auto status = [&] {
    return std::string(Run("DescribeInstanceStatus", "InstanceId.1=" + id)
                           .select_node("//instanceStatus/status")
                           .node()
                           .text()
                           .get());
  };
  loop_.RunUntil([&] { return CodeOf("DescribeInstances", "InstanceId.1=" + id) == "none"; });
  WaitForState(id, "running");
  std::set<std::string> before;
  loop_.RunUntil([&] {
    const std::string now = status();
    if (now == "ok") return true;
    before.insert(now);
    return false;
  });
  EXPECT_THAT(before, ::testing::ElementsAre("initializing"));
  EXPECT_GE(Clock::now() - launched, milliseconds(1200));
}

// With the delays of the default profile, which are on.
class DefaultConsistencyTest : public CloudTest {
 protected:
  DefaultConsistencyTest() : CloudTest("ec2", 100) {}
};

TEST_F(DefaultConsistencyTest, IsOn) {
  const std::string vpc =
      Run("CreateVpc", "CidrBlock=10.0.0.0/16").select_node("//vpcId").node().text().get();
  EXPECT_EQ(CodeOf("CreateSubnet", "CidrBlock=10.0.0.0/24&VpcId=" + vpc), "InvalidVpcID.NotFound");
}

}  // namespace
}  // namespace localcloud
