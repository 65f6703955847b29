// What a run is about to make, and what that may cost.
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

// Machines of one kind, as plans count them.
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
  std::map<PlannedMachines, int> machines;  // launched in all, at most
  int least_machines = 0;                   // less those of images that may be there already
  std::map<std::string, int> creations;     // in all, by a Resource's kind; images at most
  std::optional<double> least_usd;          // as SpendPlan's; unset if a price is not known
  std::optional<double> most_usd;

  int most_machines() const;
};

struct SpendPlan {
  int launches = 0;
  int machines = 0;        // launched in all, with those that pools and bakes need, at most
  int least_machines = 0;  // less those of images that may be there already
  // USD, of machines with volume and address: each start of those that are certain up for the
  // minute that is billed at least, and each start of all of them up for its whole lifetime.
  // Without the benchmarks that need a machine of `unpriced`; unset if no other is left.
  std::optional<double> least_usd;
  std::optional<double> most_usd;
  std::vector<std::string> unpriced;      // "m7g.large in eu-west-1": each without a known price
  std::vector<TechniquePlan> techniques;  // in the order of the benchmarks
};

// Returns where it launches.
std::string RegionOf(const fixtures::LaunchFixture& fixture,
                     const fixtures::LaunchOptions& options);

SpendPlan PlanOf(const std::vector<fixtures::LaunchFixture*>& matched, int repetitions,
                 const fixtures::LaunchOptions& options);

// Throws UsageError if --max_usd is asked for and a price is not known.
void RequirePrices(const SpendPlan& plan, const CommandLine& line);

// "; not included, since no price is known: m7g.large in eu-west-1"; empty if all prices are known.
std::string UnpricedText(const SpendPlan& plan);

// One line.
std::string DescribePlan(const SpendPlan& plan, const fixtures::LaunchOptions& options);

// What one region holds at the same time, at most, and what a run makes there for all techniques
// together ("key pair", "security group").
struct RegionPlan {
  std::string region;
  std::map<std::string, int> shared;     // by a Resource's kind, for the whole run
  std::map<std::string, int> creations;  // of all techniques and `shared`, by kind
  std::map<std::string, int> at_once;    // by kind; "instance": machines not yet terminated
};

// In the order in which the benchmarks use them. Pools and what is kept are there from the start
// to the end; of launches as many as --concurrency allows are in flight, the largest; exclusive
// ones are alone.
std::vector<RegionPlan> RegionsOf(const std::vector<fixtures::LaunchFixture*>& matched,
                                  int repetitions, const fixtures::LaunchOptions& options);

// The most that machines in `region` amount to at the same time, each counted with `weight` (its
// vCPUs, say).
double MostAtOnce(const std::vector<fixtures::LaunchFixture*>& matched, const std::string& region,
                  int repetitions, const fixtures::LaunchOptions& options,
                  const std::function<double(const PlannedMachines&)>& weight);

}  // namespace suites
