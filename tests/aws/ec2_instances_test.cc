// Ec2's instance operations: what is sent, and how real answers are read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;
using test_support::ScriptedRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A reservation as EC2 describes it, with some elements that this client does not read.
constexpr char kReservation[] = R"(
<item>
  <reservationId>r-0123456789example</reservationId><ownerId>123456789012</ownerId><groupSet/>
  <instancesSet><item>
    <instanceId>i-0abc</instanceId><imageId>ami-0def</imageId>
    <instanceState><code>16</code><name>running</name></instanceState>
    <privateDnsName>ip-10-0-0-5.us-west-2.compute.internal</privateDnsName><dnsName/>
    <reason/><keyName>bench</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>
    <instanceType>m7i.large</instanceType><launchTime>2026-01-30T10:11:12.000Z</launchTime>
    <placement><availabilityZone>us-west-2b</availabilityZone><tenancy>default</tenancy></placement>
    <subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
    <privateIpAddress>10.0.0.5</privateIpAddress><ipAddress>54.1.2.3</ipAddress>
    <stateReason><code>Server.InternalError</code><message>Server.InternalError: on launch</message></stateReason>
    <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType>
    <rootDeviceName>/dev/xvda</rootDeviceName>
    <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName>
      <ebs><volumeId>vol-1</volumeId><status>attached</status></ebs></item></blockDeviceMapping>
    <clientToken>token-1</clientToken>
    <tagSet><item><key>launch-bench:run</key><value>r&amp;1</value></item></tagSet>
    <networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId>
      <ipv6AddressesSet><item><ipv6Address>2600:1f14::5</ipv6Address></item></ipv6AddressesSet>
    </item></networkInterfaceSet>
  </item></instancesSet>
</item>)";

RunInstancesRequest MinimalRequest() {
  RunInstancesRequest request;
  request.client_token = "token-1";
  request.image_id = "ami-1";
  request.instance_type = "m7i.large";
  return request;
}

// Returns the HTTP request that EC2 gets for `request`.
ScriptedRequest Sent(const RunInstancesRequest& request) {
  ScriptedHttpServer server({Ec2Answer("RunInstances", "<instancesSet/>")});
  Ec2(ClientFor(server)).RunInstances(request, {});
  return server.requests().at(0);
}

TEST(RunInstances, SendsWhatWasAskedFor) {
  RunInstancesRequest request = MinimalRequest();
  request.max_count = 3;
  request.subnet_id = "subnet-1";
  request.security_group_ids = {"sg-1", "sg-2"};
  request.key_name = "bench";
  request.user_data = "#!/bin/sh\n";
  request.iam_instance_profile = "profile";
  request.root_volume = BlockDevice{"/dev/xvda", 20, "gp3", true};
  request.hibernation = true;
  request.spot = true;
  request.tags = {{"launch-bench:run", "r-1"}, {"Name", "b"}};
  const ScriptedRequest sent = Sent(request);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"Action", "RunInstances"},
      {"Version", "2016-11-15"},
      {"ClientToken", "token-1"},
      {"ImageId", "ami-1"},
      {"InstanceType", "m7i.large"},
      {"MinCount", "1"},
      {"MaxCount", "3"},
      {"SubnetId", "subnet-1"},
      {"SecurityGroupId.1", "sg-1"},
      {"SecurityGroupId.2", "sg-2"},
      {"KeyName", "bench"},
      {"UserData", "IyEvYmluL3NoCg=="},
      {"IamInstanceProfile.Name", "profile"},
      {"BlockDeviceMapping.1.DeviceName", "/dev/xvda"},
      {"BlockDeviceMapping.1.Ebs.VolumeSize", "20"},
      {"BlockDeviceMapping.1.Ebs.VolumeType", "gp3"},
      {"BlockDeviceMapping.1.Ebs.Encrypted", "true"},
      {"BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"},
      {"HibernationOptions.Configured", "true"},
      {"InstanceMarketOptions.MarketType", "spot"},
      {"InstanceInitiatedShutdownBehavior", "terminate"},
      {"MetadataOptions.HttpTokens", "required"},
      {"TagSpecification.1.ResourceType", "instance"},
      {"TagSpecification.2.ResourceType", "volume"},
      {"TagSpecification.3.ResourceType", "network-interface"},
      {"TagSpecification.4.ResourceType", "spot-instances-request"},
      {"TagSpecification.1.Tag.1.Key", "launch-bench:run"},
      {"TagSpecification.3.Tag.2.Value", "b"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(sent.Parameter(name), value) << name;
}

