// Zones, the instance types that they offer, and the origins from which their machines can be
// reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class PlacesApiTest : public CloudTest {
 protected:
  static std::vector<std::string> Texts(const pugi::xml_document& answer, const char* xpath) {
    std::vector<std::string> texts;
    for (const auto& node : answer.select_nodes(xpath)) texts.push_back(node.node().text().get());
    return texts;
  }
  std::vector<std::string> Locations(const std::string& more, const std::string& region) {
    return Texts(
        Run("DescribeInstanceTypeOfferings", "LocationType=availability-zone&" + more, region),
        "//instanceTypeOfferingSet/item/location");
  }
  std::string FirstSubnetOf(const std::string& zone) {
    return Run("DescribeSubnets", "Filter.1.Name=availability-zone&Filter.1.Value.1=" + zone)
        .select_node("//subnetId")
        .node()
        .text()
        .get();
  }
  std::string MessageOf(const std::string& action, const std::string& form) {
    try {
      Run(action, form);
    } catch (const ApiError& error) {
      return error.code() + ": " + error.what();
    }
    return "none";
  }
  // Returns the addresses of an instance's boot that admit SSH.
  std::vector<std::string> Reached(const std::string& id) {
    WaitForState(id, "running");
    const BootPlan& plan = machines_.at(id)->boots[0];
    std::vector<std::string> reached;
    for (const std::string& address : plan.addresses) {
      if (!plan.filtered.contains(address)) reached.push_back(address);
    }
    return reached;
  }
  void Admit(const std::string& source) {
    Run("AuthorizeSecurityGroupIngress",
        "GroupName=default&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22"
        "&IpPermissions.1.ToPort=22&IpPermissions.1." +
            source);
  }

  std::string micro_ = "ImageId=" + image_id() + "&InstanceType=t2.micro&MinCount=1&MaxCount=1";
};

TEST_F(PlacesApiTest, ZonesHaveEc2sIdsInAnOrderOfTheAccountsOwn) {
  const auto answer = Run("DescribeAvailabilityZones", "");
  EXPECT_THAT(Texts(answer, "//zoneName"),
              ElementsAre("us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"));
  EXPECT_THAT(Texts(answer, "//zoneId"),
              ElementsAre("usw2-az4", "usw2-az1", "usw2-az2", "usw2-az3"));
  EXPECT_THAT(
      Texts(Run("DescribeAvailabilityZones", "ZoneId.1=apne1-az4", "ap-northeast-1"), "//zoneName"),
      ElementsAre("ap-northeast-1a"));
  EXPECT_EQ(CodeOf("DescribeAvailabilityZones", "ZoneId.1=usw2-az9"), "InvalidParameterValue");
}

TEST_F(PlacesApiTest, TypesAreOfferedByZone) {
  const std::string micro = "Filter.1.Name=instance-type&Filter.1.Value.1=t2.micro";
  EXPECT_THAT(Locations(micro, "us-west-2"),
              UnorderedElementsAre("us-west-2b", "us-west-2c", "us-west-2d"));
  EXPECT_THAT(
      Locations("Filter.1.Name=instance-type&Filter.1.Value.1=m7i.large", "us-east-1"),
      UnorderedElementsAre("us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e", "us-east-1f"));
  EXPECT_THAT(Locations("Filter.1.Name=instance-type&Filter.1.Value.1=x9.huge", "us-west-2"),
              IsEmpty());
  EXPECT_THAT(Texts(Run("DescribeInstanceTypeOfferings", micro), "//location"),
              ElementsAre("us-west-2"));
  EXPECT_EQ(CodeOf("DescribeInstanceTypeOfferings", "LocationType=rack"), "InvalidParameterValue");
}

TEST_F(PlacesApiTest, AZoneWithoutTheTypeIsUnsupported) {
  EXPECT_EQ(MessageOf("RunInstances", micro_ + "&SubnetId=" + FirstSubnetOf("us-west-2a")),
            "Unsupported: Your requested instance type (t2.micro) is not supported in your "
            "requested Availability Zone (us-west-2a). Please retry your request by not specifying "
            "an Availability Zone or choosing us-west-2b, us-west-2c, us-west-2d.");
  EXPECT_EQ(CodeOf("RunInstances", micro_ + "&Placement.AvailabilityZone=us-west-2a"),
            "Unsupported");
  // If the caller names no zone, the launch goes to one that offers the type.
  EXPECT_THAT(Texts(Run("RunInstances", micro_), "//placement/availabilityZone"),
              ElementsAre("us-west-2b"));
}

