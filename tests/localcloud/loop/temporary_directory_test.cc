#include "localcloud/loop/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace localcloud {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectoryTest : public ::testing::Test {
 protected:
  TemporaryDirectoryTest() { setenv("TMPDIR", parent_.path().c_str(), 1); }
  ~TemporaryDirectoryTest() override { unsetenv("TMPDIR"); }

  std::size_t Count() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(parent_.path())) {
      count += entry.path().filename().string().starts_with("localcloud.") ? 1 : 0;
    }
    return count;
  }

  TemporaryDirectory parent_;
};

TEST_F(TemporaryDirectoryTest, GoesWithItsObjectWhateverIsInIt) {
  std::string path;
  {
    const TemporaryDirectory directory;
    path = directory.path();
    fs::create_directories(path + "/a/b");
    std::ofstream(path + "/a/b/c") << "text";
    fs::permissions(path + "/a/b", fs::perms::none);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(TemporaryDirectoryTest, WhatAKilledProcessLeftIsRemovedAndNothingElse) {
  const TemporaryDirectory alive;
  const std::string unrelated = parent_.path() + "/localcloud.notmine";
  fs::create_directories(unrelated);
  const pid_t child = fork();
  if (child == 0) {
    const TemporaryDirectory left_behind;
    _exit(0);  // no destructor runs, as after SIGKILL
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(Count(), 3u);
  const TemporaryDirectory next;
  EXPECT_TRUE(fs::exists(alive.path()));
  EXPECT_TRUE(fs::exists(next.path()));
  EXPECT_TRUE(fs::exists(unrelated));
  EXPECT_EQ(Count(), 3u);
}

}  // namespace
}  // namespace localcloud
