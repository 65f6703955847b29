// Paths that are not regular files, which somebody may trick a user into naming.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>

#include "aws/error.h"
#include "aws/given_file.h"
#include "aws/profile_file.h"

namespace aws {
namespace {

using testing::HasSubstr;

class GivenFileAttack : public testing::Test {
 protected:
  GivenFileAttack() {
    std::string pattern = testing::TempDir() + "given_file_attack.XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~GivenFileAttack() override { std::filesystem::remove_all(directory_); }

  std::string Fifo() const {
    const std::string path = directory_ + "/fifo";
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  std::string directory_;
};

std::string ErrorOfReading(const std::string& path) {
  try {
    ReadGivenFile(path);
    return "(no error)";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST_F(GivenFileAttack, AFifoIsRefusedAtOnce) {
  const std::string fifo = Fifo();
  auto read = std::async(std::launch::async, [&] { return ReadProfileFile(fifo); });
  if (read.wait_for(std::chrono::seconds(30)) == std::future_status::timeout) {
    ADD_FAILURE() << "it waits for a writer";
    close(open(fifo.c_str(), O_WRONLY | O_NONBLOCK));  // unblocks a reader
  }
  try {
    read.get();
    ADD_FAILURE() << "a FIFO was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::kCredentials);
    EXPECT_EQ(error.what(), "cannot read " + fifo + ": it is not a regular file");
  }
}

TEST_F(GivenFileAttack, SoAreDevicesDirectoriesAndWhatIsHuge) {
  EXPECT_EQ(ErrorOfReading("/dev/zero"), "cannot read /dev/zero: it is not a regular file");
  EXPECT_EQ(ErrorOfReading(directory_), "cannot read " + directory_ + ": it is not a regular file");
  const std::string path = directory_ + "/file";
  std::ofstream(path) << "text";
  EXPECT_EQ(ReadGivenFile(path), "text");
  std::filesystem::resize_file(path, kLargestGivenFile);
  EXPECT_EQ(ReadGivenFile(path).size(), kLargestGivenFile);
  std::filesystem::resize_file(path, kLargestGivenFile + 1);
  EXPECT_THAT(ErrorOfReading(path), HasSubstr("it is larger than 16 MiB"));
}

// Users set AWS_CONFIG_FILE=/dev/null for "no configuration".
TEST_F(GivenFileAttack, DevNullIsAnEmptyFileAndNoFileIsTold) {
  EXPECT_EQ(ReadGivenFile("/dev/null"), "");
  EXPECT_EQ(ReadGivenFileIfThere(directory_ + "/none"), std::nullopt);
  EXPECT_EQ(ReadGivenFileIfThere("/dev/null/none"), std::nullopt);
  EXPECT_THAT(ErrorOfReading(directory_ + "/none"), HasSubstr("/none: No such file"));
}

}  // namespace
}  // namespace aws
