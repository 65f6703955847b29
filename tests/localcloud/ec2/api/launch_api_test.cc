// RunInstances: idempotency, and the error codes of refused calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class LaunchApiTest : public CloudTest {
 protected:
  std::string MessageOf(const std::string& form) {
    try {
      Run("RunInstances", form);
    } catch (const ApiError& error) {
      return error.what();
    }
    return "none";
  }
};

TEST_F(LaunchApiTest, ATokenMakesOneInstance) {
  const std::string first = Launch("&ClientToken=t1");
  EXPECT_EQ(Launch("&ClientToken=t1"), first);
  EXPECT_NE(Launch("&ClientToken=t2"), first);
  EXPECT_NE(Launch(), Launch());
  EXPECT_EQ(CodeOf("RunInstances", LaunchForm() + "&ClientToken=t1&KeyName=other"),
            "IdempotentParameterMismatch");
  // Also after the instance has ended: a late retry must not launch again.
  Run("TerminateInstances", "InstanceId.1=" + first);
  WaitForState(first, "terminated");
  EXPECT_EQ(Launch("&ClientToken=t1"), first);
  EXPECT_THAT(region().instances, SizeIs(4));
  for (const std::string& token :
       {std::string(65, 'x'), std::string("caf%C3%A9"), std::string("a%20b")}) {
    EXPECT_EQ(CodeOf("RunInstances", LaunchForm() + "&ClientToken=" + token),
              "InvalidParameterValue")
        << token;
  }
}

TEST_F(LaunchApiTest, ManyAtOnceAreOneReservation) {
  const auto answer = Run(
      "RunInstances", "ImageId=" + image_id() + "&InstanceType=m7i.large&MinCount=2&MaxCount=3");
  EXPECT_EQ(answer.select_nodes("//instancesSet/item").size(), 3u);
  EXPECT_EQ(Run("DescribeInstances", "").select_nodes("//reservationSet/item").size(), 1u);
}

TEST_F(LaunchApiTest, RefusalsHaveEc2sCodes) {
  const std::string i = "ImageId=" + image_id();
  const std::string rest = "&InstanceType=m7i.large&MinCount=1&MaxCount=1";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"InstanceType=m7i.large&MinCount=1&MaxCount=1", "MissingParameter"},
      {i + "&InstanceType=m7i.large", "MissingParameter"},
      {"ImageId=ami-1" + rest, "InvalidAMIID.Malformed"},
      {"ImageId=ami-00000000000000000" + rest, "InvalidAMIID.NotFound"},
      {i + "&InstanceType=m99.large&MinCount=1&MaxCount=1", "InvalidParameterValue"},
      {i + "&InstanceType=m7g.large&MinCount=1&MaxCount=1", "InvalidParameterValue"},
      {i + "&InstanceType=m7i.large&MinCount=0&MaxCount=1", "InvalidParameterValue"},
      {i + "&InstanceType=m7i.large&MinCount=2&MaxCount=1", "InvalidParameterValue"},
      {i + rest + "&KeyName=none", "InvalidKeyPair.NotFound"},
      {i + rest + "&SubnetId=subnet-x", "InvalidSubnetID.Malformed"},
      {i + rest + "&SubnetId=subnet-00000000", "InvalidSubnetID.NotFound"},
      {i + rest + "&SecurityGroupId.1=sg-00000000", "InvalidGroup.NotFound"},
      {i + rest + "&SecurityGroup.1=none", "InvalidGroup.NotFound"},
      {i + rest + "&Placement.AvailabilityZone=us-east-1a", "InvalidParameterValue"},
      {i + rest + "&UserData=***", "InvalidParameterValue"},
      {i + rest + "&IamInstanceProfile.Name=none", "InvalidParameterValue"},
      {i + rest + "&InstanceInitiatedShutdownBehavior=explode", "InvalidParameterValue"},
      {i + rest + "&InstanceMarketOptions.MarketType=auction", "InvalidParameterValue"},
      {i + rest + "&TagSpecification.1.ResourceType=moon&TagSpecification.1.Tag.1.Key=a",
       "InvalidParameterValue"},
      {i + rest + "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=aws:x",
       "InvalidParameterValue"},
      {i + rest +
           "&BlockDeviceMapping.1.DeviceName=/dev/xvda&BlockDeviceMapping.1.Ebs.VolumeSize=4",
       "InvalidBlockDeviceMapping"},
      {i + rest + "&NetworkInterface.1.NetworkInterfaceId=eni-00000000",
       "InvalidNetworkInterfaceID.NotFound"},
      {i + rest + "&SubnetId=subnet-00000000&NetworkInterface.1.DeviceIndex=0",
       "InvalidParameterCombination"},
  };
  for (const auto& [form, code] : cases) EXPECT_EQ(CodeOf("RunInstances", form), code) << form;
  // None of the refused calls has created anything.
  EXPECT_THAT(region().instances, SizeIs(0));
  EXPECT_THAT(region().interfaces, SizeIs(0));
}

