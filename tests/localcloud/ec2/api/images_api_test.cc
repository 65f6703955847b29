#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <tuple>

#include "localcloud/loop/background_worker.h"
#include "tests/localcloud/cloud_harness.h"

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ImagesApiTest : public CloudTest {};

TEST_F(ImagesApiTest, ImagesAreCopiesOfAnInstancesTree) {
  const std::string id = Launch();
  WaitForState(id, "running");
  const std::string root = region().instances.at(id)->root_directory();
  std::filesystem::remove(root + "/etc/localcloud/packages/cloud-init");
  const std::string make = "InstanceId=" + id + "&Name=minimal";
  // The real CreateImage would reboot the instance.
  EXPECT_EQ(CodeOf("CreateImage", make), "UnsupportedOperation");
  Run("StopInstances", "InstanceId.1=" + id);
  WaitForState(id, "stopped");
  const std::string image =
      Text("CreateImage",
           make +
               "&TagSpecification.1.ResourceType=image&TagSpecification.1.Tag.1.Key=recipe"
               "&TagSpecification.1.Tag.1.Value=abc",
           "//imageId");
  EXPECT_EQ(CodeOf("CreateImage", make), "InvalidAMIName.Duplicate");
  const std::string of_image = "ImageId.1=" + image;
  EXPECT_EQ(Text("DescribeImages", of_image, "//imageState"), "pending");
  EXPECT_EQ(CodeOf("RunInstances", "InstanceType=m7i.large&MinCount=1&MaxCount=1&ImageId=" + image),
            "InvalidAMIID.Unavailable");
  loop_.RunUntil([&] { return Text("DescribeImages", of_image, "//imageState") == "available"; });
  EXPECT_THAT(Texts("DescribeImages", "Owner.1=self&Filter.1.Name=tag:recipe&Filter.1.Value.1=abc",
                    "//imageId"),
              ElementsAre(image));
  const std::string snapshot = Text("DescribeImages", of_image, "//snapshotId");

  // The image is independent of the instance it came from, and boots according to its content.
  Run("TerminateInstances", "InstanceId.1=" + id);
  WaitForState(id, "terminated");
  AdmitSsh();
  const std::string copy =
      Text("RunInstances", "InstanceType=m7i.large&MinCount=1&MaxCount=1&ImageId=" + image,
           "//instanceId");
  WaitForState(copy, "running");
  const BootPlan& boot = machines_.at(copy)->boots[0];
  // 16.5 s, scaled to a thousandth; the stock image takes 2.9 s.
  EXPECT_GT(boot.open_after - boot.closed_after, std::chrono::milliseconds(10));
  EXPECT_EQ(boot.authorized_key, "");

  EXPECT_EQ(CodeOf("DeleteSnapshot", "SnapshotId=" + snapshot), "InvalidSnapshot.InUse");
  EXPECT_EQ(CodeOf("DeregisterImage", "ImageId=" + image_id()), "AuthFailure");
  Run("DeregisterImage", "ImageId=" + image);
  Run("DeleteSnapshot", "SnapshotId=" + snapshot);
  EXPECT_EQ(CodeOf("DescribeImages", of_image), "InvalidAMIID.NotFound");
  EXPECT_EQ(CodeOf("DescribeSnapshots", "SnapshotId.1=" + snapshot), "InvalidSnapshot.NotFound");
}