TEST(RunInstances, SaysNothingOfWhatWasNotAskedFor) {
  const ScriptedRequest sent = Sent(MinimalRequest());
  for (const char* name : {"KeyName", "UserData", "SubnetId", "NetworkInterface", "IamInstance",
                           "BlockDevice", "Hibernation", "Market", "TagSpecification", "DryRun"}) {
    EXPECT_THAT(sent.body, testing::Not(HasSubstr(name)));
  }
}

TEST(RunInstances, PutsAddressWishesOnTheInterface) {
  RunInstancesRequest request = MinimalRequest();
  request.subnet_id = "subnet-1";
  request.security_group_ids = {"sg-1"};
  request.associate_public_ipv4 = true;
  request.assign_ipv6 = true;
  const ScriptedRequest sent = Sent(request);
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.DeviceIndex"), "0");
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.AssociatePublicIpAddress"), "true");
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.Ipv6AddressCount"), "1");
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.SubnetId"), "subnet-1");
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.SecurityGroupId.1"), "sg-1");
  EXPECT_EQ(sent.Parameter("SubnetId"), "");
  EXPECT_EQ(sent.Parameter("SecurityGroupId.1"), "");
}

TEST(RunInstances, AttachesAnInterfaceAndDoesNotTagIt) {
  RunInstancesRequest request = MinimalRequest();
  request.network_interface_id = "eni-1";
  request.iam_instance_profile = "arn:aws:iam::1:instance-profile/p";
  request.tags = {{"a", "b"}};
  const ScriptedRequest sent = Sent(request);
  EXPECT_EQ(sent.Parameter("NetworkInterface.1.NetworkInterfaceId"), "eni-1");
  EXPECT_EQ(sent.Parameter("IamInstanceProfile.Arn"), "arn:aws:iam::1:instance-profile/p");
  EXPECT_THAT(sent.body, testing::Not(HasSubstr("network-interface")));
}

TEST(RunInstances, RefusesToGoWithoutAToken) {
  ScriptedHttpServer server;
  RunInstancesRequest request = MinimalRequest();
  request.client_token.clear();
  EXPECT_THROW(Ec2(ClientFor(server)).RunInstances(request, {}), std::invalid_argument);
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST(RunInstances, ReadsAnInstanceThatHasNoAddressYet) {
  ScriptedHttpServer server({Ec2Answer("RunInstances", R"(
      <reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>
      <instanceState><code>0</code><name>pending</name></instanceState>
      <stateReason><code>pending</code><message>pending</message></stateReason>
      <privateIpAddress>10.0.0.9</privateIpAddress><blockDeviceMapping/></item></instancesSet>)")});
  const auto instances = Ec2(ClientFor(server)).RunInstances(MinimalRequest(), {});
  ASSERT_EQ(instances.size(), 1u);
  EXPECT_EQ(instances[0].instance_id, "i-1");
  EXPECT_EQ(instances[0].state, "pending");
  EXPECT_EQ(instances[0].public_ip, "");
  EXPECT_EQ(instances[0].private_ip, "10.0.0.9");
  EXPECT_THAT(instances[0].volume_ids, IsEmpty());
}

// A filter's values are literal: characters that are wildcards to EC2 are escaped.
TEST(DescribeInstances, WildcardsInAFilterAreEscaped) {
  ScriptedHttpServer server({Ec2Answer("DescribeInstances", "<reservationSet/>")});
  Ec2(ClientFor(server)).DescribeInstances({{"tag:launch-bench:run", {"*", "a?b\\c", "lb-1"}}}, {});
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.Parameter("Filter.1.Value.1"), "\\*");
  EXPECT_EQ(request.Parameter("Filter.1.Value.2"), "a\\?b\\\\c");
  EXPECT_EQ(request.Parameter("Filter.1.Value.3"), "lb-1");
}

TEST(DescribeInstances, ReadsEveryField) {
  ScriptedHttpServer server({Ec2Answer(
      "DescribeInstances", std::string("<reservationSet>") + kReservation + "</reservationSet>")});
  const auto instances =
      Ec2(ClientFor(server))
          .DescribeInstances(
              {{"tag:launch-bench:run", {"r&1", "r-2"}}, {"instance-state-name", {"running"}}}, {});
  ASSERT_EQ(instances.size(), 1u);
  const Instance& instance = instances[0];
  EXPECT_EQ(instance.instance_id, "i-0abc");
  EXPECT_EQ(instance.state, "running");
  EXPECT_EQ(instance.image_id, "ami-0def");
  EXPECT_EQ(instance.instance_type, "m7i.large");
  EXPECT_EQ(instance.availability_zone, "us-west-2b");
  EXPECT_EQ(instance.subnet_id, "subnet-1");
  EXPECT_EQ(instance.vpc_id, "vpc-1");
  EXPECT_EQ(instance.public_ip, "54.1.2.3");
  EXPECT_EQ(instance.private_ip, "10.0.0.5");
  EXPECT_EQ(instance.ipv6, "2600:1f14::5");
  EXPECT_EQ(instance.client_token, "token-1");
  EXPECT_EQ(instance.state_reason, "Server.InternalError: on launch");
  EXPECT_EQ(instance.root_device_name, "/dev/xvda");
  EXPECT_THAT(instance.volume_ids, ElementsAre("vol-1"));
  EXPECT_THAT(instance.network_interface_ids, ElementsAre("eni-1"));
  ASSERT_EQ(instance.tags.size(), 1u);
  EXPECT_EQ(instance.tags[0].key, "launch-bench:run");
  EXPECT_EQ(instance.tags[0].value, "r&1");

  const ScriptedRequest sent = server.requests().at(0);
  EXPECT_EQ(sent.Parameter("Filter.1.Name"), "tag:launch-bench:run");
  EXPECT_EQ(sent.Parameter("Filter.1.Value.1"), "r&1");
  EXPECT_EQ(sent.Parameter("Filter.1.Value.2"), "r-2");
  EXPECT_EQ(sent.Parameter("Filter.2.Value.1"), "running");
  EXPECT_EQ(sent.Parameter("MaxResults"), "1000");
}

std::string Page(const std::string& id, const std::string& token) {
  return "<reservationSet><item><instancesSet><item><instanceId>" + id +
         "</instanceId></item></instancesSet></item></reservationSet><nextToken>" + token +
         "</nextToken>";
}

TEST(DescribeInstances, FollowsEveryPage) {
  ScriptedHttpServer server({Ec2Answer("DescribeInstances", Page("i-1", "a+/=")),
                             Ec2Answer("DescribeInstances", Page("i-2", "b")),
                             Ec2Answer("DescribeInstances", Page("i-3", ""))});
  CallTally tally;
  CallRecord record;
  const auto instances =
      Ec2(ClientFor(server))
          .DescribeInstances({{"vpc-id", {"v"}}}, {.tally = &tally, .record = &record});
  ASSERT_EQ(instances.size(), 3u);
  EXPECT_EQ(instances[2].instance_id, "i-3");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].Parameter("NextToken"), "");
  EXPECT_EQ(requests[1].Parameter("NextToken"), "a+/=");
  EXPECT_EQ(requests[2].Parameter("NextToken"), "b");
  EXPECT_EQ(requests[2].Parameter("Filter.1.Name"), "vpc-id");
  EXPECT_EQ(tally.api_calls, 3);
  EXPECT_EQ(tally.retries, 0);
  // The record counts from the time at which the first page was requested.
  EXPECT_LE(record.last_sent, requests[0].received);
  EXPECT_GE(record.received, requests[2].received);
}

