// What a user sees on a terminal.
#include "tests/support/terminal.h"

#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using test_support::RunOnTerminal;
using test_support::Screen;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class TerminalTest : public LaunchProgramTest {
 protected:
  test_support::TerminalRun Run(int columns, std::vector<std::string> flags,
                                std::map<std::string, std::string> environment = {},
                                const std::string& output_file = "") const {
    std::vector<std::string> command{Program("launch_bench"), "--benchmark_out=" + json_path(),
                                     "--local_rtt=0"};
    command.insert(command.end(), flags.begin(), flags.end());
    environment.try_emplace("TERM", "xterm");
    environment.try_emplace("NO_COLOR", "");
    environment["XDG_STATE_HOME"] = state_home();
    return RunOnTerminal(command, columns, environment, output_file);
  }
  // The run is long enough to show some progress.
  std::vector<std::string> Flags() const {
    return {"--benchmark_filter=^(Cold|WarmPool/Ssh)/", "--local_time_scale=0.1",
            "--benchmark_repetitions=2"};
  }
};

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_F(TerminalTest, ProgressLeavesNothingBehindOnAnyWidth) {
  for (const int columns : {40, 80, 200}) {
    const auto run = Run(columns, Flags());
    ASSERT_EQ(run.status, 0) << run.sent;
    EXPECT_THAT(run.sent, HasSubstr("of 4 launches")) << "no progress was shown";
    const std::string screen = Joined(Screen(run.sent, static_cast<std::size_t>(columns)));
    EXPECT_THAT(screen, Not(HasSubstr("of 4 launches"))) << screen;
    EXPECT_THAT(screen, Not(HasSubstr("removing what"))) << screen;
    EXPECT_THAT(screen, HasSubstr("Results (MODELLED)"));
    if (columns < 80) continue;
    for (const std::string& line : Screen(run.sent, 1000)) {
      const bool is_path = line.find('/') != std::string::npos;
      EXPECT_TRUE(is_path || line.size() <= static_cast<std::size_t>(columns)) << line;
    }
  }
}

// With this format, launches are printed while others are in flight.
TEST_F(TerminalTest, WhatIsPrintedMeanwhileIsWhole) {
  auto flags = Flags();
  flags.emplace_back("--benchmark_format=json");
  const auto run = Run(80, flags);
  ASSERT_EQ(run.status, 0) << run.sent;
  const std::string screen = Joined(Screen(run.sent, 100'000));
  const auto begin = screen.find("{\n");
  const auto end = screen.find("\n}\n");
  ASSERT_NE(begin, std::string::npos) << screen;
  ASSERT_NE(end, std::string::npos) << screen;
  EXPECT_TRUE(nlohmann::json::accept(screen.substr(begin, end + 2 - begin))) << screen;
}

TEST_F(TerminalTest, ProgressIsShownIfOnlyStderrIsATerminal) {
  const std::string file = directory_ / "output";
  const auto run = Run(80, Flags(), {}, file);
  ASSERT_EQ(run.status, 0) << run.sent;
  EXPECT_THAT(run.sent, HasSubstr("of 4 launches"));
  EXPECT_THAT(Joined(Screen(run.sent, 80)), Not(HasSubstr("of 4 launches")));
  std::ifstream stream(file);
  const std::string output{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_THAT(output, HasSubstr("Results (MODELLED)"));
  EXPECT_THAT(output, Not(HasSubstr("\033"))) << "a file has neither colours nor progress";
  EXPECT_THAT(output, Not(HasSubstr("\r")));
}

TEST_F(TerminalTest, ColoursAreLeftOutWhereTheyAreNotWanted) {
  const std::vector<std::string> flags{"--benchmark_filter=^Cold/", "--local_time_scale=0",
                                       "--benchmark_repetitions=1"};
  const std::string heading = "\033[1mResults";
  EXPECT_THAT(Run(80, flags).sent, HasSubstr(heading));
  EXPECT_THAT(Run(80, flags, {{"NO_COLOR", "1"}}).sent, Not(HasSubstr(heading)));
  EXPECT_THAT(Run(80, flags, {{"TERM", "dumb"}}).sent, Not(HasSubstr(heading)));
  auto off = flags;
  off.emplace_back("--benchmark_color=no");
  EXPECT_THAT(Run(80, off).sent, Not(HasSubstr(heading)));
}

}  // namespace
}  // namespace suites
