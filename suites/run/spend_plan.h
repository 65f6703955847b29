// What a run will create, and what that may cost.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fixtures/launch/launch_fixture.h"
#include "fixtures/region/launch_options.h"
#include "suites/command/command_line.h"

namespace suites {

// The kind of machines that a plan counts together.
struct PlannedMachines {
  std::string instance_type;
  bool spot = false;
  auto operator<=>(const PlannedMachines&) const = default;  // NOLINT(modernize-use-nullptr)
};

// One benchmark's share of a run.
struct TechniquePlan {
  std::string technique;
  std::string region;
  int launches = 0;
  std::map<PlannedMachines, int> machines;  // the most that are launched in all
  int least_machines = 0;                   // without those for images that may exist already
  std::map<std::string, int> creations;     // in all, by a Resource's kind; for images the most
  std::optional<double> least_usd;          // as in SpendPlan; unset if a price is not known
  std::optional<double> most_usd;

  int most_machines() const;
};

struct SpendPlan {
  int launches = 0;
  int machines = 0;        // the most that are launched, including those for pools and bakes
  int least_machines = 0;  // without those for images that may exist already
  // The cost in USD of machines with their volumes and addresses. The least: each start of
  // `least_machines` lasts for one minute, the shortest time that is billed. The most: each start
  // of all `machines` lasts for the whole --max_lifetime. Benchmarks that need a machine of
  // `unpriced` are not included; unset if no other is left.
  std::optional<double> least_usd;
  std::optional<double> most_usd;
  // Machines without a known price: "m7g.large in eu-west-1".
  std::vector<std::string> unpriced;
  std::vector<TechniquePlan> techniques;  // in the order of the benchmarks
};

// Returns the kind of the `machines` that `fixture` declares.
PlannedMachines PlannedKindOf(const fixtures::LaunchFixture& fixture,
                              const fixtures::LaunchFixture::MachineCount& machines,
                              const fixtures::LaunchOptions& options);

// Returns the region in which `fixture` launches.
std::string RegionOf(const fixtures::LaunchFixture& fixture,
                     const fixtures::LaunchOptions& options);

SpendPlan PlanOf(const std::vector<fixtures::LaunchFixture*>& matched, int repetitions,
                 const fixtures::LaunchOptions& options);

// Throws UsageError if --max_usd is asked for and a price is not known.
void RequirePrices(const SpendPlan& plan, const CommandLine& line);

// Returns "; not included, since no price is known: m7g.large in eu-west-1"; empty if all prices
// are known.
std::string UnpricedText(const SpendPlan& plan);

// Returns one line for the user.
std::string DescribePlan(const SpendPlan& plan, const fixtures::LaunchOptions& options);

// What a run creates in one region, and the most that exists there at the same time.
struct RegionPlan {
  std::string region;
  // Made once for all techniques ("key pair"), by a Resource's kind.
  std::map<std::string, int> shared;
  std::map<std::string, int> creations;  // of all techniques and `shared`, by kind
  std::map<std::string, int> at_once;    // by kind; "instance": machines not yet terminated
};

// Returns the regions in the order in which the benchmarks use them. Pools and kept resources count
// from start to end. The largest launches count, as many as --concurrency allows at a time;
// exclusive launches count alone.
std::vector<RegionPlan> RegionsOf(const std::vector<fixtures::LaunchFixture*>& matched,
                                  int repetitions, const fixtures::LaunchOptions& options);

// Returns the largest sum of `weight` (for example vCPUs) over the machines that exist in `region`
// at the same time.
double MostAtOnce(const std::vector<fixtures::LaunchFixture*>& matched, const std::string& region,
                  int repetitions, const fixtures::LaunchOptions& options,
                  const std::function<double(const PlannedMachines&)>& weight);

}  // namespace suites
