// The client against a foreign server: moto, if python3 has it. Tests every call that moto knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "aws/ec2.h"
#include "aws/instance_connect.h"
#include "aws/ssm.h"
#include "aws/sts.h"
#include "tests/aws/child_server.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::vector<Tag> kAwkwardTags = {{"launch-bench:run", "r-1"}, {"Name", "moto & co"}};
const std::vector<Filter> kOurs = {{"tag:launch-bench:run", {"r-1"}}};

// Creates, uses and deletes each kind of resource, in the order of a run.
class MotoTest : public testing::Test {
 public:
  void SetUp() override {
    server_.emplace(std::vector<std::string>{"python3", "-u", "-m", "moto.server", "-p", "0"},
                    "http://127.0.0.1:");
    if (server_->port().empty()) GTEST_SKIP() << "python3 has no moto.server on this machine";
    ec2_.emplace(Connect("ec2"));
  }

  std::shared_ptr<Client> Connect(const std::string& service) const {
    return std::make_shared<Client>(ConfigFor("http://127.0.0.1:" + server_->port(), service));
  }

  void Places();
  void Access();
  void Instances();
  void Images();
  void Network();
  void OtherServices();

  std::optional<ChildServer> server_;
  std::optional<Ec2> ec2_;
  Subnet subnet_;
  std::string image_id_;
  std::string group_id_;
  std::string instance_id_;
};

void MotoTest::Places() {
  EXPECT_THAT(ec2_->DescribeRegions({}), Contains("us-west-2"));
  const auto zones = ec2_->DescribeAvailabilityZones({});
  ASSERT_THAT(zones, Not(IsEmpty()));
  EXPECT_EQ(zones[0].zone_name, "us-west-2a");
  EXPECT_EQ(zones[0].state, "available");
  const auto types = ec2_->DescribeInstanceTypes({"m5.large"}, {});
  ASSERT_THAT(types, SizeIs(1));
  EXPECT_EQ(types[0].architecture, "x86_64");
  EXPECT_EQ(types[0].vcpus, 2);
  EXPECT_EQ(types[0].memory_mib, 8192);
  const auto subnets = ec2_->DescribeSubnets({{"default-for-az", {"true"}}}, {});
  ASSERT_THAT(subnets, Not(IsEmpty()));
  subnet_ = subnets[0];
  EXPECT_EQ(subnet_.availability_zone, "us-west-2a");
  EXPECT_TRUE(subnet_.default_for_az);
  EXPECT_THAT(subnet_.vpc_id, HasSubstr("vpc-"));
}

void MotoTest::Access() {
  group_id_ = ec2_->CreateSecurityGroup("lb", "made by a test", subnet_.vpc_id, kAwkwardTags, {});
  EXPECT_THAT(group_id_, HasSubstr("sg-"));
  // Repeated, as after a lost answer, both have the same result.
  EXPECT_EQ(ec2_->CreateSecurityGroup("lb", "made by a test", subnet_.vpc_id, kAwkwardTags, {}),
            group_id_);
  ec2_->AuthorizeSecurityGroupIngress(group_id_, 22, "203.0.113.7/32", {});
  ec2_->AuthorizeSecurityGroupIngress(group_id_, 22, "203.0.113.7/32", {});
  const auto groups = ec2_->DescribeSecurityGroups(kOurs, {});
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].group_id, group_id_);
  EXPECT_EQ(groups[0].group_name, "lb");
  EXPECT_EQ(groups[0].vpc_id, subnet_.vpc_id);

  const std::string key =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvUaWqSPcVLuNYMSJJNuLPSGjW8Sdbxr8Xc8hHbHEHn lb";
  const std::string key_id = ec2_->ImportKeyPair("lb", key, kAwkwardTags, {});
  EXPECT_EQ(ec2_->ImportKeyPair("lb", key, kAwkwardTags, {}), key_id);
  const auto keys = ec2_->DescribeKeyPairs(kOurs, {});
  ASSERT_THAT(keys, SizeIs(1));
  EXPECT_EQ(keys[0].key_name, "lb");
  EXPECT_EQ(keys[0].key_pair_id, key_id);
}

