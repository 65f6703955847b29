// Ec2's VPCs, subnets, internet gateways and routes.
#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;

const std::vector<Tag> kTags = {{"launch-bench:run", "r-1"}};

TEST(Vpcs, AreMadeTaggedFoundAndDeleted) {
  ScriptedHttpServer server(
      {Ec2Answer("CreateVpc", "<vpc><vpcId>vpc-1</vpcId><state>pending</state></vpc>"),
       Ec2Answer("DescribeVpcs",
                 "<vpcSet><item><vpcId>vpc-1</vpcId><state>available</state>"
                 "<tagSet><item><key>k</key><value>v</value></item></tagSet>"
                 "</item></vpcSet>"),
       Ec2Answer("DeleteVpc", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.CreateVpc("10.0.0.0/16", kTags, {}), "vpc-1");
  const auto found = ec2.DescribeVpcs({{"tag:k", {"v"}}}, {});
  ec2.DeleteVpc("vpc-1", {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].state, "available");
  EXPECT_EQ(found[0].tags.at(0).value, "v");
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("CidrBlock"), "10.0.0.0/16");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "vpc");
  EXPECT_EQ(sent[1].Parameter("Filter.1.Name"), "tag:k");
  EXPECT_EQ(sent[2].Parameter("VpcId"), "vpc-1");
}

// The call has no idempotency token, and nobody would delete a second VPC.
TEST(Vpcs, AreNotMadeAgainWhereTheAnswerWasLost) {
  ScriptedHttpServer server({Ec2Failure(500, "InternalError", "An internal error has occurred"),
                             Ec2Answer("CreateVpc", "<vpc><vpcId>vpc-2</vpcId></vpc>")});
  EXPECT_THROW(Ec2(ClientFor(server)).CreateVpc("10.0.0.0/16", kTags, {}), Error);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Subnets, AreMadeInAVpc) {
  ScriptedHttpServer server({Ec2Answer("CreateSubnet",
                                       "<subnet><subnetId>subnet-1</subnetId>"
                                       "<availabilityZone>us-west-2b</availabilityZone></subnet>"),
                             Ec2Answer("DeleteSubnet", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  const Subnet subnet = ec2.CreateSubnet("vpc-1", "us-west-2b", "10.0.0.0/24", kTags, {});
  ec2.DeleteSubnet("subnet-1", {});
  EXPECT_EQ(subnet.subnet_id, "subnet-1");
  EXPECT_EQ(subnet.availability_zone, "us-west-2b");
  EXPECT_EQ(server.requests()[0].Parameter("VpcId"), "vpc-1");
  EXPECT_EQ(server.requests()[0].Parameter("TagSpecification.1.Tag.1.Value"), "r-1");
  EXPECT_EQ(server.requests()[1].Parameter("SubnetId"), "subnet-1");
}

TEST(InternetGateways, GoThroughTheirLife) {
  ScriptedHttpServer server(
      {Ec2Answer("CreateInternetGateway",
                 "<internetGateway><internetGatewayId>igw-1</internetGatewayId></internetGateway>"),
       Ec2Failure(400, "Resource.AlreadyAssociated", "resource igw-1 is already attached"),
       Ec2Answer("DescribeInternetGateways",
                 "<internetGatewaySet><item><internetGatewayId>igw-1</internetGatewayId>"
                 "<attachmentSet><item><vpcId>vpc-1</vpcId><state>available</state></item>"
                 "</attachmentSet></item></internetGatewaySet>"),
       Ec2Answer("DetachInternetGateway", "<return>true</return>"),
       Ec2Answer("DeleteInternetGateway", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.CreateInternetGateway(kTags, {}), "igw-1");
  ec2.AttachInternetGateway("igw-1", "vpc-1", {});
  EXPECT_EQ(ec2.DescribeInternetGateways({}, {}).at(0).attached_vpc_id, "vpc-1");
  ec2.DetachInternetGateway("igw-1", "vpc-1", {});
  ec2.DeleteInternetGateway("igw-1", {});
  EXPECT_EQ(server.requests()[3].Parameter("InternetGatewayId"), "igw-1");
  EXPECT_EQ(server.requests()[3].Parameter("VpcId"), "vpc-1");
}

TEST(RouteTable, IsMadeWithTagsRoutedAndAssociated) {
  ScriptedHttpServer server(
      {Ec2Answer("CreateRouteTable",
                 "<routeTable><routeTableId>rtb-2</routeTableId><vpcId>vpc-1</vpcId></routeTable>"),
       Ec2Answer("CreateRoute", "<return>true</return>"),
       Ec2Failure(400, "Resource.AlreadyAssociated", "by a call whose answer was lost"),
       Ec2Answer("DescribeRouteTables",
                 "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId>"
                 "<associationSet><item><main>true</main></item></associationSet></item><item>"
                 "<routeTableId>rtb-2</routeTableId><tagSet><item><key>k</key><value>v</value>"
                 "</item></tagSet></item></routeTableSet>"),
       Ec2Answer("DeleteRouteTable", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.CreateRouteTable("vpc-1", kTags, {}), "rtb-2");
  ec2.CreateRoute("rtb-2", "0.0.0.0/0", "igw-1", {});
  ec2.AssociateRouteTable("rtb-2", "subnet-1", {});
  const auto tables = ec2.DescribeRouteTables({{"vpc-id", {"vpc-1"}}}, {});
  ec2.DeleteRouteTable("rtb-2", {});
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_TRUE(tables[0].main);
  EXPECT_FALSE(tables[1].main);
  ASSERT_EQ(tables[1].tags.size(), 1u);
  EXPECT_EQ(tables[1].tags[0].value, "v");
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("VpcId"), "vpc-1");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "route-table");
  EXPECT_EQ(sent[1].Parameter("RouteTableId"), "rtb-2");
  EXPECT_EQ(sent[1].Parameter("DestinationCidrBlock"), "0.0.0.0/0");
  EXPECT_EQ(sent[1].Parameter("GatewayId"), "igw-1");
  EXPECT_EQ(sent[2].Parameter("RouteTableId"), "rtb-2");
  EXPECT_EQ(sent[2].Parameter("SubnetId"), "subnet-1");
  EXPECT_EQ(sent[4].Parameter("RouteTableId"), "rtb-2");
}

// The call has no idempotency token, and nobody would delete a second table.
TEST(RouteTable, IsNotMadeTwiceWhereTheAnswerWasLost) {
  ScriptedHttpServer server(
      {Ec2Failure(500, "InternalError", "An internal error has occurred"),
       Ec2Answer("CreateRouteTable",
                 "<routeTable><routeTableId>rtb-2</routeTableId></routeTable>")});
  EXPECT_THROW(Ec2(ClientFor(server)).CreateRouteTable("vpc-1", kTags, {}), Error);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(SecurityGroup, IsOpenedForAnotherGroup) {
  ScriptedHttpServer server({Ec2Answer("AuthorizeSecurityGroupIngress", "<return>true</return>")});
  Ec2(ClientFor(server)).AuthorizeSecurityGroupIngressFrom("sg-1", 6379, "sg-2", {});
  EXPECT_EQ(server.requests()[0].Parameter("IpPermissions.1.Groups.1.GroupId"), "sg-2");
  EXPECT_EQ(server.requests()[0].Parameter("IpPermissions.1.FromPort"), "6379");
}

}  // namespace
}  // namespace aws
