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

// CLI11 would ask for one more argument where "--slo=" has none, and say only that an unknown flag
// was not expected.
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

// The positional arguments of a command are its own.
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
            "{}: table shows runs one by one and compares nothing: leave it away", flag));
      }
    }
    if (files == 0) throw InputError("table: which runs? Give it Google Benchmark JSON files");
    return;
  }
  if (line.command == Command::kFilters) {
    if (files < 3 || files > 4)
      throw InputError("filters: takes FILE BASELINE_FILTER [CANDIDATE_FILE] CANDIDATE_FILTER");
    if (!line.benchmark_filter.empty())
      throw InputError("filters has its own two filters: leave --benchmark_filter away");
  } else if (const bool sides = !line.baseline.empty() && !line.candidate.empty();
             files == 0 ? !sides
                        : files != 2 || !line.baseline.empty() || !line.candidate.empty()) {
    throw InputError(
        "give two files, or --baseline=a.json,... and --candidate=b.json,... (--help shows more)");
  }
  for (const char* flag : {"--gate_tail", "--on_undecided", "--across_contexts"}) {
    if (!line.gate && app.count(flag) > 0)
      throw InputError(fmt::format("{}: says how to gate, which takes --gate", flag));
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
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 takes them
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
  return R"(launch_compare says what two benchmark runs say about each other.

Usage: ./launch_compare [FLAG...] BASELINE CANDIDATE
       ./launch_compare [FLAG...] --baseline=FILE,... --candidate=FILE,...
       ./launch_compare table FILE...
       ./launch_compare filters FILE BASELINE_FILTER [FILE] CANDIDATE_FILTER

A file is Google Benchmark's JSON, of launch_bench or of any other program, as
it is or compressed by gzip; - is standard input; of a directory all files.

Examples:
  ./launch_compare before.json after.json
      what became slower, what faster, and what cannot be told
  ./launch_compare --gate --max_regression=10% before.json after.json
      the same, for CI: see the exit codes
  ./launch_compare table run.json
      one run at a glance: techniques, phases, findings
  ./launch_compare filters run.json WarmPool/Ssh WarmPool/InstanceConnect
      two techniques of one run

What is compared:
  --baseline=FILE,...       Files or directories; of several runs each counts
                            once, by its median
  --candidate=FILE,...      The same
  --benchmark_filter=REGEX  Benchmarks in whose name the expression is found; a
                            leading '-' means all but these
  --expect_difference=NAME,...
                            What is meant to differ (image, instance_type,
                            region, ...): it forbids no gate

What counts as a difference:
  --max_regression=SHARE    The margin: slower by less is the same (default 5%)
  --max_regression_ms=MS    The margin for times at least, in milliseconds
                            (default 0)
  --alpha=SHARE             False alarms allowed, over all gated comparisons
                            (default 0.05)
  --slo=TIME                A launch is slow above this: 20s, 1500ms, 2m
                            (default: the p95 of the baseline's launches)
  --policy=FILE             Rules for each benchmark and metric, JSON
                            (docs/compare.md)

Gate:
  --gate                    Exit 1 on a regression, 2 where it cannot be told
  --gate_tail               Gate the share of slow launches too
  --on_undecided=OUTCOME    What becomes of an undecided comparison: pass or
                            fail (default pass)
  --across_contexts         Gate although cloud, region, type, ... differ

Output:
  --format=FORMAT           terminal, json, markdown or junit (default terminal)
  --output=FILE             Write the format to this file, and the terminal's
                            to the terminal
  --help, -h                This text
  --version                 The version

Exit codes: 0 compared or passed, 1 regression, 2 cannot tell (a bad flag or
file, or runs that are not alike).
)";
}

}  // namespace launch_compare