void MotoTest::Instances() {
  image_id_ = Ssm(Connect("ssm"))
                  .GetParameter(
                      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", {});
  const auto image = ec2_->DescribeImageById(image_id_, {});
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->image_id, image_id_);
  EXPECT_FALSE(ec2_->DescribeImageById("ami-0123456789abcdef0", {}).has_value());

  RunInstancesRequest request;
  request.client_token = "token-1";
  request.image_id = image_id_;
  request.instance_type = "m5.large";
  request.subnet_id = subnet_.subnet_id;
  request.security_group_ids = {group_id_};
  request.key_name = "lb";
  request.user_data = "#!/bin/sh\ntrue\n";
  request.root_volume = BlockDevice{"/dev/sda1", 20, "gp3", true};
  request.tags = kAwkwardTags;
  const auto launched = ec2_->RunInstances(request, {});
  ASSERT_THAT(launched, SizeIs(1));
  instance_id_ = launched[0].instance_id;
  EXPECT_EQ(launched[0].client_token, "token-1");

  const auto found = ec2_->DescribeInstances(kOurs, {});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].instance_id, instance_id_);
  EXPECT_EQ(found[0].state, "running");
  EXPECT_EQ(found[0].image_id, image_id_);
  EXPECT_EQ(found[0].instance_type, "m5.large");
  EXPECT_EQ(found[0].availability_zone, subnet_.availability_zone);
  EXPECT_EQ(found[0].subnet_id, subnet_.subnet_id);
  EXPECT_EQ(found[0].vpc_id, subnet_.vpc_id);
  EXPECT_THAT(found[0].public_ip, Not(IsEmpty()));
  EXPECT_THAT(found[0].private_ip, Not(IsEmpty()));
  EXPECT_THAT(found[0].volume_ids, Not(IsEmpty()));
  EXPECT_THAT(found[0].network_interface_ids, SizeIs(1));

  ec2_->CreateTags({instance_id_}, {{"claimed", "by me"}}, {});
  EXPECT_THAT(ec2_->DescribeInstances({{"tag:claimed", {"by me"}}}, {}), SizeIs(1));
  ec2_->DeleteTags({instance_id_}, {{"claimed", "by me"}}, {});
  EXPECT_THAT(ec2_->DescribeInstances({{"tag:claimed", {"by me"}}}, {}), IsEmpty());

  EXPECT_EQ(ec2_->StopInstances({instance_id_}, false, {}).at(0).previous_state, "running");
  EXPECT_EQ(ec2_->StartInstances({instance_id_}, {}).at(0).instance_id, instance_id_);

  request.subnet_id = "subnet-00000000000000000";
  request.client_token = "token-2";
  EXPECT_EQ(ErrorOf([&] { ec2_->RunInstances(request, {}); }).code(), "InvalidSubnetID.NotFound");
  request.subnet_id = subnet_.subnet_id;
  request.client_token = "token-3";
  CallOptions dry;
  dry.dry_run = true;
  EXPECT_EQ(ErrorOf([&] { ec2_->RunInstances(request, dry); }).code(), "DryRunOperation");
}

void MotoTest::Images() {
  // moto does not support tags for image and snapshots in one call.
  const std::string baked = ec2_->CreateImage(instance_id_, "baked", {}, {});
  ec2_->CreateTags({baked}, kAwkwardTags, {});
  const auto images = ec2_->DescribeImages(kOurs, {});
  ASSERT_THAT(images, SizeIs(1));
  EXPECT_EQ(images[0].image_id, baked);
  EXPECT_EQ(images[0].name, "baked");
  EXPECT_EQ(images[0].state, "available");
  ASSERT_THAT(images[0].snapshot_ids, Not(IsEmpty()));
  const std::string snapshot = images[0].snapshot_ids[0];
  const auto snapshots = ec2_->DescribeSnapshots({{"snapshot-id", {snapshot}}}, {});
  ASSERT_THAT(snapshots, SizeIs(1));
  EXPECT_EQ(snapshots[0].snapshot_id, snapshot);
  EXPECT_EQ(snapshots[0].state, "completed");
  ec2_->DeregisterImage(baked, {});
  EXPECT_THAT(ec2_->DescribeImages(kOurs, {}), IsEmpty());
  ec2_->DeleteSnapshot(snapshot, {});
  EXPECT_EQ(ErrorOf([&] { ec2_->DeleteSnapshot(snapshot, {}); }).code(),
            "InvalidSnapshot.NotFound");
}

