// All resources of an account except instances and images: creating, describing, refusing and
// deleting them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "localcloud/ec2/state/key_material.h"
#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class ResourcesApiTest : public CloudTest {
 protected:
  std::string NewGroup(const std::string& name, const std::string& more = "") {
    return Text("CreateSecurityGroup", "GroupName=" + name + "&GroupDescription=d" + more,
                "//groupId");
  }
};

// Created with ssh-keygen -t ed25519. The private key was deleted.
constexpr const char* kPublicKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPPxDYrbcxDsr26dkqFHJTQRcPyyKAX0mmtSBCRMpwC test";

std::string Base64Form(const std::string& text) {
  std::string form;
  for (const char c : EncodeBase64(text)) {
    if (c == '+') {
      form += "%2B";
    } else if (c == '=') {
      form += "%3D";
    } else {
      form += c;
    }
  }
  return form;
}

TEST_F(ResourcesApiTest, SecurityGroups) {
  const std::string id =
      NewGroup("g1",
               "&TagSpecification.1.ResourceType=security-group&TagSpecification.1.Tag.1.Key=run"
               "&TagSpecification.1.Tag.1.Value=r");
  EXPECT_THAT(id, StartsWith("sg-"));
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=g1&GroupDescription=d"),
            "InvalidGroup.Duplicate");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=g1"), "MissingParameter");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=g2&GroupDescription=d&VpcId=vpc-00000000"),
            "InvalidVpcID.NotFound");
  const std::string rule = "GroupId=" + id +
                           "&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22"
                           "&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=";
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "127.0.0.1/32"), "none");
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "127.0.0.1/32"),
            "InvalidPermission.Duplicate");
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "127.0.0.1/33"),
            "InvalidParameterValue");
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "localhost"), "InvalidParameterValue");
  EXPECT_THAT(Texts("DescribeSecurityGroups", "GroupId.1=" + id, "//ipPermissions//cidrIp"),
              ElementsAre("127.0.0.1/32"));
  EXPECT_THAT(Texts("DescribeSecurityGroups", "Filter.1.Name=tag:run&Filter.1.Value.1=r",
                    "//securityGroupInfo/item/groupId"),
              ElementsAre(id));
  Run("RevokeSecurityGroupIngress", rule + "127.0.0.1/32");
  EXPECT_THAT(Texts("DescribeSecurityGroups", "GroupId.1=" + id, "//ipPermissions//cidrIp"),
              ElementsAre());
  Run("DeleteSecurityGroup", "GroupId=" + id);
  EXPECT_EQ(CodeOf("DescribeSecurityGroups", "GroupId.1=" + id), "InvalidGroup.NotFound");
  EXPECT_EQ(CodeOf("DeleteSecurityGroup", "GroupName=default"), "CannotDelete");
}

TEST_F(ResourcesApiTest, AGroupInUseCannotBeDeleted) {
  const std::string group = NewGroup("g");
  const std::string id = Launch("&SecurityGroupId.1=" + group);
  EXPECT_EQ(CodeOf("DeleteSecurityGroup", "GroupId=" + group), "DependencyViolation");
  WaitForState(id, "running");
  Run("TerminateInstances", "InstanceId.1=" + id);
  EXPECT_EQ(CodeOf("DeleteSecurityGroup", "GroupId=" + group), "DependencyViolation");
  WaitForState(id, "terminated");
  EXPECT_EQ(CodeOf("DeleteSecurityGroup", "GroupId=" + group), "none");
}

TEST_F(ResourcesApiTest, AVolumeOutlivesItsMachineWhereItIsToldTo) {
  const std::string id = Launch(
      "&BlockDeviceMapping.1.DeviceName=/dev/xvda"
      "&BlockDeviceMapping.1.Ebs.DeleteOnTermination=false"
      "&TagSpecification.1.ResourceType=volume&TagSpecification.1.Tag.1.Key=run"
      "&TagSpecification.1.Tag.1.Value=r");
  const std::string ours = "Filter.1.Name=tag:run&Filter.1.Value.1=r";
  const std::string volume = Text("DescribeVolumes", ours, "//volumeSet/item/volumeId");
  EXPECT_EQ(Text("DescribeVolumes", ours, "//volumeSet/item/status"), "in-use");
  EXPECT_EQ(CodeOf("DeleteVolume", "VolumeId=" + volume), "VolumeInUse");
  WaitForState(id, "running");
  Run("TerminateInstances", "InstanceId.1=" + id);
  WaitForState(id, "terminated");
  EXPECT_EQ(Text("DescribeVolumes", ours, "//volumeSet/item/status"), "available");
  EXPECT_THAT(Texts("DescribeVolumes", ours, "//attachmentSet/item"), ElementsAre());
  Run("DeleteVolume", "VolumeId=" + volume);
  EXPECT_EQ(CodeOf("DeleteVolume", "VolumeId=" + volume), "InvalidVolume.NotFound");
}

