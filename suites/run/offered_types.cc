#include "suites/run/offered_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>

#include "suites/command/command_line.h"
#include "suites/command/nearest_name.h"
#include "suites/run/spend_plan.h"

namespace suites {
namespace {

constexpr std::chrono::seconds kTimeout{60};

using fixtures::LaunchFixture;
using fixtures::LaunchOptions;

// Returns the types that flags name, each with its flag.
std::map<std::string, std::string> NamedTypes(const std::vector<LaunchFixture*>& matched,
                                              const LaunchOptions& options,
                                              const std::string& region) {
  const LaunchOptions defaults;
  const bool sweep_is_named = options.sweep_instance_types != defaults.sweep_instance_types;
  std::map<std::string, std::string> named;
  for (const auto* fixture : matched) {
    if (RegionOf(*fixture, options) != region) continue;
    if (sweep_is_named && !fixture->instance_type().empty())
      named.emplace(fixture->instance_type(), "--instance_types");
    for (const auto& machines : fixture->machines()) {
      if (!machines.instance_type.empty()) named.emplace(machines.instance_type, "--fleet_config");
    }
  }
  return named;
}

std::set<std::string> OfferedOf(aws::Ec2& ec2, const std::vector<std::string>& types,
                                const aws::CallOptions& call) {
  std::set<std::string> offered;
  for (const auto& offering : ec2.DescribeInstanceTypeOfferings(types, call))
    offered.insert(offering.instance_type);
  return offered;
}

// The types that this program knows come first, so that they win among equally near ones.
std::string DidYouMeanAnOffered(const std::string& type, const std::set<std::string>& offered) {
  const LaunchOptions defaults;
  std::vector<std::string> names;
  if (offered.contains(defaults.instance_type)) names.push_back(defaults.instance_type);
  std::ranges::copy_if(defaults.sweep_instance_types, std::back_inserter(names),
                       [&](const std::string& known) { return offered.contains(known); });
  names.insert(names.end(), offered.begin(), offered.end());
  return DidYouMean(type, names);
}

}  // namespace

void RefuseTypesNotOffered(aws::Ec2& ec2, const std::vector<LaunchFixture*>& matched,
                           const LaunchOptions& options, const std::stop_token& stop) {
  const std::string& region = ec2.client().region();
  const auto named = NamedTypes(matched, options, region);
  if (named.empty()) return;
  aws::CallOptions call;
  call.deadline = fixtures::Clock::now() + kTimeout;
  call.stop = stop;
  try {
    std::vector<std::string> types;
    for (const auto& [type, flag] : named) types.push_back(type);
    const auto offered = OfferedOf(ec2, types, call);
    for (const auto& [type, flag] : named) {
      if (offered.contains(type)) continue;
      throw UsageError(fmt::format("{}: {} does not offer the instance type '{}'{}", flag, region,
                                   type, DidYouMeanAnOffered(type, OfferedOf(ec2, {}, call))));
    }
  } catch (const aws::Error&) {
    if (stop.stop_requested()) throw;
  }
}

}  // namespace suites
