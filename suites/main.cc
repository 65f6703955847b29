// launch_bench: options, suites, run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "aws/iam_policy.h"
#include "fixtures/child_command.h"
#include "fixtures/fleet/fleet_plan.h"
#include "fixtures/fleet/fleet_variants.h"
#include "suites/cleanup_command.h"
#include "suites/command_line.h"
#include "suites/interrupt.h"
#include "suites/launch_run.h"
#include "suites/library_arguments.h"
#include "suites/run_arm.h"
#include "suites/suites.h"

namespace {

using suites::CommandLine;
using suites::RunArm;

// The full names of the registered benchmarks that the filter matches.
std::vector<std::string> MatchedNames(const CommandLine& line) {
  auto names = suites::MatchedNames(suites::LibraryArguments(line.benchmark_arguments));
  if (names.empty()) {
    throw suites::UsageError(
        "no benchmark matches --benchmark_filter (a regular expression); --benchmark_list_tests "
        "lists them");
  }
  return names;
}

// The fixtures behind the names that the library matched, in its order.
std::vector<fixtures::LaunchFixture*> Select(const std::vector<fixtures::LaunchFixture*>& all,
                                             const std::vector<std::string>& names) {
  std::vector<fixtures::LaunchFixture*> selected;
  for (const std::string& name : names) {
    for (auto* fixture : all) {
      if (name.starts_with(fixture->technique() + "/iterations:")) selected.push_back(fixture);
    }
  }
  return selected;
}

// Which of the fleet's benchmarks are among those that may match. Their orchestrator is a real
// Redis: where there is none, they are not, and some need Terraform.
suites::Fleets FleetsHere(const CommandLine& line) {
  using suites::Fleets;
  if (!line.wants_fleet) return Fleets::kNone;
  const bool local = line.endpoint_url.empty() && line.cloud == CommandLine::Cloud::kLocal;
  for (const char* program : {"redis-cli", "redis-server"}) {
    const bool is_needed =
        local || (program == std::string("redis-cli") && line.launch.fleet.local_runners > 0);
    if (!is_needed || fixtures::IsOnPath(program)) continue;
    std::fprintf(stderr,
                 "launch_bench: the Fleet benchmarks are skipped: there is no %s here; install "
                 "redis-server\n",
                 program);
    return Fleets::kNone;
  }
  if (fixtures::IsOnPath("terraform")) return Fleets::kAll;
  std::vector<std::string> left_out;
  for (const std::string& variant : fixtures::fleet::VariantNames()) {
    if (fixtures::fleet::IsOfTerraform(variant)) left_out.push_back("Fleet/" + variant);
  }
  std::fprintf(stderr, "launch_bench: %s are skipped: there is no terraform here\n",
               fmt::format("{}", fmt::join(left_out, ", ")).c_str());
  return Fleets::kWithoutTerraform;
}

// Without what needs an instance profile where nobody has named one.
std::vector<std::string> NamesToRun(const CommandLine& line) {
  std::vector<std::string> names = MatchedNames(line);
  const bool local = line.endpoint_url.empty() && line.cloud == CommandLine::Cloud::kLocal;
  const auto& launch = line.launch;
  if (local || !launch.fleet.instance_profile.empty() || !launch.iam_instance_profile.empty())
    return names;
  const std::string variant = std::string("Fleet/") + fixtures::fleet::kManagedQueue;
  const auto needs_profile = [&](const std::string& name) {
    return name.starts_with(variant + "/");
  };
  if (std::erase_if(names, needs_profile) > 0) {
    std::fprintf(stderr,
                 "launch_bench: %s is skipped: its runners need an instance profile; name one in "
                 "--fleet_config (\"instance_profile\", docs/fleet.md)\n",
                 variant.c_str());
  }
  return names;
}

void PrintFleetPlan(const CommandLine& line) {
  const auto names = fixtures::fleet::VariantNames();
  if (std::ranges::find(names, line.print_fleet_plan) == names.end()) {
    throw suites::UsageError(
        fmt::format("--print_fleet_plan: there is no variant '{}'; there are {}",
                    line.print_fleet_plan, fmt::join(names, ", ")));
  }
  std::cout << fixtures::fleet::ToGraphviz(
      fixtures::fleet::PlanOf(line.print_fleet_plan, line.launch.fleet),
      "Fleet/" + line.print_fleet_plan);
}

std::unique_ptr<RunArm> MakeArm(const CommandLine& line, const std::string& name) {
  const auto all = suites::RegisterAllSuites(line.launch, FleetsHere(line));
  return std::make_unique<RunArm>(line, Select(all, NamesToRun(line)), name);
}

int Main(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  const CommandLine line = suites::ParseCommandLine(arguments);
  if (line.show_help) {
    std::cout << suites::HelpText();
    return suites::kAllMeasured;
  }
  if (line.print_iam_policy) {
    std::cout << aws::IamPolicy() << '\n';
    return suites::kAllMeasured;
  }
  if (!line.print_fleet_plan.empty()) {
    PrintFleetPlan(line);
    return suites::kAllMeasured;
  }
  if (line.cleanup != CommandLine::Cleanup::kNo) return suites::RunCleanup(line);
  if (line.list_tests) {
    suites::RegisterAllSuites(line.launch, suites::Fleets::kAll);
    for (const std::string& name : MatchedNames(line)) std::cout << name << '\n';
    return suites::kAllMeasured;
  }
  std::vector<std::unique_ptr<RunArm>> arms;
  if (line.interleave.empty()) {
    arms.push_back(MakeArm(line, ""));
  } else {
    const auto lines = suites::ParseInterleaved(arguments);
    arms.push_back(MakeArm(lines[0], "A"));
    arms.push_back(MakeArm(lines[1], "B"));
  }
  return suites::LaunchRun(std::move(arms), interrupt).Run();
}

}  // namespace

int main(int argc, char** argv) {
  suites::Interrupt interrupt;
  try {
    return Main({argv, argv + argc}, &interrupt);
  } catch (const std::exception& error) {
    const char* when = interrupt.requested() ? "interrupted before the first launch: " : "";
    if (*error.what() != '\0') std::fprintf(stderr, "launch_bench: %s%s\n", when, error.what());
    return interrupt.requested() ? suites::kInterrupted : suites::kBadSetUp;
  }
}