TEST_F(ResourcesApiTest, SecurityGroupsAdmitByPortAndSource) {
  const auto admits = [](const std::string& protocol, int from, int to, const std::string& cidr) {
    SecurityGroup group;
    group.ingress.push_back({protocol, from, to, cidr, "", "", ""});
    return group.Admits({{"127.0.0.1"}, {"sg-1"}}, 22);
  };
  EXPECT_TRUE(admits("tcp", 22, 22, "127.0.0.1/32"));
  EXPECT_TRUE(admits("tcp", 0, 65535, "0.0.0.0/0"));
  EXPECT_TRUE(admits("-1", -1, -1, "127.0.0.0/8"));
  EXPECT_FALSE(admits("tcp", 23, 80, "0.0.0.0/0"));
  EXPECT_FALSE(admits("udp", 22, 22, "0.0.0.0/0"));
  EXPECT_FALSE(admits("tcp", 22, 22, "203.0.113.0/24"));
  EXPECT_FALSE(admits("tcp", 22, 22, "127.0.0.2/32"));
  EXPECT_FALSE(admits("tcp", 22, 22, "::/0"));
  SecurityGroup group;
  group.ingress.push_back({"tcp", 22, 22, "", "sg-1", "", ""});
  EXPECT_TRUE(group.Admits({{"127.9.9.9"}, {"sg-2", "sg-1"}}, 22));
  EXPECT_FALSE(group.Admits({{"127.9.9.9"}, {"sg-2"}}, 22));
  EXPECT_FALSE(group.Admits({{"127.9.9.9"}, {}}, 22));
  EXPECT_FALSE(group.AdmitsBeside({22, 40000}));
  group.ingress.push_back({"tcp", 22, 6379, "", "sg-1", "", ""});
  EXPECT_TRUE(group.AdmitsBeside({22, 40000}));
}

