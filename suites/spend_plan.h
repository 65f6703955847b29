// What a run is about to make, and what that may cost.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fixtures/launch_fixture.h"
#include "fixtures/launch_options.h"

namespace suites {

struct SpendPlan {
  int launches = 0;
  int machines = 0;  // launched in all, with those that pools and bakes need
  // USD, of machines with volume and address: each up for the minute that is billed at least, and
  // each up for its whole lifetime. Unset where a price is not known.
  std::optional<double> least_usd;
  std::optional<double> most_usd;
  std::set<std::string> also;  // what they make besides
  std::string unpriced;        // "m7g.large in eu-west-1": the first without a price
};

SpendPlan PlanOf(const std::vector<fixtures::LaunchFixture*>& matched, int repetitions,
                 const fixtures::LaunchOptions& options);

// One line.
std::string DescribePlan(const SpendPlan& plan, const fixtures::LaunchOptions& options);

}  // namespace suites