void MotoTest::Network() {
  const NetworkInterface made =
      ec2_->CreateNetworkInterface(subnet_.subnet_id, {group_id_}, "token-eni", kAwkwardTags, {});
  EXPECT_EQ(made.subnet_id, subnet_.subnet_id);
  const std::string id = made.network_interface_id;
  const Address address = ec2_->AllocateAddress(kAwkwardTags, {});
  const std::string association = ec2_->AssociateAddress(address.allocation_id, id, {});
  const auto interfaces = ec2_->DescribeNetworkInterfaces({{"network-interface-id", {id}}}, {});
  ASSERT_THAT(interfaces, SizeIs(1));
  EXPECT_EQ(interfaces[0].availability_zone, subnet_.availability_zone);
  EXPECT_THAT(interfaces[0].private_ip, Not(IsEmpty()));
  const auto addresses = ec2_->DescribeAddresses({{"allocation-id", {address.allocation_id}}}, {});
  ASSERT_THAT(addresses, SizeIs(1));
  EXPECT_EQ(addresses[0].public_ip, address.public_ip);
  EXPECT_EQ(addresses[0].association_id, association);
  EXPECT_EQ(addresses[0].network_interface_id, id);
  ec2_->DisassociateAddress(association, {});
  ec2_->ReleaseAddress(address.allocation_id, {});
  ec2_->DeleteNetworkInterface(id, {});
  EXPECT_THAT(ErrorOf([&] { ec2_->DeleteNetworkInterface(id, {}); }).code(),
              HasSubstr("InvalidNetworkInterfaceID"));
}

void MotoTest::OtherServices() {
  const CallerIdentity identity = Sts(Connect("sts")).GetCallerIdentity({});
  EXPECT_EQ(identity.account, "123456789012");
  EXPECT_THAT(identity.arn, HasSubstr("arn:aws:"));
  Ssm ssm(Connect("ssm"));
  EXPECT_THAT(
      ssm.GetParameter("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", {}),
      HasSubstr("ami-"));
  EXPECT_EQ(ErrorOf([&] { ssm.GetParameter("/no/such", {}); }).code(), "ParameterNotFound");
  InstanceConnect(Connect("ec2-instance-connect"))
      .SendSshPublicKey(instance_id_, "ec2-user", "ssh-ed25519 AAAA", subnet_.availability_zone,
                        {});
}

TEST_F(MotoTest, EveryCall) {
  for (const auto part : {&MotoTest::Places, &MotoTest::Access, &MotoTest::Instances,
                          &MotoTest::Images, &MotoTest::Network, &MotoTest::OtherServices}) {
    (this->*part)();
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_EQ(ec2_->TerminateInstances({instance_id_}, {}).at(0).instance_id, instance_id_);
  EXPECT_THAT(ErrorOf([&] { ec2_->TerminateInstances({"i-00000000000000000"}, {}); }).code(),
              HasSubstr("InvalidInstanceID"));
  ec2_->DeleteKeyPair("lb", {});
  ec2_->DeleteSecurityGroup(group_id_, {});
  EXPECT_THAT(ec2_->DescribeSecurityGroups(kOurs, {}), IsEmpty());
  EXPECT_THAT(ec2_->DescribeKeyPairs(kOurs, {}), IsEmpty());
  EXPECT_GT(ec2_->client().Warm(2, {}), std::chrono::microseconds(0));
}

}  // namespace
}  // namespace aws
