// Ec2's images and snapshots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/ec2.h"
#include "tests/aws/client_maker.h"

namespace aws {
namespace {

using test_support::ScriptedHttpServer;
using testing::ElementsAre;

TEST(Images, AreReadOldestFirst) {
  ScriptedHttpServer server({Ec2Answer("DescribeImages", R"(<imagesSet>
      <item><imageId>ami-2</imageId><creationDate>2026-02-01T00:00:00.000Z</creationDate></item>
      <item><imageId>ami-1</imageId><name>baked</name><imageState>available</imageState>
        <architecture>arm64</architecture><rootDeviceName>/dev/xvda</rootDeviceName>
        <creationDate>2026-01-01T00:00:00.000Z</creationDate>
        <blockDeviceMapping>
          <item><deviceName>/dev/sdb</deviceName><ebs><snapshotId>snap-2</snapshotId><volumeSize>50</volumeSize></ebs></item>
          <item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize></ebs></item>
          <item><deviceName>/dev/sdc</deviceName><virtualName>ephemeral0</virtualName></item>
        </blockDeviceMapping>
        <tagSet><item><key>k</key><value>v</value></item></tagSet></item>
      </imagesSet>)")});
  const auto images = Ec2(ClientFor(server)).DescribeImages({{"tag:k", {"v"}}}, {});
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].image_id, "ami-1");
  EXPECT_EQ(images[0].name, "baked");
  EXPECT_EQ(images[0].state, "available");
  EXPECT_EQ(images[0].architecture, "arm64");
  EXPECT_EQ(images[0].root_volume_gib, 8);
  EXPECT_THAT(images[0].snapshot_ids, ElementsAre("snap-2", "snap-1"));
  EXPECT_EQ(images[0].tags.at(0).value, "v");
  EXPECT_EQ(images[1].image_id, "ami-2");
}

TEST(Images, AreMadeWithTagsOnImageAndSnapshots) {
  ScriptedHttpServer server({Ec2Answer("CreateImage", "<imageId>ami-9</imageId>"),
                             Ec2Answer("DeregisterImage", "<return>true</return>")});
  Ec2 ec2(ClientFor(server));
  EXPECT_EQ(ec2.CreateImage("i-1", "baked", {{"k", "v"}}, {}), "ami-9");
  ec2.DeregisterImage("ami-9", {});
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("InstanceId"), "i-1");
  EXPECT_EQ(sent[0].Parameter("Name"), "baked");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.1.ResourceType"), "image");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.2.ResourceType"), "snapshot");
  EXPECT_EQ(sent[0].Parameter("TagSpecification.2.Tag.1.Value"), "v");
  EXPECT_EQ(sent[1].Parameter("ImageId"), "ami-9");
}

