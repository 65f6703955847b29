// Paths given to `localcloud serve` that are not regular files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "localcloud/loop/temporary_directory.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"

namespace localcloud {
namespace {

using ::testing::HasSubstr;

class GivenFilesAttack : public ::testing::Test {
 protected:
  // Checks that it ends at once, with one line that names the file.
  static void ExpectRefused(const std::string& flag, const std::string& path,
                            const std::string& why) {
    test_support::ChildProcess program(
        {test_support::ProgramPath("localcloud"), "serve", flag + "=" + path});
    EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 2) << flag << " " << program.errors();
    EXPECT_THAT(program.errors(), HasSubstr(path + ": cannot be read: " + why));
    EXPECT_EQ(std::ranges::count(program.errors(), '\n'), 1) << program.errors();
  }

  const TemporaryDirectory directory_;
};

TEST_F(GivenFilesAttack, WhatIsNoRegularFileIsRefusedAtOnce) {
  const std::string fifo = directory_.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const char* flag : {"--profile", "--faults"}) {
    ExpectRefused(flag, fifo, "it is not a regular file");
    ExpectRefused(flag, directory_.path(), "it is not a regular file");
    ExpectRefused(flag, "/dev/zero", "it is not a regular file");
  }
  ExpectRefused("--faults", directory_.path() + "/none", "No such file");
}

TEST_F(GivenFilesAttack, SoIsAHugeOne) {
  const std::string path = directory_.path() + "/huge.json";
  std::ofstream(path) << "[]";
  std::filesystem::resize_file(path, (16 << 20) + 1);
  for (const char* flag : {"--profile", "--faults"})
    ExpectRefused(flag, path, "it is larger than 16 MiB");
}

}  // namespace
}  // namespace localcloud