TEST(DescribeInstances, DoesNotTurnInCircles) {
  ScriptedHttpServer server(
      [](const ScriptedRequest&) { return Ec2Answer("DescribeInstances", Page("i-1", "same")); });
  const Error error = ErrorOf([&] { Ec2(ClientFor(server)).DescribeInstances({}, {}); });
  EXPECT_EQ(error.kind(), Error::Kind::kProtocol);
}

TEST(DescribeInstances, RefusesWhatIsNotItsAnswer) {
  ScriptedHttpServer server(
      {Ec2Answer("DescribeRegions", ""), Ec2Answer("DescribeInstances", "<")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ErrorOf([&] { ec2.DescribeInstances({}, {}); }).kind(), Error::Kind::kProtocol);
  EXPECT_EQ(ErrorOf([&] { ec2.DescribeInstances({}, {}); }).kind(), Error::Kind::kProtocol);
}

TEST(StateChanges, AreReadFromEachOperation) {
  const std::string changes = R"(<instancesSet><item><instanceId>i-1</instanceId>
      <currentState><code>64</code><name>stopping</name></currentState>
      <previousState><code>16</code><name>running</name></previousState></item></instancesSet>)";
  ScriptedHttpServer server({Ec2Answer("StartInstances", changes),
                             Ec2Answer("StopInstances", changes),
                             Ec2Answer("TerminateInstances", changes)});
  Ec2 ec2(ClientFor(server));
  for (const auto& result :
       {ec2.StartInstances({"i-1", "i-2"}, {}), ec2.StopInstances({"i-1"}, true, {}),
        ec2.TerminateInstances({"i-1"}, {})}) {
    ASSERT_EQ(result.size(), 1u);
    EXPECT_EQ(result[0].instance_id, "i-1");
    EXPECT_EQ(result[0].previous_state, "running");
    EXPECT_EQ(result[0].current_state, "stopping");
  }
  EXPECT_EQ(server.requests()[0].Parameter("InstanceId.2"), "i-2");
  EXPECT_EQ(server.requests()[1].Parameter("Hibernate"), "true");
}

}  // namespace
}  // namespace aws
