#include "suites/run/host_capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "suites/report/message.h"
#include "suites/run/spend_plan.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using fixtures::LaunchOptions;

// An emulated Debian boots in one to two minutes if it has a core of its own
// (docs/real-machines.md). Guests that share cores take several times as long.
constexpr std::chrono::minutes kEmulatedLaunchTimeout{15};

std::set<std::string> TypesOf(const LaunchFixture& fixture, const LaunchOptions& options) {
  std::set<std::string> types;
  for (const auto& machines : fixture.machines())
    types.insert(PlannedKindOf(fixture, machines, options).instance_type);
  return types;
}

int MachinesOfOneLaunch(const LaunchFixture& fixture) {
  int machines = 0;
  for (const auto& count : fixture.machines()) machines += count.each_launch;
  return machines;
}

// The type of which the fewest fit.
struct Tightest {
  int count = 0;
  std::string type;
};

// Requires: `types` is not empty.
Tightest TightestOf(const std::map<std::string, LocalMachines::Type>& types,
                    int LocalMachines::Type::*count) {
  const auto least = std::ranges::min_element(
      types, {}, [count](const auto& entry) { return entry.second.*count; });
  return {least->second.*count, least->first};
}

void KeepTypesOf(const std::vector<LaunchFixture*>& fixtures, const LaunchOptions& options,
                 LocalMachines* machines) {
  std::set<std::string> used;
  for (const auto* fixture : fixtures) used.merge(TypesOf(*fixture, options));
  std::erase_if(machines->types, [&](const auto& type) { return !used.contains(type.first); });
}

void RefuseLargeLaunches(const std::vector<LaunchFixture*>& fixtures, const Tightest& room) {
  for (const auto* fixture : fixtures) {
    const int machines = MachinesOfOneLaunch(*fixture);
    if (machines <= room.count) continue;
    throw UsageError(fmt::format(
        "{} starts {} machines at a time, and this host has room for {} virtual machine(s) of type "
        "{}; leave it out of --benchmark_filter, or choose a smaller --instance_type",
        fixture->technique(), machines, room.count, room.type));
  }
}

// Returns the most machines that are started at a time.
int StartedAtATime(const std::vector<LaunchFixture*>& fixtures, int in_flight) {
  int most = 0;
  for (const auto* fixture : fixtures) {
    const int launches = fixture->exclusive() ? 1 : in_flight;
    most = std::max(most, launches * MachinesOfOneLaunch(*fixture));
  }
  return most;
}

}  // namespace

void FitToHost(const CommandLine& line, const std::vector<LaunchFixture*>& fixtures,
               Target* target) {
  if (!target->machines) return;
  LaunchOptions& options = target->options;
  KeepTypesOf(fixtures, options, &*target->machines);
  if (target->machines->emulated() && !line.launch_timeout_given) {
    options.launch_timeout =
        std::min<std::chrono::milliseconds>(kEmulatedLaunchTimeout, options.max_lifetime);
  }
  const auto& types = target->machines->types;
  if (types.empty()) return;  // the cloud refuses types that it does not have
  const Tightest room = TightestOf(types, &LocalMachines::Type::at_once);
  const Tightest cores = TightestOf(types, &LocalMachines::Type::on_own_cores);
  RefuseLargeLaunches(fixtures, room);

  std::set<std::string> regions;
  for (const auto* fixture : fixtures) regions.insert(RegionOf(*fixture, options));
  const int region_count = std::max(1, static_cast<int>(regions.size()));
  if (!line.concurrency_given)
    options.concurrency = std::max(1, std::min(cores.count, room.count) / region_count);
  const auto launches = static_cast<int>(fixtures.size()) * line.repetitions;
  const int in_flight = std::min(launches, options.concurrency * region_count);
  const int started = StartedAtATime(fixtures, in_flight);
  if (started > room.count) {
    const std::string where = region_count == 1 ? "" : fmt::format(" in {} regions", region_count);
    throw UsageError(fmt::format(
        "--concurrency={}{} starts up to {} machines at a time, and this host has room for {} "
        "virtual machine(s) of type {}; lower it, or measure less with --benchmark_filter",
        options.concurrency, where, started, room.count, room.type));
  }
  if (started > cores.count) {
    Say(fmt::format(
        "launch_bench: up to {} machines start at a time, and this host has spare CPU cores "
        "for {} of type {}: they share cores with each other or with launch_bench, and their times "
        "include that",
        started, cores.count, cores.type));
  }
}

}  // namespace suites