TEST_F(LaunchApiTest, TheVcpuLimitIsReached) {
  const std::string form = "ImageId=" + image_id() + "&InstanceType=m7i.large&MinCount=1&MaxCount=";
  // 512 vCPUs are 256 machines with two each. MaxCount asks for as many as fit.
  EXPECT_EQ(Run("RunInstances", form + "300").select_nodes("//instancesSet/item").size(), 256u);
  EXPECT_EQ(CodeOf("RunInstances", form + "1"), "VcpuLimitExceeded");
}

TEST_F(LaunchApiTest, TagsAreThereFromTheStart) {
  const std::string id = Launch(
      "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=run"
      "&TagSpecification.1.Tag.1.Value=r-1"
      "&TagSpecification.2.ResourceType=network-interface&TagSpecification.2.Tag.1.Key=run"
      "&TagSpecification.2.Tag.1.Value=r-2");
  EXPECT_EQ(Describe(id, "//instancesSet/item/tagSet/item[key='run']/value"), "r-1");
  const auto interfaces =
      Run("DescribeNetworkInterfaces", "Filter.1.Name=tag:run&Filter.1.Value.1=r-2");
  EXPECT_STREQ(interfaces.select_node("//attachment/instanceId").node().text().get(), id.c_str());
}

TEST_F(LaunchApiTest, RootVolumeAndZoneAreAsAsked) {
  const std::string id = Launch(
      "&Placement.AvailabilityZone=us-west-2c&BlockDeviceMapping.1.DeviceName=/dev/xvda"
      "&BlockDeviceMapping.1.Ebs.VolumeSize=20&BlockDeviceMapping.1.Ebs.VolumeType=gp2");
  const Instance& instance = *region().instances.at(id);
  EXPECT_EQ(instance.spec().root.gib, 20);
  EXPECT_EQ(instance.spec().root.type, "gp2");
  EXPECT_EQ(instance.zone(), "us-west-2c");
  EXPECT_EQ(Describe(id, "//placement/availabilityZone"), "us-west-2c");
}

TEST_F(LaunchApiTest, AnInterfaceMadeBeforeIsUsedAndKept) {
  AdmitSsh();
  const auto made =
      Run("CreateNetworkInterface", "SubnetId=" + region().DefaultSubnet("us-west-2b")->id);
  const std::string eni = made.select_node("//networkInterfaceId").node().text().get();
  const std::string private_ip = made.select_node("//privateIpAddress").node().text().get();
  const auto allocated = Run("AllocateAddress", "Domain=vpc");
  const std::string eip = allocated.select_node("//allocationId").node().text().get();
  const std::string public_ip = allocated.select_node("//publicIp").node().text().get();
  Run("AssociateAddress", "AllocationId=" + eip + "&NetworkInterfaceId=" + eni);
  EXPECT_THAT(holds_, ::testing::UnorderedElementsAre(private_ip, public_ip));

  const std::string wanted =
      "&NetworkInterface.1.DeviceIndex=0&NetworkInterface.1.NetworkInterfaceId=" + eni;
  EXPECT_THAT(MessageOf(LaunchForm() + "&Placement.AvailabilityZone=us-west-2a" + wanted),
              HasSubstr("is in us-west-2b, not in us-west-2a"));
  for (const char* const value : {"true", "false"}) {
    EXPECT_EQ(CodeOf("RunInstances", LaunchForm() + wanted +
                                         "&NetworkInterface.1.AssociatePublicIpAddress=" + value),
              "InvalidParameterCombination");
  }
  const std::string id = Launch(wanted);
  // Known at once, because the address belongs to the interface, not to the instance.
  EXPECT_EQ(Describe(id, "//instancesSet/item/ipAddress"), public_ip);
  EXPECT_EQ(CodeOf("RunInstances", LaunchForm() + wanted), "InvalidNetworkInterface.InUse");
  WaitForState(id, "running");
  EXPECT_THAT(machines_.at(id)->boots[0].addresses, ::testing::ElementsAre(private_ip, public_ip));
  EXPECT_EQ(CodeOf("DeleteNetworkInterface", "NetworkInterfaceId=" + eni), "InvalidParameterValue");

  Run("TerminateInstances", "InstanceId.1=" + id);
  WaitForState(id, "terminated");
  EXPECT_STREQ(Run("DescribeNetworkInterfaces", "NetworkInterfaceId.1=" + eni)
                   .select_node("//item/status")
                   .node()
                   .text()
                   .get(),
               "available");
  EXPECT_EQ(CodeOf("ReleaseAddress", "AllocationId=" + eip), "InvalidIPAddress.InUse");
  Run("DeleteNetworkInterface", "NetworkInterfaceId=" + eni);
  Run("ReleaseAddress", "AllocationId=" + eip);
  EXPECT_THAT(holds_, SizeIs(0));
}

}  // namespace
}  // namespace localcloud
