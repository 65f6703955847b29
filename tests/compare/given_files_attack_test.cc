// Paths that are not regular files, which somebody may trick a user into naming.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/compare/sample_run.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/wait_until.h"

namespace launch_compare {
namespace {

using test_support::ChildProcess;
using testing::HasSubstr;

class GivenFilesAttack : public testing::Test {
 protected:
  GivenFilesAttack() {
    std::string pattern = (std::filesystem::temp_directory_path() / "given_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    std::ofstream(run()) << SampleJson({}, {{"Cold", {{"real_time", Ramp(25000, 8)}}}}).dump();
  }
  ~GivenFilesAttack() override { std::filesystem::remove_all(directory_); }

  std::string run() const { return directory_ + "/run.json"; }
  std::string Fifo() const {
    const std::string path = directory_ + "/fifo";
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  // Expects that the program ends at once, with one line that names the file.
  void ExpectRefused(const std::vector<std::string>& flags, const std::string& path) const {
    std::vector<std::string> command{test_support::ProgramPath("launch_compare")};
    command.insert(command.end(), flags.begin(), flags.end());
    ChildProcess program(command);
    EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 2) << program.errors();
    EXPECT_THAT(program.errors(),
                HasSubstr(path + ": cannot be read: it is neither a regular file nor a pipe"));
    EXPECT_EQ(std::ranges::count(program.errors(), '\n'), 1) << program.errors();
  }

  std::string directory_;
};

TEST_F(GivenFilesAttack, DevicesAndDirectoriesAreRefusedAtOnce) {
  const std::string device = "/dev/zero";
  ExpectRefused({device, run()}, device);
  ExpectRefused({run(), device}, device);
  ExpectRefused({"table", device}, device);
  for (const std::string& path : {device, directory_})
    ExpectRefused({"--gate", "--policy=" + path, run(), run()}, path);
}

// In a directory only regular files are read: reading a pipe would block.
TEST_F(GivenFilesAttack, APipeInADirectoryIsNotRead) {
  const std::string pipe = directory_ + "/waits.json";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ChildProcess program({test_support::ProgramPath("launch_compare"), "table", directory_});
  EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 0) << program.errors();
}

// zcat a.json.gz
TEST_F(GivenFilesAttack, PipesAreRead) {
  const std::string program = test_support::ProgramPath("launch_compare");
  ChildProcess shell({"bash", "-c",
                      program + " <(cat " + run() + ") " + run() + " && cat " + run() + " | " +
                          program + " /dev/stdin " + run()});
  EXPECT_EQ(shell.Wait(), 0) << shell.errors();
  EXPECT_THAT(shell.output(), HasSubstr("1 same"));
}

TEST_F(GivenFilesAttack, OneThatWaitsForAFifoEndsByCtrlC) {
  const std::string fifo = Fifo();
  ChildProcess program({test_support::ProgramPath("launch_compare"), fifo, run()});
  // A writer can open it without blocking only after a reader has opened it.
  int writer = -1;
  test_support::WaitUntil("its reader", [&] {
    writer = open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return writer >= 0;
  });
  program.Signal(SIGINT);
  EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 128 + SIGINT) << program.errors();
  close(writer);
}

}  // namespace
}  // namespace launch_compare
