// Outputs that cannot be written.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "tests/compare/sample_run.h"
#include "tests/support/build_paths.h"
#include "tests/support/child_process.h"
#include "tests/support/file_text.h"
#include "tests/support/full_fifo.h"
#include "tests/support/sanitizer.h"
#include "tests/support/wait_until.h"

namespace launch_compare {
namespace {

class LaunchCompareOutputAttack : public testing::Test {
 protected:
  LaunchCompareOutputAttack() {
    std::string pattern = (std::filesystem::temp_directory_path() / "output_XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    for (const char* name : {"/a.json", "/b.json"})
      std::ofstream(directory_ + name)
          << SampleJson({}, {{"Cold", {{"real_time", Ramp(25000, 8)}}}}).dump();
  }
  ~LaunchCompareOutputAttack() override { std::filesystem::remove_all(directory_); }

  std::string report() const { return directory_ + "/report.json"; }
  std::string ReportText() const { return test_support::FileText(report()); }
  // Returns the exit code of launch_compare with these flags, in a shell after `before`.
  int Run(const std::string& flags, const std::string& before = "") const {
    const std::string command = before + "exec " + test_support::ProgramPath("launch_compare") +
                                " " + directory_ + "/a.json " + directory_ + "/b.json " + flags;
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string directory_;
};

TEST_F(LaunchCompareOutputAttack, AFullDiskLeavesTheOldReport) {
  if (test_support::kUnderSanitizer) GTEST_SKIP() << "a sanitizer's own files meet the limit first";
  std::ofstream(report()) << "old";
  const std::string flags = "--format=json --output=" + report() + " >/dev/null 2>/dev/null";
  EXPECT_EQ(Run(flags, "ulimit -f 0; "), 2);
  EXPECT_EQ(ReportText(), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 3);
  EXPECT_EQ(Run(flags), 0);
  EXPECT_TRUE(nlohmann::json::accept(ReportText()));
}

TEST_F(LaunchCompareOutputAttack, AFullDeviceIsAFailure) {
  EXPECT_EQ(Run("--output=/dev/full >/dev/null 2>/dev/null"), 2);
  EXPECT_EQ(Run(">/dev/full 2>/dev/null"), 2);
  EXPECT_EQ(Run(">&- 2>/dev/null"), 2);
  EXPECT_EQ(Run("--help >/dev/full 2>/dev/null"), 2);
  EXPECT_EQ(Run("--output=/dev/stdout >/dev/null"), 0);
}

// A file in the place of standard output's would lose what is in that file.
TEST_F(LaunchCompareOutputAttack, StandardOutputIsNotReplaced) {
  std::ofstream(report()) << "earlier\n";
  EXPECT_EQ(Run("--format=json --output=/dev/stdout >>" + report()), 0);
  const std::string text = ReportText();
  EXPECT_TRUE(text.starts_with("earlier\n{")) << text;
  EXPECT_NE(text.find("Totals: "), std::string::npos) << "the terminal's own output: " << text;
}

TEST_F(LaunchCompareOutputAttack, AFifoIsWrittenForItsReader) {
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  // The descriptor 3, which launch_compare inherits, keeps the FIFO open until cat has opened it.
  EXPECT_EQ(Run("--format=json --output=" + fifo + " >/dev/null",
                "exec 3<>" + fifo + "; cat <" + fifo + " 3<&- >" + report() + " & "),
            0);
  test_support::WaitUntil("the report", [&] { return nlohmann::json::accept(ReportText()); });
}

// A plain open() would wait for a reader.
TEST_F(LaunchCompareOutputAttack, WhatNobodyCanReadIsRefusedAtOnce) {
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string socket = directory_ + "/socket";
  ASSERT_EQ(mknod(socket.c_str(), S_IFSOCK | 0600, 0), 0);
  const std::map<std::string, std::string> refused{{fifo, "it is a FIFO that no program reads"},
                                                   {socket, "it is a socket"},
                                                   {directory_, "Is a directory"}};
  for (const auto& [path, why] : refused) {
    test_support::ChildProcess program({test_support::ProgramPath("launch_compare"),
                                        directory_ + "/a.json", directory_ + "/b.json",
                                        "--output=" + path});
    EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 2);
    EXPECT_EQ(program.errors(),
              "launch_compare: --output: " + path + " cannot be written: " + why + "\n");
  }
}

// A pipe whose reader does not read.
TEST_F(LaunchCompareOutputAttack, CtrlCEndsAWriteThatNobodyReads) {
  const std::string fifo = directory_ + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const test_support::FullFifo full(fifo);
  for (const std::string& flags : {"--output=" + fifo, ">" + fifo}) {
    test_support::ChildProcess program({"sh", "-c",
                                        "exec " + test_support::ProgramPath("launch_compare") +
                                            " " + directory_ + "/a.json " + directory_ +
                                            "/b.json " + flags});
    const std::string call = "/proc/" + std::to_string(program.pid()) + "/syscall";
    test_support::WaitUntil("the blocked write", [&] {
      return test_support::FileText(call).starts_with(std::to_string(SYS_write) + " ");
    });
    program.Signal(SIGINT);
    EXPECT_EQ(program.Wait(std::chrono::seconds(60)), 128 + SIGINT) << program.errors();
  }
}

// The kernel refuses another user's link in /tmp in the same way, but that needs two users.
TEST_F(LaunchCompareOutputAttack, ALinkThatIsFollowedStaysAndOneThatIsNotIsRefused) {
  std::ofstream(report()) << "old";
  std::filesystem::create_symlink("report.json", directory_ + "/link");
  EXPECT_EQ(Run("--format=json --output=" + directory_ + "/link >/dev/null"), 0);
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/link"));
  EXPECT_TRUE(nlohmann::json::accept(ReportText()));
  std::filesystem::create_symlink("loop", directory_ + "/loop");
  EXPECT_EQ(Run("--output=" + directory_ + "/loop >/dev/null 2>/dev/null"), 2);
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/loop")) << "it was replaced";
}

}  // namespace
}  // namespace launch_compare
