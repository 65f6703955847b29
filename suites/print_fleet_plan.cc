#include "suites/print_fleet_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

#include "fixtures/fleet/fleet_plan.h"
#include "fixtures/fleet/fleet_settings.h"
#include "fixtures/fleet/fleet_variants.h"
#include "suites/command/nearest_name.h"

namespace suites {

void PrintFleetPlan(const CommandLine& line) {
  const auto names = fixtures::fleet::VariantNames();
  if (std::ranges::find(names, line.print_fleet_plan) == names.end()) {
    throw UsageError(fmt::format("--print_fleet_plan: there is no variant '{}'{}; there are {}",
                                 line.print_fleet_plan, DidYouMean(line.print_fleet_plan, names),
                                 fmt::join(names, ", ")));
  }
  std::cout << fixtures::fleet::ToGraphviz(
      fixtures::fleet::PlanOf(line.print_fleet_plan, fixtures::fleet::SettingsOf(line.launch)),
      "Fleet/" + line.print_fleet_plan);
}

}  // namespace suites
