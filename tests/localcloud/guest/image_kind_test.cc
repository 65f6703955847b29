#include "localcloud/guest/image_kind.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "localcloud/guest/image_tree.h"
#include "localcloud/loop/temporary_directory.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

class ImageKindTest : public ::testing::Test {
 protected:
  ImageKindTest() { CreateBaseImage(tree_); }
  void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(tree_ + "/" + path).parent_path());
    std::ofstream(tree_ + "/" + path) << text;
  }

  TemporaryDirectory directory_;
  std::string tree_ = directory_.path() + "/tree";
};

TEST_F(ImageKindTest, TheBaseImageIsPublicOrRebaked) {
  EXPECT_EQ(ImageKind(tree_, true), "al2023");
  EXPECT_EQ(ImageKind(tree_, false), "rebaked");
}

TEST_F(ImageKindTest, WithoutCloudInitItIsMinimal) {
  Write("etc/cloud/cloud-init.disabled", "");
  EXPECT_EQ(ImageKind(tree_, false), "minimal");
  fs::remove(tree_ + "/etc/cloud/cloud-init.disabled");
  EXPECT_EQ(ImageKind(tree_, false), "rebaked");
  fs::remove(tree_ + "/etc/localcloud/packages/cloud-init");
  EXPECT_EQ(ImageKind(tree_, false), "minimal");
}

TEST_F(ImageKindTest, AnEnabledUnitBeforeSshdIsCustomInit) {
  Write("etc/systemd/system/other.service", "[Unit]\nAfter=sshd.service\n");
  Write("etc/systemd/system/multi-user.target.wants/other.service", "");
  EXPECT_EQ(ImageKind(tree_, false), "rebaked");
  Write("etc/systemd/system/early-key.service", "[Unit]\nBefore=sshd.service\n");
  EXPECT_EQ(ImageKind(tree_, false), "rebaked");  // the unit is not enabled
  Write("etc/systemd/system/multi-user.target.wants/early-key.service", "");
  EXPECT_EQ(ImageKind(tree_, false), "custom_init");
}

TEST_F(ImageKindTest, LinksAreNotFollowedOutOfTheTree) {
  // Enabled and ordered before sshd, but a file of the host.
  const std::string outside = directory_.path() + "/outside";
  fs::create_directories(outside + "/multi-user.target.wants");
  std::ofstream(outside + "/early.service") << "Before=sshd.service\n";
  std::ofstream(outside + "/multi-user.target.wants/early.service") << "";
  fs::remove_all(tree_ + "/etc/systemd/system");
  fs::create_symlink(outside, tree_ + "/etc/systemd/system");
  EXPECT_EQ(ImageKind(tree_, false), "rebaked");
}

TEST_F(ImageKindTest, ATreeThatIsNotThereIsAnError) {
  EXPECT_THROW(ImageKind(directory_.path() + "/none", true), std::runtime_error);
}

}  // namespace
}  // namespace localcloud
