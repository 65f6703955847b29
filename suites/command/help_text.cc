#include "suites/command/help_text.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <vector>

#include "suites/command/command_line.h"
#include "suites/command/flag_definitions.h"
#include "suites/command/raw_flags.h"
#include "suites/command/technique_list.h"
#include "suites/command/wrap_text.h"

namespace suites {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 28;  // where descriptions begin

constexpr std::string_view kIntroduction =
    "launch_bench measures how long it takes to get a usable cloud machine, phase by phase. "
    "Without "
    "--cloud=aws or --endpoint_url it launches on a local cloud, whose latencies are modelled: "
    "such "
    "a run says nothing about how fast AWS is.";

struct Example {
  std::string_view command;
  std::string_view what;
};

constexpr std::array kExamples = std::to_array<Example>({
    {"./launch_bench --benchmark_filter=Warm", "the warm pools, on the local cloud"},
    {"./launch_bench --local_time_scale=0.05", "everything, with modelled time 20 times as fast"},
    {"./launch_bench --cloud=aws --benchmark_filter=Cold --dry_run",
     "what a run on AWS would create, cost and need"},
    {"./launch_bench --cloud=aws --benchmark_filter=Cold --max_usd=1", "that run, within a limit"},
    {"./launch_bench --interleave=A.conf,B.conf --benchmark_repetitions=10",
     "two configurations, launch by launch in turn"},
});

constexpr std::string_view kFileText =
    "A file of --config or --interleave has lines NAME=VALUE, with the names above without the "
    "dashes; lines that start with # are comments. A flag on the command line overrides the file. "
    "If a flag with one value is given twice, the last one wins; values of lists (a,b,...) add up.";

constexpr std::string_view kDurationText =
    "A DURATION is a number with ms, s or m (250ms, 1.5s, 5m). Without a unit it is in the unit of "
    "the flag's default.";

constexpr std::string_view kExitText =
    "Exit status: 0 all measured, 1 some launch failed, 2 wrong usage or set-up, 130 interrupted "
    "(after cleaning up).";

// Returns "  --name=VALUE", then its description in a second column.
std::string Entry(const std::string& name, std::string_view what) {
  std::string text = "  " + name;
  if (text.size() + 2 <= kColumn) {
    text.resize(kColumn, ' ');
  } else {
    text += "\n" + std::string(kColumn, ' ');
  }
  return text + Wrap(what, kWidth - kColumn, kColumn) + "\n";
}

std::string DescribeOption(const CLI::Option& option) {
  std::string name = option.get_name(false, true);
  if (!option.get_option_text().empty()) name += option.get_option_text();
  std::string what = option.get_description();
  if (!option.get_default_str().empty())
    what += fmt::format(" (default {})", option.get_default_str());
  return Entry(name, what);
}

std::string DescribeGroup(const CLI::App& app, const std::string& group) {
  std::string text = group + ":\n";
  for (const CLI::Option* option :
       app.get_options([&](const CLI::Option* one) { return one->get_group() == group; }))
    text += DescribeOption(*option);
  return text;
}

}  // namespace

std::string HelpText() {
  CommandLine line;
  RawFlags raw;
  const std::unique_ptr<CLI::App> app = DefineFlags(line, raw);
  std::string text = Wrap(kIntroduction, kWidth, 0) + "\n\nUsage: ./launch_bench [FLAG...]\n\n";
  text += "Examples:\n";
  for (const Example& example : kExamples)
    text += fmt::format("  {}\n      {}\n", example.command, example.what);
  for (const char* group : {kTargetGroup, kLaunchGroup, kMeasureGroup, kLimitsGroup, kResultsGroup,
                            kLocalGroup, kOtherGroup})
    text += "\n" + DescribeGroup(*app, group);
  text += "\nTechniques (docs/techniques.md):\n";
  for (const Technique& technique : Techniques())
    text += Entry(std::string(technique.name), technique.what);
  for (const std::string_view paragraph : {kFileText, kDurationText, kExitText})
    text += "\n" + Wrap(paragraph, kWidth, 0) + "\n";
  return text;
}

}  // namespace suites
