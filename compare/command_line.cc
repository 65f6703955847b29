#include "compare/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

#include "compare/input/input_error.h"
#include "compare/input/nearest_name.h"
#include "compare/judge/comparability.h"
#include "compare/render/renderer.h"

namespace launch_compare {
namespace {

using Command = CommandLine::Command;

const std::vector<std::string> kCommands = {"table", "filters"};

// Accepts decimal notation only. CLI11's own check would accept "nan" and "0x1p0".
CLI::Validator NumberIn(double least, double most) {
  return {[=](const std::string& text) {
            double value = 0;
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            const bool number = error == std::errc() && stop == end;
            if (number && value >= least && value <= most) return std::string();
            return fmt::format("must be a number from {} to {}, not '{}'", least, most, text);
          },
          ""};
}

CLI::Validator OneOf(const std::vector<std::string>& names) {
  return {[names](const std::string& name) {
            if (std::find(names.begin(), names.end(), name) != names.end()) return std::string();
            return fmt::format("'{}' is none of {}{}", name, fmt::join(names, ", "),
                               Suggestion(NearestName(name, names)));
          },
          ""};
}

void AddList(CLI::App& app, const char* name, std::vector<std::string>& value) {
  app.add_option(name, value)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

template <typename Value>
CLI::Option* AddScalar(CLI::App& app, const char* name, Value& value) {
  return app.add_option(name, value)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void AddFlags(CLI::App& app, CommandLine& line, bool& help, bool& version) {
  app.set_help_flag();
  app.add_flag("-h,--help", help);
  app.add_flag("--version", version);
  AddList(app, "--baseline", line.baseline);
  AddList(app, "--candidate", line.candidate);
  AddScalar(app, "--benchmark_filter", line.benchmark_filter);
  AddScalar(app, "--max_regression", line.max_regression);
  AddScalar(app, "--max_regression_ms", line.max_regression_ms)->check(NumberIn(0, 1e12));
  AddScalar(app, "--alpha", line.alpha)->check(NumberIn(1e-9, 0.5));
  AddScalar(app, "--slo", line.slo);
  app.add_flag("--gate", line.gate);
  app.add_flag("--gate_tail", line.gate_tail);
  AddScalar(app, "--on_undecided", line.on_undecided)->check(OneOf({"pass", "fail"}));
  AddScalar(app, "--policy", line.policy);
  AddList(app, "--expect_difference", line.expect_difference);
  app.get_option("--expect_difference")->check(OneOf(ExpectableDifferences()));
  app.add_flag("--across_contexts", line.across_contexts);
  AddScalar(app, "--format", line.format)->check(OneOf(RendererFormats()));
  AddScalar(app, "--output", line.output);
  app.add_option("files", line.files)->expected(-1);
}

std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// Gives better messages than CLI11, which would take the next argument as the value of "--slo=",
// and would only say of an unknown flag that it was not expected.
void CheckSpelling(const CLI::App& app, const std::vector<std::string>& arguments) {
  const std::vector<std::string> names = FlagNames(app);
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    if (!argument.starts_with('-') || argument == "-" || argument == "-h") continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw InputError(
          fmt::format("{}: there is no such flag{}", name, Suggestion(NearestName(name, names))));
    }
    if (argument.size() == name.size() + 1) throw InputError(name + ": has no value after the =");
  }
}

// Sets the command if the first positional argument is one.
void TakeCommand(CommandLine& line) {
  if (line.files.empty()) return;
  const std::string& first = line.files.front();
  if (std::find(kCommands.begin(), kCommands.end(), first) != kCommands.end()) {
    line.command = first == "table" ? Command::kTable : Command::kFilters;
    line.files.erase(line.files.begin());
    return;
  }
  const std::string nearest = NearestName(first, kCommands);
  if (!nearest.empty() && !std::filesystem::exists(first))
    throw InputError(fmt::format("{}: no such file{}", first, Suggestion(nearest)));
}

void CheckUse(const CommandLine& line, const CLI::App& app) {
  const std::size_t files = line.files.size();
  if (line.command == Command::kTable) {
    for (const char* flag :
         {"--baseline", "--candidate", "--slo", "--gate", "--gate_tail", "--on_undecided",
          "--policy", "--expect_difference", "--across_contexts"}) {
      if (app.count(flag) > 0) {
        throw InputError(fmt::format(
            "{}: does not work with table, which compares nothing: remove the flag", flag));
      }
    }
    if (files == 0) throw InputError("table: no file was given: name Google Benchmark JSON files");
    return;
  }
  if (line.command == Command::kFilters) {
    if (files < 3 || files > 4)
      throw InputError("filters: takes FILE BASELINE_FILTER [CANDIDATE_FILE] CANDIDATE_FILTER");
    if (!line.benchmark_filter.empty())
      throw InputError("--benchmark_filter: does not work with filters: remove the flag");
  } else if (const bool sides = !line.baseline.empty() && !line.candidate.empty();
             files == 0 ? !sides
                        : files != 2 || !line.baseline.empty() || !line.candidate.empty()) {
    throw InputError(
        "give two files, or --baseline=a.json,... and --candidate=b.json,... (--help shows more)");
  }
  for (const char* flag : {"--gate_tail", "--on_undecided", "--across_contexts"}) {
    if (!line.gate && app.count(flag) > 0)
      throw InputError(fmt::format("{}: has no effect without --gate: add --gate", flag));
  }
}

}  // namespace

CommandLine ParseCommandLine(const std::vector<std::string>& arguments) {
  CommandLine line;
  bool help = false;
  bool version = false;
  CLI::App app;
  AddFlags(app, line, help, version);
  CheckSpelling(app, arguments);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11's order
  try {
    app.parse(reversed);
  } catch (const CLI::Error& error) {
    throw InputError(error.what());
  }
  if (help || version) {
    line.command = help ? Command::kHelp : Command::kVersion;
    return line;
  }
  TakeCommand(line);
  CheckUse(line, app);
  return line;
}

std::string HelpText() {
  return R"(launch_compare compares benchmark runs and reports what changed.

Usage: ./launch_compare [FLAG...] BASELINE CANDIDATE
       ./launch_compare [FLAG...] --baseline=FILE,... --candidate=FILE,...
       ./launch_compare table FILE...
       ./launch_compare filters FILE BASELINE_FILTER [FILE] CANDIDATE_FILTER

A file is the JSON output of launch_bench or of any other Google Benchmark
program. It may be compressed with gzip. "-" is standard input; a directory
stands for all of its *.json and *.json.gz files.

Examples:
  ./launch_compare before.json after.json
      compares two runs: what is slower, faster, the same or undecided
  ./launch_compare --gate --max_regression=10% before.json after.json
      the same in CI: the exit code tells whether the candidate passes
  ./launch_compare table run.json
      shows one run: techniques, phases, findings
  ./launch_compare filters run.json WarmPool/Ssh WarmPool/InstanceConnect
      compares two techniques of one run

Input:
  --baseline=FILE,...       Files or directories. If there are several runs,
                            each counts once, by its median
  --candidate=FILE,...      The same for the other side
  --benchmark_filter=REGEX  Compare only benchmarks whose name matches; with a
                            leading '-', all others
  --expect_difference=NAME,...
                            Settings that are meant to differ (image,
                            instance_type, region, ...); the gate accepts them

Verdicts:
  --max_regression=SHARE    Margin: a smaller difference counts as none
                            (default 5%)
  --max_regression_ms=MS    Smallest margin for times, in milliseconds
                            (default 0)
  --alpha=SHARE             Probability of a false alarm, over all gated
                            comparisons together (default 0.05)
  --slo=TIME                A launch above this time is slow: 20s, 1500ms, 2m
                            (default: the p95 of the baseline's launches)
  --policy=FILE             JSON file with rules for single benchmarks and
                            metrics (docs/compare.md)

Gate:
  --gate                    Exit with 1 on a regression, with 2 if the gate
                            cannot tell
  --gate_tail               Also gate the share of slow launches
  --on_undecided=OUTCOME    Result of an undecided comparison: pass or fail
                            (default pass)
  --across_contexts         Gate even if cloud, region, type, ... differ

Output:
  --format=FORMAT           terminal, json, markdown or junit (default terminal)
  --output=FILE             Write the chosen format to this file, and the
                            terminal format to standard output
  --help, -h                Show this text
  --version                 Show the version

Exit codes: 0 compared or passed, 1 regression, 2 cannot tell (a bad flag or
file, too few samples, or runs from different contexts).
)";
}

}  // namespace launch_compare
