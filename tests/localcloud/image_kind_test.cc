#include "localcloud/image_kind.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "localcloud/machine.h"
#include "localcloud/temporary_directory.h"

namespace localcloud {
namespace {

TEST(ImageKind, FollowsFromWhatTheTreeContains) {
  const TemporaryDirectory directory;
  const std::string tree = directory.path() + "/tree";
  CreateBaseImage(tree);
  EXPECT_EQ(ImageKind(tree, true), "al2023");
  EXPECT_EQ(ImageKind(tree, false), "rebaked");
  const std::string units = tree + "/etc/systemd/system";
  std::filesystem::create_directories(units);
  std::ofstream(units + "/other.service") << "[Unit]\nAfter=sshd.service\n";
  EXPECT_EQ(ImageKind(tree, false), "rebaked");
  std::ofstream(units + "/early-key.service") << "[Unit]\nBefore=sshd.service\n";
  EXPECT_EQ(ImageKind(tree, false), "custom_init");
  std::filesystem::remove(units + "/early-key.service");
  std::filesystem::remove(tree + "/etc/localcloud/packages/cloud-init");
  EXPECT_EQ(ImageKind(tree, false), "minimal");
  EXPECT_EQ(ImageKind(tree, true), "minimal");
}

TEST(ImageKind, ALinkIsNotFollowedOutOfTheTree) {
  const TemporaryDirectory directory;
  const std::string units = directory.path() + "/tree/etc/systemd/system";
  std::filesystem::create_directories(units);
  std::ofstream(directory.path() + "/outside") << "Before=sshd.service\n";
  std::filesystem::create_symlink(directory.path() + "/outside", units + "/link.service");
  EXPECT_EQ(ImageKind(directory.path() + "/tree", false), "minimal");
}

}  // namespace
}  // namespace localcloud
