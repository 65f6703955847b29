// Ec2's regions, zones, subnets and instance types.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;
using testing::ElementsAre;

TEST(Places, SubnetsComeInTheOrderOfTheirZones) {
  ScriptedHttpServer server({Ec2Answer("DescribeSubnets", R"(<subnetSet>
      <item><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-west-2b</availabilityZone>
        <defaultForAz>false</defaultForAz><mapPublicIpOnLaunch>false</mapPublicIpOnLaunch></item>
      <item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-west-2a</availabilityZone>
        <defaultForAz>true</defaultForAz><mapPublicIpOnLaunch>true</mapPublicIpOnLaunch></item>
      </subnetSet>)")});
  const auto subnets = Ec2(ClientFor(server)).DescribeSubnets({{"vpc-id", {"vpc-1"}}}, {});
  ASSERT_EQ(subnets.size(), 2u);
  EXPECT_EQ(subnets[0].subnet_id, "subnet-1");
  EXPECT_EQ(subnets[0].availability_zone, "us-west-2a");
  EXPECT_TRUE(subnets[0].default_for_az);
  EXPECT_TRUE(subnets[0].map_public_ip_on_launch);
  EXPECT_FALSE(subnets[1].default_for_az);
  EXPECT_EQ(subnets[1].vpc_id, "vpc-1");
}

TEST(Places, ZonesAndRegionsAreSorted) {
  ScriptedHttpServer server({Ec2Answer("DescribeAvailabilityZones", R"(<availabilityZoneInfo>
      <item><zoneName>us-west-2b</zoneName><zoneState>impaired</zoneState></item>
      <item><zoneName>us-west-2a</zoneName><zoneState>available</zoneState></item>
      </availabilityZoneInfo>)"),
                             Ec2Answer("DescribeRegions", R"(<regionInfo>
      <item><regionName>us-west-2</regionName><regionEndpoint>e</regionEndpoint></item>
      <item><regionName>eu-west-1</regionName></item></regionInfo>)")});
  Ec2 ec2(ClientFor(server));
  const auto zones = ec2.DescribeAvailabilityZones({});
  ASSERT_EQ(zones.size(), 2u);
  EXPECT_EQ(zones[0].zone_name, "us-west-2a");
  EXPECT_EQ(zones[0].state, "available");
  EXPECT_EQ(zones[1].state, "impaired");
  EXPECT_THAT(ec2.DescribeRegions({}), ElementsAre("eu-west-1", "us-west-2"));
}

TEST(Places, InstanceTypesAreRead) {
  ScriptedHttpServer server({Ec2Answer("DescribeInstanceTypes", R"(<instanceTypeSet><item>
      <instanceType>m7i.large</instanceType><hibernationSupported>true</hibernationSupported>
      <processorInfo><supportedArchitectures><item>x86_64</item></supportedArchitectures></processorInfo>
      <vCpuInfo><defaultVCpus>2</defaultVCpus><defaultCores>1</defaultCores></vCpuInfo>
      <memoryInfo><sizeInMiB>8192</sizeInMiB></memoryInfo></item></instanceTypeSet>)")});
  const auto types = Ec2(ClientFor(server)).DescribeInstanceTypes({"m7i.large", "t3.medium"}, {});
  ASSERT_EQ(types.size(), 1u);
  EXPECT_EQ(types[0].instance_type, "m7i.large");
  EXPECT_EQ(types[0].architecture, "x86_64");
  EXPECT_EQ(types[0].vcpus, 2);
  EXPECT_EQ(types[0].memory_mib, 8192);
  EXPECT_TRUE(types[0].hibernation_supported);
  EXPECT_EQ(server.requests()[0].Parameter("InstanceType.2"), "t3.medium");
}

// t2 and other Xen types.
TEST(Places, AnArchitectureThatImagesAreOfIsPreferred) {
  const auto architecture = [](const std::string& listed) {
    ScriptedHttpServer server(
        {Ec2Answer("DescribeInstanceTypes",
                   "<instanceTypeSet><item><processorInfo><supportedArchitectures>" + listed +
                       "</supportedArchitectures></processorInfo></item></instanceTypeSet>")});
    return Ec2(ClientFor(server)).DescribeInstanceTypes({"t2.micro"}, {}).at(0).architecture;
  };
  EXPECT_EQ(architecture("<item>i386</item><item>x86_64</item>"), "x86_64");
  EXPECT_EQ(architecture("<item>arm64</item>"), "arm64");
  EXPECT_EQ(architecture("<item>x86_64_mac</item>"), "x86_64_mac");
}

TEST(Places, OfferingsAreAskedForByZone) {
  ScriptedHttpServer server({Ec2Answer("DescribeInstanceTypeOfferings", R"(
      <instanceTypeOfferingSet><item><instanceType>t2.micro</instanceType>
      <locationType>availability-zone</locationType><location>us-west-2b</location></item>
      </instanceTypeOfferingSet>)")});
  const auto offerings = Ec2(ClientFor(server)).DescribeInstanceTypeOfferings({"t2.micro"}, {});
  ASSERT_EQ(offerings.size(), 1u);
  EXPECT_EQ(offerings[0].instance_type, "t2.micro");
  EXPECT_EQ(offerings[0].zone_name, "us-west-2b");
  EXPECT_EQ(server.requests()[0].Parameter("LocationType"), "availability-zone");
  EXPECT_EQ(server.requests()[0].Parameter("Filter.1.Name"), "instance-type");
  EXPECT_EQ(server.requests()[0].Parameter("Filter.1.Value.1"), "t2.micro");
}

// EC2 refuses a filter without values.
TEST(Places, OfferingsOfAllTypesAreAskedForWithoutAFilter) {
  ScriptedHttpServer server(
      {Ec2Answer("DescribeInstanceTypeOfferings", "<instanceTypeOfferingSet/>")});
  Ec2(ClientFor(server)).DescribeInstanceTypeOfferings({}, {});
  EXPECT_EQ(server.requests()[0].body.find("Filter."), std::string::npos);
}

TEST(Places, AssociatedBlocksAreRead) {
  ScriptedHttpServer server({Ec2Answer("DescribeSubnets", R"(<subnetSet><item>
      <subnetId>subnet-1</subnetId><ipv6CidrBlockAssociationSet>
      <item><ipv6CidrBlock>2001:db8:1::/64</ipv6CidrBlock>
        <ipv6CidrBlockState><state>disassociated</state></ipv6CidrBlockState></item>
      <item><ipv6CidrBlock>2001:db8:2::/64</ipv6CidrBlock>
        <ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>
      </ipv6CidrBlockAssociationSet></item></subnetSet>)"),
                             Ec2Answer("DescribeVpcs", R"(<vpcSet><item>
      <vpcId>vpc-1</vpcId><cidrBlockAssociationSet>
      <item><cidrBlock>10.0.0.0/16</cidrBlock>
        <cidrBlockState><state>associated</state></cidrBlockState></item>
      <item><cidrBlock>10.9.0.0/16</cidrBlock>
        <cidrBlockState><state>failed</state></cidrBlockState></item>
      <item><cidrBlock>10.1.0.0/16</cidrBlock>
        <cidrBlockState><state>associated</state></cidrBlockState></item>
      </cidrBlockAssociationSet></item></vpcSet>)")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.DescribeSubnets({}, {}).at(0).ipv6_cidr, "2001:db8:2::/64");
  EXPECT_THAT(ec2.DescribeVpcs({}, {}).at(0).cidrs, ElementsAre("10.0.0.0/16", "10.1.0.0/16"));
}

}  // namespace
}  // namespace aws
