// Ec2's network interfaces and Elastic IP addresses.
#include <gtest/gtest.h>

#include <stdexcept>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedAnswer;
using test_support::ScriptedHttpServer;

const std::vector<Tag> kInterfaceTags = {{"k", "v"}};

TEST(Interfaces, AreMadeReadAndDeleted) {
  const std::string fields =
      R"(<networkInterfaceId>eni-1</networkInterfaceId><status>available</status>
      <subnetId>subnet-1</subnetId><availabilityZone>us-west-2a</availabilityZone>
      <privateIpAddress>10.0.0.7</privateIpAddress>
      <association><publicIp>54.9.9.9</publicIp></association>
      <tagSet><item><key>k</key><value>v</value></item></tagSet>)";
  ScriptedHttpServer server(
      {Ec2Answer("CreateNetworkInterface", "<networkInterface>" + fields + "</networkInterface>"),
       Ec2Answer("DescribeNetworkInterfaces",
                 "<networkInterfaceSet><item>" + fields + "</item></networkInterfaceSet>"),
       Ec2Answer("DeleteNetworkInterface", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  const NetworkInterface made =
      ec2.CreateNetworkInterface("subnet-1", {"sg-1"}, "t-1", kInterfaceTags, {});
  const auto found = ec2.DescribeNetworkInterfaces({{"tag:k", {"v"}}}, {});
  ASSERT_EQ(found.size(), 1u);
  for (const NetworkInterface& interface : {made, found[0]}) {
    EXPECT_EQ(interface.network_interface_id, "eni-1");
    EXPECT_EQ(interface.status, "available");
    EXPECT_EQ(interface.subnet_id, "subnet-1");
    EXPECT_EQ(interface.availability_zone, "us-west-2a");
    EXPECT_EQ(interface.private_ip, "10.0.0.7");
    EXPECT_EQ(interface.public_ip, "54.9.9.9");
    EXPECT_EQ(interface.tags.at(0).value, "v");
  }
  ec2.DeleteNetworkInterface("eni-1", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("ClientToken"), "t-1");
  EXPECT_EQ(sent[0].Parameter("SecurityGroupId.1"), "sg-1");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "network-interface");
  EXPECT_EQ(sent[2].Parameter("NetworkInterfaceId"), "eni-1");
  EXPECT_THROW(ec2.CreateNetworkInterface("subnet-1", {}, "", kInterfaceTags, {}),
               std::invalid_argument);
}

TEST(Addresses, GoThroughTheirLife) {
  ScriptedHttpServer server(
      {Ec2Answer("AllocateAddress",
                 "<publicIp>54.1.1.1</publicIp><domain>vpc</domain><allocationId>eipalloc-1</"
                 "allocationId>"),
       Ec2Answer("AssociateAddress", "<associationId>eipassoc-1</associationId>"),
       Ec2Answer("DescribeAddresses", R"(<addressesSet><item><publicIp>54.1.1.1</publicIp>
           <allocationId>eipalloc-1</allocationId><associationId>eipassoc-1</associationId>
           <networkInterfaceId>eni-1</networkInterfaceId><instanceId>i-1</instanceId>
           <tagSet><item><key>k</key><value>v</value></item></tagSet></item></addressesSet>)"),
       Ec2Answer("DisassociateAddress", "<return>true</return>"),
       Ec2Answer("ReleaseAddress", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  const Address made = ec2.AllocateAddress(kInterfaceTags, {});
  EXPECT_EQ(made.allocation_id, "eipalloc-1");
  EXPECT_EQ(made.public_ip, "54.1.1.1");
  EXPECT_EQ(ec2.AssociateAddress("eipalloc-1", "eni-1", {}), "eipassoc-1");
  const auto found = ec2.DescribeAddresses({{"tag:k", {"v"}}}, {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].association_id, "eipassoc-1");
  EXPECT_EQ(found[0].network_interface_id, "eni-1");
  EXPECT_EQ(found[0].instance_id, "i-1");
  ec2.DisassociateAddress("eipassoc-1", {});
  ec2.ReleaseAddress("eipalloc-1", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("Domain"), "vpc");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "elastic-ip");
  EXPECT_EQ(sent[1].Parameter("NetworkInterfaceId"), "eni-1");
  EXPECT_EQ(sent[3].Parameter("AssociationId"), "eipassoc-1");
  EXPECT_EQ(sent[4].Parameter("AllocationId"), "eipalloc-1");
}

// Nobody would know of a second address, and it would cost money.
TEST(Addresses, AreNotAllocatedTwiceForALostAnswer) {
  ScriptedAnswer lost = Ec2Answer("AllocateAddress", "<allocationId>eipalloc-1</allocationId>");
  lost.fault = ScriptedAnswer::Fault::kResetMidBody;
  ScriptedHttpServer server({lost});
  const Error error = ErrorOf([&] { Ec2(ClientFor(server)).AllocateAddress(kInterfaceTags, {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kTransport);
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace aws
