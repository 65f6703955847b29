#include "suites/command/audit_line.h"

#include <gmock/gmock.h>

#include <sstream>

#include "suites/command/command_line.h"
#include "suites/command/help_text.h"

namespace suites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

AuditLine ParseAudit(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"launch_bench", "audit"});
  return ParseAuditLine(arguments);
}

std::string AuditErrorOf(std::vector<std::string> arguments) {
  try {
    ParseAudit(std::move(arguments));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(no error)";
}

TEST(AuditLineTest, TheCommandIsWhatFollowsTheDashes) {
  const AuditLine line =
      ParseAudit({"--local_time_scale=0.5", "--local_seed", "7", "--local_profile=prompt",
                  "--ssh_port=22", "--benchmark_out=a.json", "--", "env", "--", "--cloud=aws"});
  EXPECT_THAT(line.command, ElementsAre("env", "--", "--cloud=aws"));
  EXPECT_EQ(line.local.time_scale, 0.5);
  EXPECT_EQ(line.local.seed, 7U);
  EXPECT_EQ(line.local.profile, "prompt");
  EXPECT_EQ(line.local.ssh_port, 22);
  EXPECT_EQ(line.out, "a.json");
  EXPECT_EQ(ParseAudit({"--", "env"}).local.ssh_port, 0) << "any free port";
}

TEST(AuditLineTest, OnlyTheFirstWordAsksForAnAudit) {
  EXPECT_TRUE(IsAudit({"launch_bench", "audit"}));
  EXPECT_FALSE(IsAudit({"launch_bench"}));
  EXPECT_FALSE(IsAudit({"launch_bench", "--verbose", "audit"}));
  try {
    ParseCommandLine({"launch_bench", "--verbose", "audit", "--", "env"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("audit must come first: ./launch_bench audit"));
  }
}

TEST(AuditLineTest, AMisspeltAuditIsSuggested) {
  try {
    ParseCommandLine({"launch_bench", "audti", "--", "env"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(), "'audti' is not a flag; did you mean ./launch_bench audit?");
  }
}

TEST(AuditLineTest, MistakesAreNamed) {
  EXPECT_THAT(AuditErrorOf({}), HasSubstr("audit needs a command after --: ./launch_bench audit"));
  EXPECT_THAT(AuditErrorOf({"--"}), HasSubstr("audit needs a command after --"));
  EXPECT_THAT(AuditErrorOf({"./waiter"}),
              HasSubstr("'./waiter' is not a flag; audit takes the command after --"));
  EXPECT_THAT(AuditErrorOf({"--local_tim_scale=1", "--", "env"}),
              HasSubstr("unknown flag --local_tim_scale; did you mean --local_time_scale?"));
  EXPECT_THAT(AuditErrorOf({"--local_xyzzyplugh=1", "--", "env"}),
              testing::EndsWith(
                  "unknown flag --local_xyzzyplugh; ./launch_bench audit --help shows its flags"));
  EXPECT_THAT(AuditErrorOf({"--xyz", "--", "env"}),
              testing::EndsWith("; ./launch_bench audit --help shows its flags"));
  EXPECT_THAT(AuditErrorOf({"--benchmark_out=-", "--", "env"}),
              HasSubstr("standard output is --benchmark_out=/dev/stdout"));
  EXPECT_THAT(AuditErrorOf({"--local_time_scale=-1", "--", "env"}),
              HasSubstr("--local_time_scale"));
  for (const std::string flag : {"--cloud=aws", "--benchmark_filter=Cold", "--concurrency=2",
                                 "--benchmark_out_format=json"}) {
    EXPECT_THAT(AuditErrorOf({flag, "--", "env"}),
                HasSubstr("audit does not take " + flag.substr(0, flag.find('='))));
  }
}

TEST(AuditLineTest, HelpFitsEightyColumnsAndNamesEveryFlag) {
  EXPECT_TRUE(ParseAudit({"--help"}).show_help);
  EXPECT_TRUE(ParseAudit({"-h", "--", "env"}).show_help);
  EXPECT_FALSE(ParseAudit({"--", "env", "--help"}).show_help);
  const std::string help = AuditHelpText();
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  for (const char* name :
       {"--local_time_scale", "--local_profile", "--local_rtt", "--local_seed", "--benchmark_out",
        "--ssh_port", "AUDIT_IMAGE_ID", "AUDIT_KEY_FILE", "Exit status", "not a sandbox"})
    EXPECT_THAT(help, HasSubstr(name));
}

}  // namespace
}  // namespace suites
