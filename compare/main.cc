// launch_compare: what two runs say about each other. Exit codes: 0 compared (or passed), 1
// regression, 2 cannot tell.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/comparison.h"
#include "compare/gate.h"
#include "compare/honesty_checks.h"
#include "compare/input_error.h"
#include "compare/inputs.h"
#include "compare/names.h"
#include "compare/nearest_name.h"
#include "compare/output_file.h"
#include "compare/policy.h"
#include "compare/printable.h"
#include "compare/quantity.h"
#include "compare/renderer.h"
#include "compare/run_identity.h"
#include "compare/summary.h"

namespace launch_compare {
namespace {

constexpr int kCannotTell = 2;

struct Flags {
  std::vector<std::string> files;
  std::vector<std::string> baseline;
  std::vector<std::string> candidate;
  std::vector<std::string> table;
  std::vector<std::string> filters;  // file, baseline filter, [file,] candidate filter
  std::string benchmark_filter;
  std::string max_regression = "5%";
  double max_regression_ms = 0;
  double alpha = 0.05;
  std::string slo;
  bool gate = false;
  bool gate_tail = false;
  std::vector<std::string> expect_difference;
  std::string on_undecided = "pass";
  std::string policy;
  bool across_contexts = false;
  std::string format = "terminal";
  std::string output;
};

// In decimal notation. CLI11's own check would take "nan" and "0x1p0".
CLI::Validator NumberIn(double least, double most) {
  return {[=](const std::string& text) {
            double value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool number = error == std::errc() && stop == end;
            if (number && value >= least && value <= most) return std::string();
            return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
          },
          fmt::format("in [{} - {}]", least, most)};
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("files", flags.files, "Two Google Benchmark JSON files: baseline candidate")
      ->expected(0, 2);
  app.add_option("--baseline", flags.baseline,
                 "Files or directories of the baseline, comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--candidate", flags.candidate,
                 "Files or directories of the candidate, comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--benchmark_filter", flags.benchmark_filter,
                 "Regular expression; a leading '-' negates");
  app.add_option("--max_regression", flags.max_regression,
                 "The margin: slower by less is the same, e.g. 5%")
      ->capture_default_str();
  app.add_option("--max_regression_ms", flags.max_regression_ms,
                 "The margin for times at least, in milliseconds")
      ->check(NumberIn(0, 1e12));
  app.add_option("--alpha", flags.alpha, "False alarms allowed, over all gated comparisons")
      ->check(NumberIn(1e-9, 0.5))
      ->capture_default_str();
  app.add_option("--slo", flags.slo,
                 "A launch is slow above this, e.g. 20s (default: the baseline's p95)");
  app.add_flag("--gate", flags.gate, "Exit 1 on a regression, 2 where it cannot be told");
  app.add_flag("--gate_tail", flags.gate_tail, "Gate the share of slow launches too");
  app.add_option("--on_undecided", flags.on_undecided,
                 "What the gate makes of an undecided comparison")
      ->check(CLI::IsMember({"pass", "fail"}))
      ->capture_default_str();
  app.add_option("--policy", flags.policy, "JSON file with the gate's rules per benchmark");
  app.add_option("--expect_difference", flags.expect_difference,
                 "What is meant to differ: image, instance_type, region, ...; comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](const std::string& name) {
            const std::vector<std::string>& names = ExpectableDifferences();
            if (std::find(names.begin(), names.end(), name) != names.end()) return std::string();
            return fmt::format("'{}' is none of {}{}", name, fmt::join(names, ", "),
                               Suggestion(NearestName(name, names)));
          },
          ""));
  app.add_flag("--across_contexts", flags.across_contexts,
               "Gate although cloud, region, type, ... differ");
  app.add_option("--format", flags.format, "terminal, json, markdown or junit")
      ->check(CLI::IsMember(RendererFormats()))
      ->capture_default_str();
  app.add_option("--output", flags.output,
                 "Write --format to this file, and the terminal's to the terminal");
  CLI::App* table =
      app.add_subcommand("table", "One run at a glance: techniques, phases, findings");
  table->add_option("runs", flags.table, "Google Benchmark JSON files")->required();
  table->fallthrough();
  CLI::App* filters = app.add_subcommand("filters", "Benchmarks against others of another name");
  filters
      ->add_option("arguments", flags.filters,
                   "FILE BASELINE_FILTER [CANDIDATE_FILE] CANDIDATE_FILTER")
      ->required()
      ->expected(3, 4);
  filters->fallthrough();
  app.require_subcommand(0, 1);
}

// As https://no-color.org has it: any value but the empty one turns colour off.
bool WantsColour() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

// COLUMNS, as a shell exports it, counts before the terminal's own width.
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

