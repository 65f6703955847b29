#include "localcloud/guest/image_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "localcloud/guest/guest_files.h"
#include "tests/localcloud/machine_harness.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

TEST(ImageTreeTest, BaseImageSaysWhatItIs) {
  const TestDirectory directory;
  CreateBaseImage(directory / "image");
  const GuestFiles files(directory / "image");
  EXPECT_NE(files.Read("etc/os-release").value_or("").find("ID=\"amzn\""), std::string::npos);
  EXPECT_NE(files.Read("etc/os-release").value_or("").find("modelled"), std::string::npos);
  EXPECT_TRUE(files.Exists("etc/localcloud/packages/cloud-init"));
  EXPECT_TRUE(files.Exists("home/ec2-user/.ssh"));
  EXPECT_EQ(Stat(directory / "image/home/ec2-user/.ssh").st_mode & 07777, 0700u);
  EXPECT_EQ(Stat(directory / "image/home").st_uid, GuestOwner());
}

TEST(GuestFilesTest, PathsStayInTheTree) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree/sub");
  std::ofstream(directory / "outside") << "outside";
  fs::create_symlink(directory / "outside", directory / "tree/absolute");
  fs::create_symlink("../../outside", directory / "tree/sub/relative");
  fs::create_symlink(directory / "", directory / "tree/up");
  const GuestFiles files(directory / "tree");
  EXPECT_EQ(files.Read("absolute"), std::nullopt);
  EXPECT_EQ(files.Read("sub/relative"), std::nullopt);
  EXPECT_EQ(files.Read("../outside"), std::nullopt);
  EXPECT_EQ(files.Read("up/outside"), std::nullopt);
  EXPECT_EQ(files.Read("/proc/self/root/etc/passwd"), std::nullopt);
  files.Write("absolute", "inside");
  EXPECT_EQ(files.Read("absolute"), "inside");
  files.Append("sub/relative", "also inside");  // in the guest's own /outside
  EXPECT_EQ(files.Read("outside"), "also inside");
  EXPECT_EQ(GuestFiles(directory / "").Read("outside"), "outside");
}

TEST(GuestFilesTest, ReadsOnlyFilesOfBoundedSize) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree");
  const GuestFiles files(directory / "tree");
  files.Write("a/b/c", std::string(1000, 'x'), 0600);
  EXPECT_EQ(files.Read("a/b/c")->size(), 1000u);
  EXPECT_EQ(files.Read("a/b/c", 999), std::nullopt);
  EXPECT_EQ(files.Read("a/b"), std::nullopt);
  const OwnedFd fifo = files.MakeFifo("fifo");
  EXPECT_EQ(files.Read("fifo"), std::nullopt);
  EXPECT_EQ(files.List("a"), std::vector<std::string>{"b"});
  EXPECT_TRUE(files.IsFile("a/b/c"));
  EXPECT_FALSE(files.IsFile("a/b"));
  files.Append("a/b/c", "y");
  EXPECT_EQ(files.Read("a/b/c")->back(), 'y');
}

}  // namespace
}  // namespace localcloud
