#include "localcloud/guest/tree_copy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "localcloud/guest/guest_files.h"
#include "localcloud/guest/image_tree.h"
#include "tests/localcloud/machine_harness.h"

namespace localcloud {
namespace {

namespace fs = std::filesystem;

TEST(TreeCopyTest, KeepsContentModesAndLinks) {
  const TestDirectory directory;
  CreateBaseImage(directory / "image");
  const std::string image = directory / "image";
  std::ofstream(image + "/tmp/secret") << "content";
  fs::permissions(image + "/tmp/secret", fs::perms::owner_read);
  fs::create_symlink("/etc/passwd", image + "/tmp/link");
  fs::create_symlink("nowhere", image + "/tmp/dangling");
  ASSERT_EQ(mkfifo((image + "/run/fifo").c_str(), 0600), 0);
  fs::create_directory(image + "/tmp/closed");
  fs::permissions(image + "/tmp/closed", fs::perms::owner_read | fs::perms::owner_exec);
  CopyTree(image, directory / "copy");
  const std::string copy = directory / "copy";
  EXPECT_EQ(GuestFiles(copy).Read("tmp/secret"), "content");
  EXPECT_EQ(Stat(copy + "/tmp/secret").st_mode & 07777, 0400u);
  EXPECT_EQ(Stat(copy + "/tmp/closed").st_mode & 07777, 0500u);
  EXPECT_EQ(Stat(copy + "/tmp").st_mode & 07777, 01777u);
  EXPECT_EQ(Stat(copy + "/tmp/secret").st_uid, GuestOwner());
  EXPECT_EQ(Stat(copy + "/tmp/secret").st_nlink, 1u);
  EXPECT_EQ(fs::read_symlink(copy + "/tmp/link"), "/etc/passwd");
  EXPECT_EQ(fs::read_symlink(copy + "/tmp/dangling"), "nowhere");
  EXPECT_FALSE(fs::exists(copy + "/run/fifo"));
  fs::permissions(image + "/tmp/closed", fs::perms::owner_all);
  fs::permissions(copy + "/tmp/closed", fs::perms::owner_all);
}

TEST(TreeCopyTest, CopyOfNothingIsAnError) {
  const TestDirectory directory;
  EXPECT_THROW(CopyTree(directory / "nothing", directory / "copy"), std::runtime_error);
}

// A file as `truncate -s 2G` creates it, with some bytes at the start and in the middle.
TEST(TreeCopyTest, KeepsHoles) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree");
  const std::string file = directory / "tree/huge";
  constexpr off_t kSize = off_t{2} << 30;
  {
    const OwnedFd fd(open(file.c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(ftruncate(fd.get(), kSize), 0);
    ASSERT_EQ(pwrite(fd.get(), "first", 5, 0), 5);
    ASSERT_EQ(pwrite(fd.get(), "middle", 6, kSize / 2), 6);
  }
  constexpr blkcnt_t kMiB = (1 << 20) / 512;
  if (Stat(file).st_blocks > kMiB) GTEST_SKIP() << "the file system has no holes";
  CopyTree(directory / "tree", directory / "copy", {.max_bytes = 1 << 20});
  const std::string copy = directory / "copy/huge";
  EXPECT_EQ(Stat(copy).st_size, kSize);
  EXPECT_LE(Stat(copy).st_blocks, kMiB);
  const OwnedFd fd(open(copy.c_str(), O_RDONLY));
  char text[6];
  ASSERT_EQ(pread(fd.get(), text, 5, 0), 5);
  EXPECT_EQ(std::string(text, 5), "first");
  ASSERT_EQ(pread(fd.get(), text, 6, kSize / 2), 6);
  EXPECT_EQ(std::string(text, 6), "middle");
}

TEST(TreeCopyTest, EndsWhereThereIsMoreThanAllowed) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree");
  std::ofstream(directory / "tree/file") << std::string(100'000, 'x');
  const CopyLimits enough = {.max_bytes = 3 * 4096 + 100'000};
  CopyTree(directory / "tree", directory / "copy", enough);
  EXPECT_EQ(fs::file_size(directory / "copy/file"), 100'000u);
  EXPECT_THROW(CopyTree(directory / "tree", directory / "other", {.max_bytes = 100'000}),
               TreeTooLarge);
  EXPECT_FALSE(fs::exists(directory / "other"));
}

// Empty files also take space on the host.
TEST(TreeCopyTest, CountsFilesThatAreEmpty) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree");
  for (int i = 0; i < 100; ++i) std::ofstream(directory / ("tree/" + std::to_string(i)));
  EXPECT_THROW(CopyTree(directory / "tree", directory / "copy", {.max_bytes = 50 * 4096}),
               TreeTooLarge);
}

TEST(TreeCopyTest, EndsWhenStopped) {
  const TestDirectory directory;
  fs::create_directories(directory / "tree");
  std::ofstream(directory / "tree/file") << "content";
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(CopyTree(directory / "tree", directory / "copy", {.stop = source.get_token()}),
               std::runtime_error);
  EXPECT_FALSE(fs::exists(directory / "copy"));
}

// A guest may nest directories without end, and each level costs the copy two descriptors.
TEST(TreeCopyTest, RefusesDirectoriesNestedWithoutEnd) {
  const TestDirectory directory;
  std::string path = directory / "tree";
  fs::create_directory(path);
  for (int i = 0; i < 300; ++i) fs::create_directory(path += "/d");
  EXPECT_THROW(CopyTree(directory / "tree", directory / "copy"), std::runtime_error);
  EXPECT_FALSE(fs::exists(directory / "copy"));
}

}  // namespace
}  // namespace localcloud