TEST(Images, ALostCreateIsFoundByItsNameAndTags) {
  ScriptedHttpServer server(
      {Ec2Failure(500, "InternalError", "An internal error has occurred"),
       Ec2Failure(400, "InvalidAMIName.Duplicate", "AMI name baked is already in use"),
       Ec2Answer("DescribeImages", R"(<imagesSet><item><imageId>ami-9</imageId><name>baked</name>
           <tagSet><item><key>k</key><value>v</value></item></tagSet></item></imagesSet>)")});
  EXPECT_EQ(Ec2(ClientFor(server)).CreateImage("i-1", "baked", {{"k", "v"}}, {}), "ami-9");
}

TEST(Images, AreTheAccountsOwnUnlessOneIsNamed) {
  ScriptedHttpServer server({Ec2Answer("DescribeImages", "<imagesSet/>"),
                             Ec2Answer("DescribeSnapshots", "<snapshotSet/>"),
                             Ec2Answer("DescribeImages", R"(<imagesSet><item>
                                 <imageId>ami-9</imageId></item></imagesSet>)"),
                             Ec2Failure(400, "InvalidAMIID.NotFound", "does not exist"),
                             Ec2Failure(400, "InvalidAMIID.Unavailable", "no longer available"),
                             Ec2Failure(400, "InvalidAMIID.Malformed", "expecting \"ami-...\""),
                             Ec2Failure(403, "UnauthorizedOperation", "not authorized")});
  Ec2 ec2(ClientFor(server));
  ec2.DescribeImages({{"tag-key", {"k"}}}, {});
  ec2.DescribeSnapshots({{"tag-key", {"k"}}}, {});
  EXPECT_EQ(ec2.DescribeImageById("ami-9", {})->image_id, "ami-9");
  EXPECT_EQ(ec2.DescribeImageById("ami-8", {}), std::nullopt);
  EXPECT_EQ(ec2.DescribeImageById("ami-7", {}), std::nullopt);
  EXPECT_EQ(ec2.DescribeImageById("no id", {}), std::nullopt);
  EXPECT_THROW(ec2.DescribeImageById("ami-6", {}), Error);
  const auto sent = server.requests();
  EXPECT_EQ(sent[0].Parameter("Owner.1"), "self");
  EXPECT_EQ(sent[1].Parameter("Owner.1"), "self");
  EXPECT_EQ(sent[2].Parameter("ImageId.1"), "ami-9");
  EXPECT_EQ(sent[2].Parameter("MaxResults"), "");
  EXPECT_EQ(sent[2].Parameter("IncludeDeprecated"), "true");
}

TEST(Snapshots, AreReadAndDeleted) {
  ScriptedHttpServer server({Ec2Answer("DescribeSnapshots", R"(<snapshotSet><item>
      <snapshotId>snap-1</snapshotId><status>completed</status>
      <startTime>2026-01-31T14:26:00.000Z</startTime><tagSet><item><key>k</key>
      <value>v</value></item></tagSet></item></snapshotSet>)"),
                             Ec2Answer("DeleteSnapshot", "<return>true</return>"),
                             Ec2Failure(400, "InvalidSnapshot.NotFound", "gone")});
  Ec2 ec2(ClientFor(server));
  const auto snapshots = ec2.DescribeSnapshots({{"tag:k", {"v"}}}, {});
  ASSERT_EQ(snapshots.size(), 1u);
  EXPECT_EQ(snapshots[0].snapshot_id, "snap-1");
  EXPECT_EQ(snapshots[0].state, "completed");
  EXPECT_EQ(snapshots[0].start_time, "2026-01-31T14:26:00.000Z");
  ec2.DeleteSnapshot("snap-1", {});
  EXPECT_EQ(server.requests()[1].Parameter("SnapshotId"), "snap-1");
  EXPECT_EQ(ErrorOf([&] { ec2.DeleteSnapshot("snap-1", {}); }).code(), "InvalidSnapshot.NotFound");
}

TEST(Volumes, AreReadAndDeleted) {
  ScriptedHttpServer server({Ec2Answer("DescribeVolumes", R"(<volumeSet><item>
      <volumeId>vol-1</volumeId><status>available</status>
      <createTime>2026-01-31T14:25:01.000Z</createTime><tagSet><item><key>k</key>
      <value>v</value></item></tagSet></item></volumeSet>)"),
                             Ec2Answer("DeleteVolume", "<return>true</return>"),
                             Ec2Failure(400, "VolumeInUse", "attached")});
  Ec2 ec2(ClientFor(server));
  const auto volumes = ec2.DescribeVolumes({{"status", {"available"}}}, {});
  ASSERT_EQ(volumes.size(), 1u);
  EXPECT_EQ(volumes[0].volume_id, "vol-1");
  EXPECT_EQ(volumes[0].state, "available");
  EXPECT_EQ(volumes[0].create_time, "2026-01-31T14:25:01.000Z");
  ASSERT_EQ(volumes[0].tags.size(), 1u);
  EXPECT_EQ(volumes[0].tags[0].value, "v");
  ec2.DeleteVolume("vol-1", {});
  EXPECT_EQ(server.requests()[1].Parameter("VolumeId"), "vol-1");
  EXPECT_EQ(ErrorOf([&] { ec2.DeleteVolume("vol-1", {}); }).code(), "VolumeInUse");
}

}  // namespace
}  // namespace aws