TEST_F(ResourcesApiTest, KeyPairs) {
  const std::string material = "&PublicKeyMaterial=" + Base64Form(kPublicKey);
  const std::string id = Text("ImportKeyPair", "KeyName=k1" + material, "//keyPairId");
  EXPECT_THAT(id, StartsWith("key-"));
  EXPECT_EQ(CodeOf("ImportKeyPair", "KeyName=k1" + material), "InvalidKeyPair.Duplicate");
  EXPECT_EQ(CodeOf("ImportKeyPair", "KeyName=k2&PublicKeyMaterial=" + Base64Form("no key")),
            "InvalidKey.Format");
  EXPECT_EQ(CodeOf("ImportKeyPair", "KeyName=k2&PublicKeyMaterial=%21"), "InvalidParameterValue");
  EXPECT_EQ(Text("DescribeKeyPairs", "KeyName.1=k1&IncludePublicKey=true", "//publicKey"),
            kPublicKey);
  EXPECT_THAT(Text("DescribeKeyPairs", "KeyName.1=k1", "//createTime"),
              MatchesRegex("20..-..-..T..:..:......Z"));
  for (const std::string type : {"rsa", "ed25519"}) {
    const auto made = Run("CreateKeyPair", "KeyName=" + type + "&KeyType=" + type);
    EXPECT_THAT(made.select_node("//keyMaterial").node().text().get(), StartsWith("-----BEGIN "));
  }
  EXPECT_EQ(CodeOf("CreateKeyPair", "KeyName=x&KeyType=dsa"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("DescribeKeyPairs", "KeyName.1=none"), "InvalidKeyPair.NotFound");
  EXPECT_EQ(CodeOf("DeleteKeyPair", "KeyName=k1"), "none");
  EXPECT_EQ(CodeOf("DeleteKeyPair", "KeyName=k1"), "none");  // as on EC2
  EXPECT_THAT(Texts("DescribeKeyPairs", "", "//keySet/item/keyName"),
              ElementsAre("rsa", "ed25519"));
}

TEST_F(ResourcesApiTest, DescribeInstancesByIdAndByFilter) {
  const std::string id = Launch();
  EXPECT_EQ(CodeOf("DescribeInstances", "InstanceId.1=i-12345678"), "InvalidInstanceID.NotFound");
  EXPECT_EQ(CodeOf("DescribeInstances", "InstanceId.1=banana"), "InvalidInstanceID.Malformed");
  // One unknown id fails the whole call. A filter that matches nothing does not.
  EXPECT_EQ(CodeOf("DescribeInstances", "InstanceId.1=" + id + "&InstanceId.2=i-12345678"),
            "InvalidInstanceID.NotFound");
  EXPECT_THAT(
      Texts("DescribeInstances",
            "Filter.1.Name=instance-id&Filter.1.Value.1=" + id + "&Filter.1.Value.2=i-12345678",
            "//instanceId"),
      ElementsAre(id));
  EXPECT_THAT(Texts("DescribeInstances",
                    "Filter.1.Name=instance-state-name&Filter.1.Value.1=pending", "//instanceId"),
              ElementsAre(id));
  EXPECT_EQ(CodeOf("DescribeInstances", "MaxResults=10&InstanceId.1=" + id),
            "InvalidParameterCombination");
  EXPECT_EQ(CodeOf("TerminateInstances", "InstanceId.1=i-12345678"), "InvalidInstanceID.NotFound");
  EXPECT_EQ(CodeOf("TerminateInstances", ""), "MissingParameter");
}

TEST_F(ResourcesApiTest, DescribeInstancesInPages) {
  for (int i = 0; i < 12; ++i) Launch();
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const auto answer = Run("DescribeInstances", "MaxResults=5&NextToken=" + token);
    for (const auto& found : answer.select_nodes("//instanceId")) {
      EXPECT_TRUE(seen.insert(found.node().text().get()).second);
    }
    token = answer.select_node("//nextToken").node().text().get();
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(seen.size(), 12u);
  EXPECT_EQ(pages, 3);
}

TEST_F(ResourcesApiTest, TagsAreMadeFoundAndDeleted) {
  const std::string id = Launch();
  const std::string group = NewGroup("g");
  Run("CreateTags", "ResourceId.1=" + id + "&ResourceId.2=" + group +
                        "&Tag.1.Key=run&Tag.1.Value=r&Tag.2.Key=free&Tag.2.Value=");
  EXPECT_THAT(Texts("DescribeTags", "Filter.1.Name=key&Filter.1.Value.1=run", "//resourceId"),
              ::testing::UnorderedElementsAre(id, group));
  EXPECT_THAT(
      Texts("DescribeTags", "Filter.1.Name=resource-type&Filter.1.Value.1=security-group", "//key"),
      ElementsAre("free", "run"));
  // With a value, deletes the tag only if it has that value; without, always.
  Run("DeleteTags", "ResourceId.1=" + id + "&Tag.1.Key=run&Tag.1.Value=other");
  EXPECT_EQ(region().instances.at(id)->tags.count("run"), 1u);
  Run("DeleteTags", "ResourceId.1=" + id + "&Tag.1.Key=run");
  EXPECT_EQ(region().instances.at(id)->tags.count("run"), 0u);
  EXPECT_EQ(CodeOf("CreateTags", "ResourceId.1=i-12345678&Tag.1.Key=a"),
            "InvalidInstanceID.NotFound");
  EXPECT_EQ(CodeOf("CreateTags", "ResourceId.1=" + id), "MissingParameter");
  // All or nothing.
  std::string many = "ResourceId.1=" + group + "&ResourceId.2=" + id;
  for (int i = 0; i < 50; ++i) many += "&Tag." + std::to_string(i) + ".Key=k" + std::to_string(i);
  EXPECT_EQ(CodeOf("CreateTags", many), "TagLimitExceeded");
  EXPECT_EQ(region().instances.at(id)->tags.size(), 1u);
}

// Lengths count characters, not bytes.
TEST_F(ResourcesApiTest, TagsThatEc2Refuses) {
  const std::string group = NewGroup("g");
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  const auto tag = [&](const std::string& key, const std::string& value) {
    return CodeOf("CreateTags",
                  "ResourceId.1=" + group + "&Tag.1.Key=" + key + "&Tag.1.Value=" + value);
  };
  EXPECT_EQ(tag(repeated("%C3%A9", 127), repeated("%E2%82%AC", 255)), "none");
  EXPECT_EQ(tag(repeated("k", 128), ""), "InvalidParameterValue");
  EXPECT_EQ(tag("k", repeated("v", 256)), "InvalidParameterValue");
  EXPECT_EQ(tag("k", "1&Tag.2.Key=k&Tag.2.Value=2"), "InvalidParameterValue");
  EXPECT_EQ(tag("k", "1&Tag.2.Key=K&Tag.2.Value=2"), "none");
  EXPECT_EQ(tag("k", "another"), "none") << "a later call changes it";
  EXPECT_EQ(CodeOf("CreateSecurityGroup",
                   "GroupName=h&GroupDescription=d&TagSpecification.1.ResourceType=security-group"
                   "&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.2.Key=a"),
            "InvalidParameterValue");
}

TEST_F(ResourcesApiTest, TagsOfWhatIsNotThere) {
  const std::map<std::string, std::string> codes = {
      {"i-12345678", "InvalidInstanceID.NotFound"},
      {"sg-12345678", "InvalidGroup.NotFound"},
      {"subnet-12345678", "InvalidSubnetID.NotFound"},
      {"vol-12345678", "InvalidVolume.NotFound"},
      {"eipalloc-12345678", "InvalidAllocationID.NotFound"},
      {"key-12345678", "InvalidKeyPair.NotFound"},
      {"moon-12345678", "InvalidID"},
      {"sg-x", "InvalidID"},
  };
  for (const auto& [id, code] : codes) {
    EXPECT_EQ(CodeOf("CreateTags", "ResourceId.1=" + id + "&Tag.1.Key=a"), code) << id;
    EXPECT_EQ(CodeOf("DeleteTags", "ResourceId.1=" + id), code) << id;
  }
}

TEST_F(ResourcesApiTest, PlacesToChooseFrom) {
  EXPECT_THAT(Texts("DescribeRegions", "", "//regionName"),
              ElementsAre("us-west-2", "us-east-1", "us-east-2", "eu-west-1", "ap-northeast-1"));
  EXPECT_EQ(CodeOf("DescribeRegions", "RegionName.1=mars-north-1"), "InvalidParameterValue");
  EXPECT_THAT(Texts("DescribeAvailabilityZones", "", "//zoneName"),
              ElementsAre("us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"));
  EXPECT_EQ(Text("DescribeInstanceTypes", "InstanceType.1=m7i.large", "//sizeInMiB"), "8192");
  EXPECT_EQ(
      Text("DescribeInstanceTypes", "InstanceType.1=m7g.large", "//supportedArchitectures/item"),
      "arm64");
  EXPECT_EQ(CodeOf("DescribeInstanceTypes", "InstanceType.1=m99.large"), "InvalidInstanceType");
  EXPECT_EQ(CodeOf("DescribeInstanceTypes", "MaxResults=101"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("DescribeInstanceTypes", "MaxResults=100"), "none");
  EXPECT_THAT(Texts("DescribeVpcs", "Filter.1.Name=is-default&Filter.1.Value.1=true",
                    "//vpcSet/item/cidrBlock"),
              ElementsAre("127.10.0.0/16"));
  EXPECT_THAT(Texts("DescribeSubnets",
                    "Filter.1.Name=default-for-az&Filter.1.Value.1=true&"
                    "Filter.2.Name=availability-zone&Filter.2.Value.1=us-west-2b",
                    "//cidrBlock"),
              ElementsAre("127.10.16.0/20"));
}

TEST_F(ResourcesApiTest, TextsThatEc2Refuses) {
  const std::string group = "GroupName=g1&GroupDescription=";
  EXPECT_EQ(CodeOf("CreateSecurityGroup", group + "SSH+to+this+run's+instances"),
            "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", group + "caf%C3%A9"), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", group + std::string(256, 'd')), "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=a'b&GroupDescription=d"),
            "InvalidParameterValue");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=sg-1&GroupDescription=d"),
            "InvalidParameterValue");
  const std::string id =
      Text("CreateSecurityGroup", group + "a.b_c-d:e/f()%23,@[]%2B%3D%26;{}!$*+9", "//groupId");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=G1&GroupDescription=d"),
            "InvalidGroup.Duplicate");
  const std::string rule = "GroupId=" + id +
                           "&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=22"
                           "&IpPermissions.1.ToPort=22&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0"
                           "&IpPermissions.1.IpRanges.1.Description=";
  EXPECT_EQ(CodeOf("AuthorizeSecurityGroupIngress", rule + "today's"), "InvalidParameterValue");
  Run("AuthorizeSecurityGroupIngress", rule + "today");

  const std::string instance = Launch();
  const std::string image = "NoReboot=true&InstanceId=" + instance + "&Name=";
  for (const char* const name : {"ab", "a:bc", "a%22bc", "caf%C3%A9"})
    EXPECT_EQ(CodeOf("CreateImage", image + name), "InvalidAMIName.Malformed") << name;
  WaitForState(instance, "running");
  Run("CreateImage", image + "it's+(a)[b]./-@_");
}

