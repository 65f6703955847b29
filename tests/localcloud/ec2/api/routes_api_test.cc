// The account's own networks: VPCs, subnets, gateways and routes, and the order in which they can
// be deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::StartsWith;

class RoutesApiTest : public CloudTest {
 protected:
  std::string Id(const std::string& action, const std::string& form, const std::string& element) {
    return Run(action, form).select_node(("//" + element).c_str()).node().text().get();
  }
  // Creates a VPC with a subnet and, if `routed`, a route to the Internet.
  void MakeNetwork(bool routed) {
    vpc_ = Id("CreateVpc",
              "CidrBlock=10.77.0.0/16&TagSpecification.1.ResourceType=vpc&"
              "TagSpecification.1.Tag.1.Key=run&TagSpecification.1.Tag.1.Value=r1",
              "vpcId");
    subnet_ = Id("CreateSubnet", "CidrBlock=10.77.1.0/24&VpcId=" + vpc_, "subnetId");
    Run("ModifySubnetAttribute", "SubnetId=" + subnet_ + "&MapPublicIpOnLaunch.Value=true");
    gateway_ = Id("CreateInternetGateway", "", "internetGatewayId");
    Run("AttachInternetGateway", "InternetGatewayId=" + gateway_ + "&VpcId=" + vpc_);
    table_ =
        Id("DescribeRouteTables", "Filter.1.Name=vpc-id&Filter.1.Value.1=" + vpc_, "routeTableId");
    if (routed) {
      Run("CreateRoute",
          "RouteTableId=" + table_ + "&DestinationCidrBlock=0.0.0.0/0&GatewayId=" + gateway_);
    }
    group_ = Id("CreateSecurityGroup", "GroupName=g&GroupDescription=d&VpcId=" + vpc_, "groupId");
    Run("AuthorizeSecurityGroupIngress",
        "GroupId=" + group_ + "&IpProtocol=tcp&FromPort=22&ToPort=22&CidrIp=127.0.0.0/8");
  }
  std::string LaunchThere() {
    const std::string id = Launch("&SubnetId=" + subnet_ + "&SecurityGroupId.1=" + group_);
    WaitForState(id, "running");
    return id;
  }

  std::string vpc_, subnet_, gateway_, table_, group_;
};

TEST_F(RoutesApiTest, AnInstanceInANetworkOfOnesOwnIsReachedByItsRoute) {
  MakeNetwork(true);
  const std::string id = LaunchThere();
  EXPECT_TRUE(machines_.at(id)->boots[0].ssh_admitted());
  EXPECT_THAT(machines_.at(id)->boots[0].addresses.front(), StartsWith("127.50.0."));
  EXPECT_EQ(Describe(id, "//vpcId"), vpc_);
}

TEST_F(RoutesApiTest, WithoutARouteNobodyOutsideReachesIt) {
  MakeNetwork(false);
  EXPECT_FALSE(machines_.at(LaunchThere())->boots[0].ssh_admitted());
}

TEST_F(RoutesApiTest, EverythingGoesInItsOrderAndNoOther) {
  MakeNetwork(true);
  const std::string id = LaunchThere();
  const std::string detach = "InternetGatewayId=" + gateway_ + "&VpcId=" + vpc_;
  EXPECT_EQ(CodeOf("DetachInternetGateway", detach), "DependencyViolation");
  EXPECT_EQ(CodeOf("DeleteSubnet", "SubnetId=" + subnet_), "DependencyViolation");
  Run("TerminateInstances", "InstanceId.1=" + id);
  WaitForState(id, "terminated");
  EXPECT_EQ(CodeOf("DeleteInternetGateway", "InternetGatewayId=" + gateway_),
            "DependencyViolation");
  EXPECT_EQ(CodeOf("DeleteVpc", "VpcId=" + vpc_), "DependencyViolation");
  EXPECT_EQ(CodeOf("DeleteSecurityGroup", "GroupId=" + group_), "none");
  EXPECT_EQ(CodeOf("DetachInternetGateway", detach), "none");
  EXPECT_EQ(CodeOf("DetachInternetGateway", detach), "Gateway.NotAttached");
  EXPECT_EQ(Id("DescribeRouteTables", "RouteTableId.1=" + table_, "routeSet/item[2]/state"),
            "blackhole");
  EXPECT_EQ(CodeOf("DeleteInternetGateway", "InternetGatewayId=" + gateway_), "none");
  EXPECT_EQ(CodeOf("DeleteVpc", "VpcId=" + vpc_), "DependencyViolation") << "the subnet";
  EXPECT_EQ(CodeOf("DeleteSubnet", "SubnetId=" + subnet_), "none");
  EXPECT_EQ(CodeOf("DeleteVpc", "VpcId=" + vpc_), "none");
  EXPECT_EQ(CodeOf("DescribeVpcs", "VpcId.1=" + vpc_), "InvalidVpcID.NotFound");
  EXPECT_EQ(CodeOf("DescribeRouteTables", "RouteTableId.1=" + table_),
            "InvalidRouteTableID.NotFound");
}