TEST_F(PlacesApiTest, ASubnetWithoutAZoneIsNotInTheFirst) {
  const std::string block = "CidrBlock=127.10.240.0/24&VpcId=" + FixedId("vpc", "us-west-2");
  EXPECT_THAT(Texts(Run("CreateSubnet", block), "//subnet/availabilityZone"),
              ElementsAre("us-west-2d"));
}

TEST_F(PlacesApiTest, OlderTypesList32BitsFirst) {
  EXPECT_THAT(Texts(Run("DescribeInstanceTypes", "InstanceType.1=t2.micro"),
                    "//supportedArchitectures/item"),
              ElementsAre("i386", "x86_64"));
}

// A rule for the caller's public address does not apply to private traffic.
TEST_F(PlacesApiTest, EachAddressIsReachedFromItsOwnKindOfSource) {
  Admit("IpRanges.1.CidrIp=127.0.0.1/32");
  const std::string by_public = Launch();
  const auto reached = Reached(by_public);
  EXPECT_THAT(reached, ElementsAre(Describe(by_public, "//item/ipAddress")));
  Admit("IpRanges.1.CidrIp=127.10.0.0/16");
  const std::string by_both = Launch();
  EXPECT_THAT(Reached(by_both), testing::SizeIs(2));
}

TEST_F(PlacesApiTest, Ipv6NeedsABlockAndARuleOfItsOwn) {
  const std::string vpc = "VpcId=" + FixedId("vpc", "us-west-2");
  const std::string subnet = FixedId("subnet", "us-west-2b");
  const std::string launch = LaunchForm() + "&NetworkInterface.1.DeviceIndex=0" +
                             "&NetworkInterface.1.SubnetId=" + subnet +
                             "&NetworkInterface.1.Ipv6AddressCount=1";
  EXPECT_THAT(MessageOf("RunInstances", launch), HasSubstr("has no IPv6 CIDR block"));
  const std::string block = "SubnetId=" + subnet + "&Ipv6CidrBlock=::ffff:127.150.16.0/116";
  EXPECT_EQ(CodeOf("AssociateSubnetCidrBlock", block), "InvalidSubnet.Range") << "no VPC's block";
  Run("AssociateVpcCidrBlock", vpc + "&AmazonProvidedIpv6CidrBlock=true");
  Run("AssociateSubnetCidrBlock", block);
  EXPECT_THAT(Texts(Run("DescribeSubnets", "SubnetId.1=" + subnet), "//ipv6CidrBlock"),
              ElementsAre("::ffff:127.150.16.0/116"));
  EXPECT_THAT(
      Texts(Run("DescribeVpcs", ""), "//vpcSet/item/cidrBlockAssociationSet/item/cidrBlock"),
      ElementsAre("127.10.0.0/16"));

  Admit("IpRanges.1.CidrIp=0.0.0.0/0");
  const auto answer = Run("RunInstances", launch);
  const std::string first = answer.select_node("//instanceId").node().text().get();
  EXPECT_EQ(Describe(first, "//item/ipv6Address"), "::ffff:127.150.16.4");
  EXPECT_THAT(Reached(first), testing::Not(testing::Contains("127.150.16.4")));
  Admit("Ipv6Ranges.1.CidrIpv6=::ffff:127.0.0.1/128");
  const std::string second =
      Run("RunInstances", launch).select_node("//instanceId").node().text().get();
  EXPECT_THAT(Reached(second), testing::Contains("127.150.16.5"));
}

TEST_F(PlacesApiTest, ABlockIsOfTheFamilyThatItsParameterIsFor) {
  const std::string rule =
      "GroupName=default&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22"
      "&IpPermissions.1.ToPort=22&IpPermissions.1.";
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "IpRanges.1.CidrIp=::1/128"),
            "InvalidParameterValue");
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "Ipv6Ranges.1.CidrIpv6=10.0.0.1/32"),
            "InvalidParameterValue");
}

