#include "suites/select_benchmarks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "fixtures/cost/prices.h"
#include "fixtures/fleet/fleet_variants.h"
#include "fixtures/techniques/region.h"
#include "suites/command/technique_list.h"
#include "suites/fleet_availability.h"
#include "suites/report/message.h"
#include "suites/suites.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;

// Returns the value of the last --benchmark_filter.
std::string FilterOf(const CommandLine& line) {
  std::string filter;
  for (const std::string& argument : line.benchmark_arguments) {
    constexpr std::string_view kFlag = "--benchmark_filter=";
    if (argument.starts_with(kFlag)) filter = argument.substr(kFlag.size());
  }
  return filter;
}

std::string NoMatch(const std::string& filter, const std::string& suggestion) {
  return fmt::format(
      "no benchmark matches --benchmark_filter={}{}{} --benchmark_list_tests lists all "
      "names",
      filter, suggestion, suggestion.empty() ? ";" : "");
}

std::vector<MatchedFixture> Match(const CommandLine& line,
                                  const std::vector<LaunchFixture*>& registered) {
  auto matched = MatchFixtures(line.benchmark_arguments, registered);
  std::vector<std::string> techniques;
  for (const auto* fixture : registered) techniques.push_back(fixture->technique());
  const std::string filter = FilterOf(line);
  const std::string suggestion = SuggestFilter(filter, techniques, !matched.empty());
  if (matched.empty()) throw UsageError(NoMatch(filter, suggestion));
  if (!suggestion.empty())
    Say("launch_bench: a word in --benchmark_filter matches nothing" + suggestion);
  return matched;
}

// Removes the benchmarks for which `reason_of` returns a reason, and prints their names and the
// reason.
template <typename ReasonOf>
void LeaveOut(std::vector<MatchedFixture>* matched, ReasonOf reason_of) {
  std::vector<std::pair<std::string, std::vector<std::string>>> left_out;  // by reason
  std::erase_if(*matched, [&](const MatchedFixture& one) {
    const std::string reason = reason_of(*one.fixture);
    if (reason.empty()) return false;
    auto found = std::ranges::find(left_out, reason, [](const auto& pair) { return pair.first; });
    if (found == left_out.end()) found = left_out.insert(found, {reason, {}});
    found->second.push_back(one.fixture->technique());
    return true;
  });
  for (const auto& [reason, names] : left_out) {
    Say(fmt::format("launch_bench: {} {} skipped: {}", fmt::join(names, ", "),
                    names.size() == 1 ? "is" : "are", reason));
  }
}

// Returns why `fixture` cannot be measured under --max_usd: no price is known in its region.
// Applies to the default sweep only; regions that --region names are refused later.
std::string WhyNotPriced(const LaunchFixture& fixture, const CommandLine& line) {
  const bool in_default_sweep =
      dynamic_cast<const fixtures::RegionLaunch*>(&fixture) != nullptr && !line.regions_given;
  if (!line.limits.max_usd || !in_default_sweep ||
      fixtures::InstanceUsdPerHour(line.launch.instance_type, fixture.region()))
    return "";
  return fmt::format(
      "--max_usd needs the price of {}, which is not known there; use --region and "
      "--max_instances instead",
      line.launch.instance_type);
}

std::vector<std::string> FleetVariants(const CommandLine& line) {
  return line.wants_fleet ? fixtures::fleet::VariantNames() : std::vector<std::string>();
}

}  // namespace

Selection Select(CommandLine line, const std::string& arm) {
  const auto registered = RegisterAllSuites(line.launch, FleetVariants(line));
  auto matched = Match(line, registered);
  LeaveOut(&matched, [&](const LaunchFixture& one) { return WhyFleetCannotRun(one, line); });
  LeaveOut(&matched, [&](const LaunchFixture& one) { return WhyNotPriced(one, line); });
  if (matched.empty())
    throw UsageError("none of the benchmarks that --benchmark_filter selects can be measured");
  NameArm(arm, registered);
  return {std::move(line), std::move(matched), arm};
}

std::vector<std::string> ListBenchmarks(const CommandLine& line) {
  std::vector<std::string> names;
  const auto registered = RegisterAllSuites(line.launch, fixtures::fleet::VariantNames());
  for (const MatchedFixture& one : Match(line, registered)) names.push_back(one.name);
  return names;
}

}  // namespace suites
