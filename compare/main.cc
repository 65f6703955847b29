// launch_compare: compares benchmark runs. Exit codes: 0 compared (or passed), 1 regression, 2
// cannot tell.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/command_line.h"
#include "compare/input/input_error.h"
#include "compare/input/inputs.h"
#include "compare/input/names.h"
#include "compare/input/run_identity.h"
#include "compare/judge/comparability.h"
#include "compare/judge/comparison.h"
#include "compare/judge/gate.h"
#include "compare/judge/policy.h"
#include "compare/judge/summary.h"
#include "compare/render/output_file.h"
#include "compare/render/printable.h"
#include "compare/render/renderer.h"

namespace launch_compare {
namespace {

constexpr int kCannotTell = 2;

// As defined by https://no-color.org: any value except the empty one turns colour off.
bool WantsColour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

// The variable COLUMNS overrides the terminal's own width.
Screen StandardOutput() {
  Screen screen{WantsColour(), 80, isatty(STDOUT_FILENO) != 0};
  winsize size{};
  if (screen.wrap && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    screen.columns = size.ws_col;
  const char* given = std::getenv("COLUMNS");
  const int columns = given == nullptr ? 0 : std::atoi(given);
  if (columns > 0) screen.columns = static_cast<std::size_t>(columns);
  return screen;
}

// Renders `result` to standard output and to --output, as the flags say.
template <typename... Result>
void Show(const CommandLine& line, const Result&... result) {
  const Renderer& chosen = *FindRenderer(line.format);
  if (!line.output.empty()) WriteFile(line.output, chosen.Render(result..., Screen()));
  const Renderer& shown = line.output.empty() ? chosen : *FindRenderer("terminal");
  const std::string text = shown.Render(result..., StandardOutput());
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw InputError("standard output cannot be written");
  }
}

Policy MakePolicy(const CommandLine& line) {
  Policy policy({ParseShare(line.max_regression, "--max_regression"), line.max_regression_ms});
  if (line.gate_tail) policy.GateTail();
  if (!line.policy.empty()) policy.AddFile(line.policy);
  return policy;
}

int ShowComparison(const CommandLine& line, const Comparison& comparison, const Policy& policy) {
  if (!line.gate) {
    Show(line, comparison, static_cast<const GateResult*>(nullptr));
    if (comparison.benchmarks.empty())
      throw InputError("the two sides have no benchmark in common");
    return 0;
  }
  const GateResult gate =
      Gate(comparison, policy, {line.alpha, line.on_undecided == "fail", line.across_contexts});
  Show(line, comparison, &gate);
  return static_cast<int>(gate.outcome);
}

CompareOptions OptionsOf(const CommandLine& line, const Policy& policy) {
  CompareOptions options{policy, line.alpha, {}, line.expect_difference};
  if (!line.slo.empty()) options.slow_above_ms = ParseDuration(line.slo, "--slo");
  return options;
}

int CompareFiles(const CommandLine& line) {
  const bool two = !line.files.empty();
  const std::vector<std::string> baseline_files =
      two ? std::vector{line.files.front()} : line.baseline;
  const std::vector<std::string> candidate_files =
      two ? std::vector{line.files.back()} : line.candidate;
  const Policy policy = MakePolicy(line);
  const CompareOptions options = OptionsOf(line, policy);
  const NameFilter filter(line.benchmark_filter);
  std::vector<std::string> paths = FilesOf(baseline_files);
  const std::size_t baseline_count = paths.size();
  for (std::string& path : FilesOf(candidate_files)) paths.push_back(std::move(path));
  std::vector<BenchmarkRun> baseline = ReadRuns(paths);
  const auto split = baseline.begin() + static_cast<std::ptrdiff_t>(baseline_count);
  const std::vector<BenchmarkRun> candidate(std::make_move_iterator(split),
                                            std::make_move_iterator(baseline.end()));
  baseline.erase(split, baseline.end());
  const bool itself = IsItself(baseline, candidate);
  Comparison comparison =
      Compare(baseline, candidate, MatchByName(baseline, candidate, filter), options);
  comparison.itself = itself;
  return ShowComparison(line, comparison, policy);
}

int CompareFilters(const CommandLine& line) {
  std::vector<std::string> paths = {line.files[0]};
  if (line.files.size() == 4) paths.push_back(line.files[2]);
  const Policy policy = MakePolicy(line);
  const CompareOptions options = OptionsOf(line, policy);
  const std::vector<BenchmarkRun> runs = ReadRuns(paths);
  const std::vector<Pairing> pairings =
      MatchFilters(runs.front(), line.files[1], runs.back(), line.files.back());
  return ShowComparison(line, Compare({runs.front()}, {runs.back()}, pairings, options), policy);
}

int ShowTables(const CommandLine& line) {
  const Margin margin{ParseShare(line.max_regression, "--max_regression"), line.max_regression_ms};
  std::vector<Summary> tables;
  for (const BenchmarkRun& run : ReadRuns(FilesOf(line.files))) {
    tables.push_back(Summarise(run, NameFilter(line.benchmark_filter), margin, line.alpha));
  }
  Show(line, tables);
  return 0;
}

// Returns the exit code. A text that cannot be written is an error.
int ShowText(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
  std::fputs("launch_compare: standard output cannot be written\n", stderr);
  return kCannotTell;
}

int Run(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::kHelp:
      return ShowText(HelpText());
    case CommandLine::Command::kVersion:
      return ShowText("launch_compare " LAUNCH_BENCH_VERSION "\n");
    case CommandLine::Command::kTable:
      return ShowTables(line);
    case CommandLine::Command::kFilters:
      return CompareFilters(line);
    case CommandLine::Command::kCompare:
      break;
  }
  return CompareFiles(line);
}

int Main(int argc, char** argv) {
  // If a limit on file sizes is reached, the write then fails with an error that is reported.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return Run(ParseCommandLine({argv + 1, argv + argc}));
  } catch (const std::exception& error) {  // wrong usage, bad input, no memory: one line each
    fmt::print(stderr, "launch_compare: {}\n", Printable(std::string_view(error.what())));
    return kCannotTell;
  }
}

}  // namespace
}  // namespace launch_compare

int main(int argc, char** argv) { return launch_compare::Main(argc, argv); }
