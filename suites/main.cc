// launch_bench: options, suites, run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <functional>
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
#include "suites/error_hints.h"
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

// Says that variants of the fleet are left out, and why, and takes them out.
void LeaveOut(const std::function<bool(const std::string&)>& is_left_out, const std::string& why,
              std::vector<std::string>* variants) {
  std::vector<std::string> left_out;
  for (const std::string& variant : *variants) {
    if (is_left_out(variant)) left_out.push_back("Fleet/" + variant);
  }
  std::erase_if(*variants, is_left_out);
  std::fprintf(stderr, "launch_bench: %s %s skipped: %s\n",
               fmt::format("{}", fmt::join(left_out, ", ")).c_str(),
               left_out.size() == 1 ? "is" : "are", why.c_str());
}

// The fleet's variants that can run here. Their orchestrator is a real Redis: where there is none,
// none can; some need Terraform, one an instance profile.
std::vector<std::string> FleetVariantsHere(const CommandLine& line) {
  if (!line.wants_fleet) return {};
  const bool local = line.endpoint_url.empty() && line.cloud == CommandLine::Cloud::kLocal;
  for (const char* program : {"redis-cli", "redis-server"}) {
    const bool is_needed =
        local || (program == std::string("redis-cli") && line.launch.fleet.local_runners > 0);
    if (!is_needed || fixtures::IsOnPath(program)) continue;
    std::fprintf(stderr,
                 "launch_bench: the Fleet benchmarks are skipped: there is no %s here; install "
                 "redis-server\n",
                 program);
    return {};
  }
  auto variants = fixtures::fleet::VariantNames();
  if (!fixtures::IsOnPath("terraform"))
    LeaveOut(fixtures::fleet::IsOfTerraform, "there is no terraform here", &variants);
  const bool has_profile =
      !line.launch.fleet.instance_profile.empty() || !line.launch.iam_instance_profile.empty();
  if (!local && !has_profile) {
    LeaveOut([](const std::string& variant) { return variant == fixtures::fleet::kManagedQueue; },
             "its runners need an instance profile; name one in --fleet_config "
             "(\"instance_profile\", docs/fleet.md)",
             &variants);
  }
  return variants;
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
  const auto all = suites::RegisterAllSuites(line.launch, FleetVariantsHere(line));
  return std::make_unique<RunArm>(line, Select(all, MatchedNames(line)), name);
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
    suites::RegisterAllSuites(line.launch, fixtures::fleet::VariantNames());
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
  // Where both go to one log, stdout's lines and stderr's must not cut into each other.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  suites::Interrupt interrupt;
  try {
    return Main({argv, argv + argc}, &interrupt);
  } catch (const std::exception& error) {
    const char* when = interrupt.requested() ? "interrupted before the first launch: " : "";
    const std::string hint = suites::HintFor(error.what());
    if (*error.what() != '\0') {
      std::fprintf(stderr, "launch_bench: %s%s%s\n", when, error.what(),
                   hint.empty() ? "" : ("; " + hint).c_str());
    }
    return interrupt.requested() ? suites::kInterrupted : suites::kBadSetUp;
  }
}