TEST_F(PlacesApiTest, RulesHaveIdsAndAreListed) {
  const auto made = Run("AuthorizeSecurityGroupIngress",
                        "GroupName=default&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort="
                        "22&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8"
                        "&IpPermissions.1.IpRanges.1.Description=office");
  const std::string id = made.select_node("//securityGroupRuleId").node().text().get();
  EXPECT_THAT(id, testing::StartsWith("sgr-"));
  const auto listed = Run("DescribeSecurityGroupRules", "SecurityGroupRuleId.1=" + id);
  EXPECT_THAT(Texts(listed, "//cidrIpv4"), ElementsAre("10.0.0.0/8"));
  EXPECT_THAT(Texts(listed, "//description"), ElementsAre("office"));
  // In addition to the group's own two rules: from itself, and to everywhere.
  const auto all = Run("DescribeSecurityGroupRules", "Filter.1.Name=group-id&Filter.1.Value.1=" +
                                                         FixedId("sg", "us-west-2/default"));
  EXPECT_THAT(Texts(all, "//isEgress"), UnorderedElementsAre("false", "false", "true"));
  EXPECT_EQ(CodeOf("DescribeSecurityGroupRules", "SecurityGroupRuleId.1=sgr-0"),
            "InvalidSecurityGroupRuleId.NotFound");
}

// The values in botocore's model: passed, failed, insufficient-data, initializing.
TEST_F(PlacesApiTest, OnlyWhatRunsHasStatusDetails) {
  const std::string id = Launch();
  const std::string all = "IncludeAllInstances=true&InstanceId.1=" + id;
  const auto pending = Run("DescribeInstanceStatus", all);
  EXPECT_THAT(Texts(pending, "//instanceStatus/status"), ElementsAre("not-applicable"));
  EXPECT_THAT(Texts(pending, "//details/item/status"), IsEmpty());
  WaitForState(id, "running");
  EXPECT_THAT(Texts(Run("DescribeInstanceStatus", all), "//instanceStatus/details/item/status"),
              ElementsAre(testing::AnyOf("initializing", "passed", "insufficient-data")));
}

TEST_F(PlacesApiTest, WhatEc2AlwaysSendsIsThere) {
  const std::string id = Launch(
      "&BlockDeviceMapping.1.DeviceName=/dev/xvda"
      "&BlockDeviceMapping.1.Ebs.VolumeType=gp3"
      "&BlockDeviceMapping.1.Ebs.Encrypted=true");
  EXPECT_EQ(Describe(id, "//cpuOptions/coreCount"), "1");
  EXPECT_EQ(Describe(id, "//cpuOptions/threadsPerCore"), "2");
  EXPECT_EQ(Describe(id, "//metadataOptions/httpPutResponseHopLimit"), "2");
  const auto volume = Run("DescribeVolumes", "");
  EXPECT_THAT(Texts(volume, "//iops"), ElementsAre("3000"));
  EXPECT_THAT(Texts(volume, "//throughput"), ElementsAre("125"));
  EXPECT_THAT(
      Texts(volume, "//kmsKeyId"),
      ElementsAre(testing::MatchesRegex(
          "arn:aws:kms:us-west-2:[0-9]{12}:key/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")));
  const std::string group = Run("CreateSecurityGroup", "GroupName=g&GroupDescription=d")
                                .select_node("//groupId")
                                .node()
                                .text()
                                .get();
  EXPECT_THAT(Texts(Run("DeleteSecurityGroup", "GroupId=" + group), "//groupId"),
              ElementsAre(group));
}

TEST_F(PlacesApiTest, AnImageCanBeNamedByItsParameter) {
  const std::string more = "&InstanceType=m7i.large&MinCount=1&MaxCount=1";
  const std::string latest =
      "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
  EXPECT_THAT(Texts(Run("RunInstances", "ImageId=" + latest + more), "//imageId"),
              ElementsAre(image_id()));
  EXPECT_EQ(CodeOf("RunInstances", "ImageId=resolve:ssm:/mine" + more), "InvalidParameterValue");
}

}  // namespace
}  // namespace localcloud
