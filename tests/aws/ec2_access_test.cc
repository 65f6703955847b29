// Ec2's security groups, key pairs and tags.
#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;

const std::vector<Tag> kTags = {{"launch-bench:run", "r-1"}};

TEST(SecurityGroup, IsMadeTaggedAndOpenedForOnePort) {
  ScriptedHttpServer server(
      {Ec2Answer("CreateSecurityGroup", "<return>true</return><groupId>sg-1</groupId>"),
       Ec2Answer("AuthorizeSecurityGroupIngress", "<return>true</return>"),
       Ec2Answer("AuthorizeSecurityGroupIngress", "<return>true</return>"),
       Ec2Answer("DeleteSecurityGroup", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.CreateSecurityGroup("n", "d", "vpc-1", kTags, {}), "sg-1");
  ec2.AuthorizeSecurityGroupIngress("sg-1", 2222, "203.0.113.7/32", {});
  ec2.AuthorizeSecurityGroupIngress("sg-1", 22, "2001:db8::1/128", {});
  ec2.DeleteSecurityGroup("sg-1", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("GroupName"), "n");
  EXPECT_EQ(sent[0].Parameter("GroupDescription"), "d");
  EXPECT_EQ(sent[0].Parameter("VpcId"), "vpc-1");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "security-group");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.Tag.1.Value"), "r-1");
  EXPECT_EQ(sent[1].Parameter("IpPermissions.1.FromPort"), "2222");
  EXPECT_EQ(sent[1].Parameter("IpPermissions.1.ToPort"), "2222");
  EXPECT_EQ(sent[1].Parameter("IpPermissions.1.IpProtocol"), "tcp");
  EXPECT_EQ(sent[1].Parameter("IpPermissions.1.IpRanges.1.CidrIp"), "203.0.113.7/32");
  EXPECT_EQ(sent[2].Parameter("IpPermissions.1.Ipv6Ranges.1.CidrIpv6"), "2001:db8::1/128");
  EXPECT_EQ(sent[3].Parameter("GroupId"), "sg-1");
}

test_support::ScriptedAnswer GroupsTagged(const std::string& run) {
  return Ec2Answer("DescribeSecurityGroups",
                   "<securityGroupInfo><item><groupId>sg-7</groupId><groupName>n</groupName>"
                   "<vpcId>vpc-1</vpcId><tagSet><item><key>launch-bench:run</key><value>" +
                       run + "</value></item></tagSet></item></securityGroupInfo>");
}

// The first attempt was carried out, but its answer was lost. The second one finds the result.
TEST(SecurityGroup, MadeByALostAttemptIsFound) {
  ScriptedHttpServer server(
      {Ec2Failure(500, "InternalError", "An internal error has occurred"),
       Ec2Failure(400, "InvalidGroup.Duplicate", "The security group 'n' already exists"),
       GroupsTagged("r-1")});
  EXPECT_EQ(Ec2(ClientFor(server)).CreateSecurityGroup("n", "d", "vpc-1", kTags, {}), "sg-7");
  EXPECT_EQ(server.requests()[2].Parameter("Filter.1.Value.1"), "n");
}

TEST(SecurityGroup, OfSomebodyElseIsLeftAlone) {
  ScriptedHttpServer server(
      {Ec2Failure(400, "InvalidGroup.Duplicate", "exists"), GroupsTagged("r-2")});
  const Error error =
      ErrorOf([&] { Ec2(ClientFor(server)).CreateSecurityGroup("n", "d", "vpc-1", kTags, {}); });
  EXPECT_EQ(error.code(), "InvalidGroup.Duplicate");
}

TEST(SecurityGroup, ARuleThatStandsAlreadyIsNoFailure) {
  ScriptedHttpServer server({Ec2Failure(400, "InvalidPermission.Duplicate", "exists"),
                             Ec2Failure(400, "InvalidGroup.NotFound", "no such group")});
  Ec2 ec2(ClientFor(server));
  ec2.AuthorizeSecurityGroupIngress("sg-1", 22, "0.0.0.0/0", {});
  const Error error =
      ErrorOf([&] { ec2.AuthorizeSecurityGroupIngress("sg-1", 22, "0.0.0.0/0", {}); });
  EXPECT_EQ(error.code(), "InvalidGroup.NotFound");
}

TEST(SecurityGroup, IsDescribed) {
  ScriptedHttpServer server({GroupsTagged("r-1")});
  const auto groups = Ec2(ClientFor(server)).DescribeSecurityGroups({}, {});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].group_id, "sg-7");
  EXPECT_EQ(groups[0].group_name, "n");
  EXPECT_EQ(groups[0].vpc_id, "vpc-1");
  EXPECT_EQ(groups[0].tags.at(0).value, "r-1");
}

TEST(KeyPair, IsImportedFoundAndDeleted) {
  const std::string description =
      "<keySet><item><keyPairId>key-1</keyPairId><keyName>k</keyName>"
      "<createTime>2026-01-31T14:26:00.000Z</createTime><tagSet><item>"
      "<key>launch-bench:run</key><value>r-1</value></item></tagSet></item></keySet>";
  ScriptedHttpServer server(
      {Ec2Answer("ImportKeyPair", "<keyName>k</keyName><keyPairId>key-1</keyPairId>"),
       Ec2Answer("DescribeKeyPairs", description),
       Ec2Answer("DeleteKeyPair", "<return>true</return>"),
       Ec2Failure(400, "InvalidKeyPair.Duplicate", "exists"),
       Ec2Answer("DescribeKeyPairs", description)});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.ImportKeyPair("k", "ssh-ed25519 AAAA", kTags, {}), "key-1");
  const auto keys = ec2.DescribeKeyPairs({{"key-name", {"k"}}}, {});
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].key_name, "k");
  EXPECT_EQ(keys[0].create_time, "2026-01-31T14:26:00.000Z");
  ec2.DeleteKeyPair("k", {});
  EXPECT_EQ(ec2.ImportKeyPair("k", "ssh-ed25519 AAAA", kTags, {}), "key-1");
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("PublicKeyMaterial"), "c3NoLWVkMjU1MTkgQUFBQQ==");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "key-pair");
  EXPECT_EQ(sent[2].Parameter("KeyName"), "k");
}

TEST(KeyPair, AnAnswerWithoutAnIdIsNotTakenForOne) {
  ScriptedHttpServer server({Ec2Answer("ImportKeyPair", "<keyName>k</keyName>")});
  const Error error = ErrorOf([&] { Ec2(ClientFor(server)).ImportKeyPair("k", "x", {}, {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kProtocol);
}

TEST(TagCalls, NameResourcesAndTags) {
  ScriptedHttpServer server({Ec2Answer("CreateTags", "<return>true</return>"),
                             Ec2Answer("DeleteTags", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  ec2.CreateTags({"i-1", "vol-1"}, {{"a", "1"}, {"b", ""}}, {});
  ec2.DeleteTags({"i-1"}, {{"a", "1"}}, {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("ResourceId.2"), "vol-1");
  EXPECT_EQ(sent[0].Parameter("Tag.2.Key"), "b");
  EXPECT_NE(sent[0].body.find("Tag.2.Value="), std::string::npos);
  EXPECT_EQ(sent[1].Parameter("Action"), "DeleteTags");
  EXPECT_EQ(sent[1].Parameter("Tag.1.Value"), "1");
}

}  // namespace
}  // namespace aws