// A describe by neither owner nor id goes through all public images, and filters find nothing on
// most of its pages.
TEST_F(ImagesApiTest, WithoutAnOwnerADescribeGoesThroughAllThatIsPublic) {
  const std::string instance = Launch();
  WaitForState(instance, "running");
  const std::string image =
      Text("CreateImage", "NoReboot=true&Name=mine&InstanceId=" + instance, "//imageId");
  const std::string snapshot = Text("DescribeImages", "ImageId.1=" + image, "//snapshotId");
  for (const auto& [action, mine, item] :
       {std::tuple{"DescribeImages", image, "//imagesSet/item"},
        std::tuple{"DescribeSnapshots", snapshot, "//snapshotSet/item"}}) {
    const std::string filter = std::string("Filter.1.Name=") +
                               (mine == image ? "image-id" : "snapshot-id") +
                               "&Filter.1.Value.1=" + mine;
    int pages = 0;
    int empty = 0;
    int found = 0;
    std::string next;
    do {
      const std::string page =
          filter + "&MaxResults=1000" + (next.empty() ? "" : "&NextToken=") + next;
      const auto ids = Texts(action, page, std::string(item) + "/snapshotId|" + item + "/imageId");
      const auto tokens = Texts(action, page, "//nextToken");
      next = tokens.empty() ? "" : tokens.front();
      ++pages;
      empty += ids.empty() ? 1 : 0;
      found += static_cast<int>(ids.size());
    } while (!next.empty());
    EXPECT_GE(pages, 21) << action;
    EXPECT_EQ(empty, pages - 1) << action;
    EXPECT_EQ(found, 1) << action;
    EXPECT_THAT(Texts(action, "Owner.1=self&MaxResults=1000", "//nextToken"), IsEmpty());
  }
  EXPECT_EQ(CodeOf("DescribeImages", "MaxResults=5&ImageId.1=" + image),
            "InvalidParameterCombination");
  EXPECT_EQ(CodeOf("DescribeSnapshots", "MaxResults=5&SnapshotId.1=" + snapshot),
            "InvalidParameterCombination");
  EXPECT_THAT(Texts("DescribeImages", "Owner.1=amazon", "//imageId"), SizeIs(4));
}

TEST_F(ImagesApiTest, AnImageThatIsMoreThanItsVolumeHoldsFailsAndSaysWhy) {
  region().images.at(image_id())->root_volume_gib = 0;
  const std::string id = Launch();
  WaitForState(id, "running");
  const std::string image =
      Text("CreateImage", "NoReboot=true&Name=too-large&InstanceId=" + id, "//imageId");
  const std::string of_image = "ImageId.1=" + image;
  loop_.RunUntil([&] { return Text("DescribeImages", of_image, "//imageState") != "pending"; });
  EXPECT_EQ(Text("DescribeImages", of_image, "//imageState"), "failed");
  EXPECT_EQ(Text("DescribeImages", of_image, "//stateReason/code"), "Client.VolumeLimitExceeded");
  EXPECT_EQ(Text("DescribeImages", of_image, "//stateReason/message"),
            "Client.VolumeLimitExceeded: the files of " + id +
                " take more than the 0 GiB of its root volume");
  EXPECT_EQ(Text("DescribeSnapshots", "Owner.1=self", "//status"), "error");
  EXPECT_FALSE(std::filesystem::exists(region().images.at(image)->tree));
}

// Large copies may take minutes.
TEST_F(ImagesApiTest, OnlyStartsOfTheSameInstanceWaitForAnImage) {
  const std::string first = Launch();
  const std::string second = Launch();
  for (const std::string& id : {first, second}) {
    WaitForState(id, "running");
    Run("StopInstances", "InstanceId.1=" + id);
    WaitForState(id, "stopped");
  }
  std::atomic<bool> go_on = false;
  region().services.image_worker->Run(
      [&go_on](const std::stop_token& stop) {
        while (!go_on && !stop.stop_requested()) std::this_thread::yield();
      },
      [](const std::string&) {});
  const std::string image = Text("CreateImage", "Name=slow&InstanceId=" + first, "//imageId");
  Run("StartInstances", "InstanceId.1=" + first + "&InstanceId.2=" + second);
  WaitForState(second, "running");
  EXPECT_EQ(StateOf(first), "pending");
  EXPECT_EQ(machines_.at(first)->boots.size(), 1u);
  go_on = true;
  WaitForState(first, "running");
  EXPECT_EQ(machines_.at(first)->boots.size(), 2u);
  loop_.RunUntil(
      [&] { return Text("DescribeImages", "ImageId.1=" + image, "//imageState") == "available"; });
}

}  // namespace
}  // namespace localcloud
