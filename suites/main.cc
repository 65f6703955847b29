// launch_bench: options, suites, run.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "aws/iam_policy.h"
#include "fixtures/cost/prices.h"
#include "fixtures/fleet/fleet_plan.h"
#include "fixtures/fleet/fleet_settings.h"
#include "fixtures/fleet/fleet_variants.h"
#include "fixtures/process/child_command.h"
#include "suites/command/command_line.h"
#include "suites/command/help_text.h"
#include "suites/command/nearest_name.h"
#include "suites/command/technique_list.h"
#include "suites/harness/library_arguments.h"
#include "suites/report/error_hints.h"
#include "suites/report/message.h"
#include "suites/run/cleanup_command.h"
#include "suites/run/dry_run.h"
#include "suites/run/interrupt.h"
#include "suites/run/launch_run.h"
#include "suites/run/run_arm.h"
#include "suites/run/run_context.h"
#include "suites/suites.h"

namespace {

using suites::CommandLine;
using suites::RunArm;

// The value of the last --benchmark_filter.
std::string FilterOf(const CommandLine& line) {
  std::string filter;
  for (const std::string& argument : line.benchmark_arguments) {
    constexpr std::string_view kFlag = "--benchmark_filter=";
    if (argument.starts_with(kFlag)) filter = argument.substr(kFlag.size());
  }
  return filter;
}

// Whether this is the library's name for it, as long as nothing is put before that.
bool IsNameOf(const fixtures::LaunchFixture& fixture, const std::string& name) {
  return name.starts_with(fixture.technique() + "/iterations:");
}

// The full names of the benchmarks in `all` that the filter matches.
std::vector<std::string> MatchedNames(const CommandLine& line,
                                      const std::vector<fixtures::LaunchFixture*>& all) {
  auto names = suites::MatchedNames(suites::LibraryArguments(line.benchmark_arguments));
  std::erase_if(names, [&](const std::string& name) {  // another configuration's
    return std::ranges::none_of(all, [&](const auto* one) { return IsNameOf(*one, name); });
  });
  std::vector<std::string> techniques;
  for (const auto* fixture : all) techniques.push_back(fixture->technique());
  const std::string filter = FilterOf(line);
  const std::string suggestion = suites::SuggestFilter(filter, techniques, !names.empty());
  if (names.empty()) {
    throw suites::UsageError(fmt::format(
        "no benchmark matches --benchmark_filter={}{}; --benchmark_list_tests lists them", filter,
        suggestion));
  }
  if (!suggestion.empty())
    suites::Say("launch_bench: a part of --benchmark_filter matches nothing" + suggestion);
  return names;
}

// The fixtures behind the names that the library matched, in its order.
std::vector<fixtures::LaunchFixture*> Select(const std::vector<fixtures::LaunchFixture*>& all,
                                             const std::vector<std::string>& names) {
  std::vector<fixtures::LaunchFixture*> selected;
  for (const std::string& name : names) {
    for (auto* fixture : all) {
      if (IsNameOf(*fixture, name)) selected.push_back(fixture);
    }
  }
  return selected;
}

// Whether the filter, as the library reads it (POSIX extended), selects a fleet. Of a filter that
// is no regular expression the library says so.
bool IsSelected(const CommandLine& line, const std::string& variant) {
  try {
    return std::regex_search("Fleet/" + variant + "/iterations:1/manual_time",
                             std::regex(FilterOf(line), std::regex_constants::extended));
  } catch (const std::regex_error&) {
    return false;
  }
}

// Takes variants of the fleet out that cannot run here. Says which the user has asked for, and why.
void LeaveOut(const CommandLine& line, const std::function<bool(const std::string&)>& is_left_out,
              const std::string& why, std::vector<std::string>* variants) {
  std::vector<std::string> left_out;
  for (const std::string& variant : *variants) {
    if (is_left_out(variant) && IsSelected(line, variant)) left_out.push_back("Fleet/" + variant);
  }
  std::erase_if(*variants, is_left_out);
  if (left_out.empty()) return;
  suites::Say(fmt::format("launch_bench: {} {} skipped: {}", fmt::join(left_out, ", "),
                          left_out.size() == 1 ? "is" : "are", why));
}

// The fleet's variants that can run here. Their orchestrator is a real Redis: where there is none,
// none can; some need Terraform, one an instance profile.
std::vector<std::string> FleetVariantsHere(const CommandLine& line) {
  if (!line.wants_fleet) return {};
  const bool local = line.endpoint_url.empty() && line.cloud == CommandLine::Cloud::kLocal;
  for (const char* program : {"redis-cli", "redis-server"}) {
    const bool is_needed = local || (program == std::string("redis-cli") &&
                                     fixtures::fleet::SettingsOf(line.launch).local_runners > 0);
    if (!is_needed || fixtures::IsOnPath(program)) continue;
    std::fprintf(stderr,
                 "launch_bench: the Fleet benchmarks are skipped: there is no %s here; install "
                 "redis-server\n",
                 program);
    return {};
  }
  auto variants = fixtures::fleet::VariantNames();
  if (!fixtures::IsOnPath("terraform"))
    LeaveOut(line, fixtures::fleet::IsOfTerraform, "there is no terraform here", &variants);
  const bool has_profile = !fixtures::fleet::SettingsOf(line.launch).instance_profile.empty() ||
                           !line.launch.iam_instance_profile.empty();
  if (!local && !has_profile) {
    LeaveOut(
        line, [](const std::string& variant) { return variant == fixtures::fleet::kManagedQueue; },
        "its runners need an instance profile; name one in --fleet_config "
        "(\"instance_profile\", docs/fleet.md)",
        &variants);
  }
  return variants;
}

void PrintFleetPlan(const CommandLine& line) {
  const auto names = fixtures::fleet::VariantNames();
  if (std::ranges::find(names, line.print_fleet_plan) == names.end()) {
    throw suites::UsageError(fmt::format(
        "--print_fleet_plan: there is no variant '{}'{}; there are {}", line.print_fleet_plan,
        suites::DidYouMean(line.print_fleet_plan, names), fmt::join(names, ", ")));
  }
  std::cout << fixtures::fleet::ToGraphviz(
      fixtures::fleet::PlanOf(line.print_fleet_plan, fixtures::fleet::SettingsOf(line.launch)),
      "Fleet/" + line.print_fleet_plan);
}

// Of what this command line would need.
void PrintIamPolicy(const CommandLine& line) {
  aws::IamPolicyScope scope;
  scope.partition = aws::PartitionOf(line.launch.regions.front());
  for (const std::string& region : line.launch.regions) {
    if (aws::PartitionOf(region) != scope.partition) {
      throw suites::UsageError(
          fmt::format("--print_iam_policy: {} and {} are in different partitions, which share no "
                      "account; print a policy for each",
                      line.launch.regions.front(), region));
    }
  }
  for (const std::string& profile : {line.launch.iam_instance_profile,
                                     fixtures::fleet::SettingsOf(line.launch).instance_profile}) {
    if (!profile.empty()) scope.instance_profiles.push_back(profile);
  }
  scope.spot = line.wants_fleet;
  try {
    std::cout << aws::IamPolicy(scope);
  } catch (const std::invalid_argument& error) {
    throw suites::UsageError(fmt::format("--print_iam_policy: {}", error.what()));
  }
  if (scope.instance_profiles.empty()) return;
  suites::Say(
      "launch_bench: iam:PassRole is for a role that has the instance profile's name; if "
      "`aws iam get-instance-profile` shows another role in it, put that name there");
}

// --max_usd needs prices, which are not known of every region of the default sweep. Returns the
// regions that it takes out of it; those that --region names stay, and are refused later.
std::vector<std::string> LeaveOutUnpriced(CommandLine* line) {
  std::vector<std::string> left_out;
  if (!line->limits.max_usd || line->regions_given) return left_out;
  std::erase_if(line->launch.sweep_regions, [&](const std::string& region) {
    if (fixtures::InstanceUsdPerHour(line->launch.instance_type, region)) return false;
    left_out.push_back("Region/" + region);
    return true;
  });
  return left_out;
}

std::unique_ptr<RunArm> MakeArm(CommandLine line, const std::string& name) {
  const std::vector<std::string> unpriced = LeaveOutUnpriced(&line);
  const auto all = suites::RegisterAllSuites(line.launch, FleetVariantsHere(line));
  const std::string why = fmt::format(
      "{}: no price of {} is known there, which --max_usd needs; with "
      "--region and --max_instances instead it is measured",
      fmt::join(unpriced, ", "), line.launch.instance_type);
  std::vector<std::string> names;
  try {
    names = MatchedNames(line, all);
  } catch (const suites::UsageError& error) {
    if (unpriced.empty()) throw;
    throw suites::UsageError(fmt::format("{}; left out are {}", error.what(), why));
  }
  const bool sweeps =
      std::ranges::any_of(names, [](const auto& one) { return one.starts_with("Region/"); });
  if (sweeps && !unpriced.empty()) suites::Say("launch_bench: left out: " + why);
  const auto selected = Select(all, names);
  // The other configuration has benchmarks of the same names.
  for (auto* fixture : all) {
    const bool is_selected = std::ranges::find(selected, fixture) != selected.end();
    if (!name.empty() && !is_selected) fixture->PrefixName(fmt::format("not in {}: ", name));
  }
  return std::make_unique<RunArm>(line, selected, name);
}

int Main(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  const CommandLine line = suites::ParseCommandLine(arguments);
  if (line.show_help) {
    std::cout << suites::HelpText();
    return suites::kAllMeasured;
  }
  if (line.show_version) {
    suites::PrintLine(std::cout, "launch_bench " + suites::VersionText());
    return suites::kAllMeasured;
  }
  if (line.print_iam_policy) {
    PrintIamPolicy(line);
    return suites::kAllMeasured;
  }
  if (!line.print_fleet_plan.empty()) {
    PrintFleetPlan(line);
    return suites::kAllMeasured;
  }
  if (line.dry_run && line.interleave.empty()) {
    const auto all = suites::RegisterAllSuites(line.launch, FleetVariantsHere(line));
    return suites::RunDryRun(line, Select(all, MatchedNames(line, all)), interrupt);
  }
  if (line.cleanup != CommandLine::Cleanup::kNo) return suites::RunCleanup(line, interrupt);
  if (line.list_tests) {
    const auto all = suites::RegisterAllSuites(line.launch, fixtures::fleet::VariantNames());
    for (const std::string& name : MatchedNames(line, all)) suites::PrintLine(std::cout, name);
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

// A standard stream that the caller closed would be the next file that is opened: samples and
// messages must not meet in one file. Writing to this one fails, as it would to a closed one.
void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open(fd == STDIN_FILENO ? "/dev/null" : "/dev/full", O_RDWR);
  }
}

// Whether standard output took all, or somebody closed the pipe's other end, as `| head` does.
bool OutputIsWritten() {
  std::cout.flush();
  std::fflush(stdout);
  if (std::ferror(stdout) == 0) return true;
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

int Run(const std::vector<std::string>& arguments, suites::Interrupt* interrupt) {
  const int status = Main(arguments, interrupt);
  if (OutputIsWritten()) return status;
  std::fputs(
      "launch_bench: standard output cannot be written: what it had to say is not complete\n",
      stderr);
  return status == suites::kAllMeasured ? suites::kSomeFailed : status;
}

}  // namespace

int main(int argc, char** argv) {
  OpenStandardStreams();
  // Where both go to one log, stdout's lines and stderr's must not cut into each other.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  suites::Interrupt interrupt;
  try {
    return Run({argv, argv + argc}, &interrupt);
  } catch (const std::exception& error) {
    const char* when = interrupt.requested() ? "interrupted before the first launch: " : "";
    const std::string hint = suites::HintFor(error.what());
    if (*error.what() != '\0') {
      suites::Say(
          fmt::format("launch_bench: {}{}{}", when, error.what(), hint.empty() ? "" : "; " + hint));
    }
    return interrupt.requested() ? suites::kInterrupted : suites::kBadSetUp;
  }
}