TEST_F(ResourcesApiTest, WithoutADefaultVpcASubnetMustBeNamed) {
  const std::string vpc = region().DefaultVpc()->id;
  EXPECT_EQ(CodeOf("DeleteVpc", "VpcId=" + vpc), "DependencyViolation");
  const auto subnets = region().subnets;
  for (const auto& [id, subnet] : subnets) Run("DeleteSubnet", "SubnetId=" + id);
  EXPECT_EQ(CodeOf("RunInstances", LaunchForm()), "MissingInput");
  Run("DetachInternetGateway",
      "InternetGatewayId=" + region().internet_gateways.begin()->first + "&VpcId=" + vpc);
  Run("DeleteVpc", "VpcId=" + vpc);
  EXPECT_EQ(CodeOf("RunInstances", LaunchForm()), "VPCIdNotSpecified");
  EXPECT_EQ(CodeOf("CreateSecurityGroup", "GroupName=g&GroupDescription=d"), "VPCIdNotSpecified");
}

TEST_F(ResourcesApiTest, ASubnetMayGiveNoPublicAddress) {
  const std::string subnet = region().DefaultSubnet("us-west-2a")->id;
  Run("ModifySubnetAttribute", "SubnetId=" + subnet + "&MapPublicIpOnLaunch.Value=false");
  const std::string without = Launch("&SubnetId=" + subnet);
  const std::string with =
      Launch("&NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.SubnetId=" + subnet +
             "&NetworkInterface.1.AssociatePublicIpAddress=true");
  WaitForState(without, "running");
  WaitForState(with, "running");
  EXPECT_EQ(Describe(without, "//instancesSet/item/ipAddress"), "");
  EXPECT_THAT(Describe(with, "//instancesSet/item/ipAddress"), StartsWith("127.100."));
  EXPECT_EQ(Text("DescribeNetworkInterfaces",
                 "Filter.1.Name=attachment.instance-id&Filter.1.Value.1=" + with, "//publicIp"),
            Describe(with, "//instancesSet/item/ipAddress"));
  EXPECT_EQ(CodeOf("DeleteSubnet", "SubnetId=" + subnet), "DependencyViolation");
}

TEST_F(ResourcesApiTest, RegionsAreApart) {
  const std::string id = Launch();
  const auto elsewhere = Run("DescribeInstances", "", "eu-west-1");
  EXPECT_EQ(elsewhere.select_nodes("//instanceId").size(), 0u);
  EXPECT_EQ(CodeOf("RunInstances", "InstanceType=m7i.large&MinCount=1&MaxCount=1&ImageId=" +
                                       PublicImageId("eu-west-1", "x86_64")),
            "InvalidAMIID.NotFound");
  const std::string there = Run("RunInstances",
                                "InstanceType=m7i.large&MinCount=1&MaxCount=1&ImageId=" +
                                    PublicImageId("eu-west-1", "x86_64"),
                                "eu-west-1")
                                .select_node("//privateIpAddress")
                                .node()
                                .text()
                                .get();
  EXPECT_THAT(there, StartsWith("127.13."));
}

}  // namespace
}  // namespace localcloud
