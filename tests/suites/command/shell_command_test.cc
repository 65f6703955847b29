#include "suites/command/shell_command.h"

#include <gtest/gtest.h>

namespace suites {
namespace {

TEST(ShellCommandTest, AWordIsOneWordForAShell) {
  EXPECT_EQ(ShellWord("--region=us-west-2,us-east-1"), "--region=us-west-2,us-east-1");
  EXPECT_EQ(ShellWord("--benchmark_filter=^(Cold|Warm)"), "'--benchmark_filter=^(Cold|Warm)'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
}

TEST(ShellCommandTest, ARunIsContinuedWithItsFlags) {
  EXPECT_EQ(ResumeCommand({"./launch_bench", "--cloud=aws", "--benchmark_filter=^Cold$",
                           "--benchmark_out=a.json", "--benchmark_out_format=json"},
                          "a.jsonl"),
            "./launch_bench --cloud=aws '--benchmark_filter=^Cold$' --benchmark_out_format=json "
            "--resume=a.jsonl");
  EXPECT_EQ(ResumeCommand({"./launch_bench", "--resume=lb-1"}, "r/lb-1.jsonl"),
            "./launch_bench --resume=r/lb-1.jsonl");
  EXPECT_EQ(ResumeCommand({"./launch_bench", "--resume", "lb-1", "--yes"}, "r/lb-1.jsonl"),
            "./launch_bench --yes --resume=r/lb-1.jsonl");
}

}  // namespace
}  // namespace suites