// Renders `result` to where the flags say.
template <typename... Result>
void Show(const Flags& flags, const Result&... result) {
  const Renderer& chosen = *FindRenderer(flags.format);
  if (!flags.output.empty()) WriteFile(flags.output, chosen.Render(result..., Screen()));
  const Renderer& shown = flags.output.empty() ? chosen : *FindRenderer("terminal");
  const std::string text = shown.Render(result..., StandardOutput());
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw InputError("standard output cannot be written");
  }
}

Policy MakePolicy(const Flags& flags) {
  Policy policy({ParseShare(flags.max_regression, "--max_regression"), flags.max_regression_ms});
  if (flags.gate_tail) policy.GateTail();
  if (!flags.policy.empty()) policy.AddFile(flags.policy);
  return policy;
}

int ShowComparison(const Flags& flags, const Comparison& comparison, const Policy& policy) {
  if (!flags.gate) {
    Show(flags, comparison, static_cast<const GateResult*>(nullptr));
    if (comparison.benchmarks.empty())
      throw InputError("the two sides have no benchmark in common");
    return 0;
  }
  const GateResult gate =
      Gate(comparison, policy, {flags.alpha, flags.on_undecided == "fail", flags.across_contexts});
  Show(flags, comparison, &gate);
  return static_cast<int>(gate.outcome);
}

CompareOptions OptionsOf(const Flags& flags, const Policy& policy) {
  CompareOptions options{policy, flags.alpha, {}, flags.expect_difference};
  if (!flags.slo.empty()) options.slow_above_ms = ParseDuration(flags.slo, "--slo");
  return options;
}

int CompareFiles(const Flags& flags) {
  std::vector<std::string> baseline_files = flags.baseline;
  std::vector<std::string> candidate_files = flags.candidate;
  if (flags.files.size() == 2 && flags.baseline.empty() && flags.candidate.empty()) {
    baseline_files = {flags.files[0]};
    candidate_files = {flags.files[1]};
  } else if (!flags.files.empty() || flags.baseline.empty() || flags.candidate.empty()) {
    throw InputError(
        "give two files, or --baseline=a.json,... and --candidate=b.json,... (--help shows more)");
  }
  const Policy policy = MakePolicy(flags);
  const CompareOptions options = OptionsOf(flags, policy);
  const NameFilter filter(flags.benchmark_filter);
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
  return ShowComparison(flags, comparison, policy);
}

int CompareFilters(const Flags& flags) {
  if (!flags.benchmark_filter.empty())
    throw InputError("filters has its own two filters: leave --benchmark_filter away");
  const bool one_file = flags.filters.size() == 3;
  std::vector<std::string> paths = {flags.filters[0]};
  if (!one_file) paths.push_back(flags.filters[2]);
  const Policy policy = MakePolicy(flags);
  const CompareOptions options = OptionsOf(flags, policy);
  const std::vector<BenchmarkRun> runs = ReadRuns(paths);
  const std::vector<Pairing> pairings =
      MatchFilters(runs.front(), flags.filters[1], runs.back(), flags.filters.back());
  return ShowComparison(flags, Compare({runs.front()}, {runs.back()}, pairings, options), policy);
}

int ShowTables(const Flags& flags) {
  if (flags.gate) throw InputError("table shows runs one by one: there is nothing to gate");
  const Margin margin{ParseShare(flags.max_regression, "--max_regression"),
                      flags.max_regression_ms};
  std::vector<Summary> tables;
  for (const BenchmarkRun& run : ReadRuns(FilesOf(flags.table))) {
    tables.push_back(Summarise(run, NameFilter(flags.benchmark_filter), margin, flags.alpha));
  }
  Show(flags, tables);
  return 0;
}

// The help's exit status: nothing was compared, and nothing shown if this cannot be written.
int ShowHelp(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
  std::fputs("launch_compare: standard output cannot be written\n", stderr);
  return kCannotTell;
}

int Main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes: the write fails, and is reported
  CLI::App app(
      "What two benchmark runs say about each other.\n"
      "Exit codes: 0 compared or passed, 1 regression, 2 cannot tell.",
      "launch_compare");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
    if (app.got_subcommand("table")) return ShowTables(flags);
    if (app.got_subcommand("filters")) return CompareFilters(flags);
    return CompareFiles(flags);
  } catch (const CLI::CallForHelp&) {
    return ShowHelp(app.help());
  } catch (const std::exception& error) {  // usage, input, memory: one line
    fmt::print(stderr, "launch_compare: {}\n", Printable(std::string_view(error.what())));
    return kCannotTell;
  }
}

}  // namespace
}  // namespace launch_compare

int main(int argc, char** argv) { return launch_compare::Main(argc, argv); }