TEST_F(RoutesApiTest, RouteTablesOfOnesOwn) {
  MakeNetwork(false);
  const std::string table = Id("CreateRouteTable", "VpcId=" + vpc_, "routeTableId");
  const std::string route = "RouteTableId=" + table + "&DestinationCidrBlock=0.0.0.0/0";
  Run("CreateRoute", route + "&GatewayId=" + gateway_);
  EXPECT_EQ(CodeOf("CreateRoute", route + "&GatewayId=igw-0123456789abcdef0"),
            "InvalidInternetGatewayID.NotFound");
  const std::string association =
      Id("AssociateRouteTable", "RouteTableId=" + table + "&SubnetId=" + subnet_, "associationId");
  EXPECT_TRUE(machines_.at(LaunchThere())->boots[0].ssh_admitted());
  EXPECT_EQ(CodeOf("DeleteRouteTable", "RouteTableId=" + table), "DependencyViolation");
  EXPECT_EQ(CodeOf("DeleteRouteTable", "RouteTableId=" + table_), "DependencyViolation") << "main";
  EXPECT_EQ(CodeOf("DeleteRoute", route), "none");
  EXPECT_EQ(CodeOf("DeleteRoute", route), "InvalidRoute.NotFound");
  EXPECT_EQ(CodeOf("DisassociateRouteTable", "AssociationId=" + association), "none");
  EXPECT_EQ(CodeOf("DeleteRouteTable", "RouteTableId=" + table), "none");
}

TEST_F(RoutesApiTest, ATokenMakesOneTableAndOneInterface) {
  MakeNetwork(false);
  const std::string table_form = "ClientToken=t1&VpcId=" + vpc_;
  const std::string table = Id("CreateRouteTable", table_form, "routeTableId");
  EXPECT_EQ(Id("CreateRouteTable", table_form, "routeTableId"), table);
  EXPECT_EQ(Id("CreateRouteTable", table_form, "clientToken"), "t1");
  EXPECT_NE(Id("CreateRouteTable", "VpcId=" + vpc_, "routeTableId"), table);
  EXPECT_EQ(CodeOf("CreateRouteTable", table_form + "&TagSpecification.1.ResourceType=route-table"),
            "IdempotentParameterMismatch");
  EXPECT_EQ(CodeOf("CreateRouteTable", "ClientToken=caf%C3%A9&VpcId=" + vpc_),
            "InvalidParameterValue");
  Run("DeleteRouteTable", "RouteTableId=" + table);
  EXPECT_NE(Id("CreateRouteTable", table_form, "routeTableId"), table);

  const std::string form = "ClientToken=t1&SubnetId=" + subnet_;
  const std::string interface = Id("CreateNetworkInterface", form, "networkInterfaceId");
  EXPECT_EQ(Id("CreateNetworkInterface", form, "networkInterfaceId"), interface);
  EXPECT_EQ(CodeOf("CreateNetworkInterface", form + "&Description=d"),
            "IdempotentParameterMismatch");
  EXPECT_EQ(CodeOf("CreateNetworkInterface",
                   "SubnetId=" + subnet_ + "&ClientToken=" + std::string(65, 'x')),
            "InvalidParameterValue");
}

TEST_F(RoutesApiTest, PagesOfTablesHaveAHundredAtMost) {
  EXPECT_EQ(CodeOf("DescribeRouteTables", "MaxResults=101"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("DescribeRouteTables", "MaxResults=100"), "none");
}

TEST_F(RoutesApiTest, RangesAreChecked) {
  EXPECT_EQ(CodeOf("CreateVpc", "CidrBlock=10.0.0.0/8"), "InvalidVpc.Range");
  EXPECT_EQ(CodeOf("CreateVpc", "CidrBlock=10.0.0.1/16"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateVpc", "CidrBlock=nonsense"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateVpc", ""), "MissingParameter");
  MakeNetwork(false);
  const auto code = [&](const std::string& cidr) {
    return CodeOf("CreateSubnet", "VpcId=" + vpc_ + "&CidrBlock=" + cidr);
  };
  EXPECT_EQ(code("10.78.0.0/24"), "InvalidSubnet.Range");
  EXPECT_EQ(code("10.77.1.128/25"), "InvalidSubnet.Conflict");
  EXPECT_EQ(code("10.77.2.0/28"), "none");
  EXPECT_EQ(code("10.77.3.0/24&AvailabilityZone=us-east-1a"), "InvalidParameterValue");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(CodeOf("CreateVpc", "CidrBlock=10.0.0.0/16"), "none");
  EXPECT_EQ(CodeOf("CreateVpc", "CidrBlock=10.0.0.0/16"), "VpcLimitExceeded");
}

TEST_F(RoutesApiTest, TheDefaultNetworkHasItsWayOut) {
  const std::string vpc =
      Id("DescribeVpcs", "Filter.1.Name=is-default&Filter.1.Value.1=true", "vpcId");
  EXPECT_THAT(Id("DescribeInternetGateways",
                 "Filter.1.Name=attachment.vpc-id&Filter.1.Value.1=" + vpc, "internetGatewayId"),
              StartsWith("igw-"));
  EXPECT_EQ(Id("DescribeRouteTables",
               "Filter.1.Name=vpc-id&Filter.1.Value.1=" + vpc +
                   "&Filter.2.Name=association.main&Filter.2.Value.1=true",
               "routeSet/item[2]/destinationCidrBlock"),
            "0.0.0.0/0");
}

}  // namespace
}  // namespace localcloud
