#include "suites/spend_plan.h"

#include <fmt/format.h>

#include "fixtures/lifetime_limit.h"
#include "fixtures/prices.h"

namespace suites {
namespace {

std::string TypeOf(const fixtures::LaunchFixture& fixture,
                   const fixtures::LaunchFixture::MachineCount& machines,
                   const fixtures::LaunchOptions& options) {
  if (!machines.instance_type.empty()) return machines.instance_type;
  return fixture.instance_type().empty() ? options.instance_type : fixture.instance_type();
}

}  // namespace

SpendPlan PlanOf(const std::vector<fixtures::LaunchFixture*>& matched, int repetitions,
                 const fixtures::LaunchOptions& options) {
  SpendPlan plan;
  double least = 0;
  double most = 0;
  for (const auto* fixture : matched) {
    plan.launches += repetitions;
    if (const std::string also = fixture->also_makes(); !also.empty()) plan.also.insert(also);
    const std::string region =
        fixture->region().empty() ? options.regions.front() : fixture->region();
    for (const auto& machines : fixture->machines()) {
      const int count = machines.once + machines.each_launch * repetitions;
      plan.machines += count;
      const std::string type = TypeOf(*fixture, machines, options);
      const auto minute = fixtures::LaunchUsd(type, region, fixtures::kMinimumBilled,
                                              fixtures::kAmazonLinuxVolumeGib);
      const auto lifetime =
          fixtures::LaunchUsd(type, region, options.max_lifetime, fixtures::kAmazonLinuxVolumeGib);
      if (!minute && plan.unpriced.empty()) plan.unpriced = fmt::format("{} in {}", type, region);
      least += minute.value_or(0) * count;
      most += lifetime.value_or(0) * count;
    }
  }
  if (plan.unpriced.empty()) {
    plan.least_usd = least;
    plan.most_usd = most;
  }
  return plan;
}

std::string DescribePlan(const SpendPlan& plan, const fixtures::LaunchOptions& options) {
  std::string cost;
  if (plan.least_usd) {
    cost = fmt::format(
        "at least {:.2f} USD (a minute is billed for each), at most {:.2f} if every one stays up "
        "until it ends itself after {}",
        *plan.least_usd, *plan.most_usd, fixtures::LifetimeText(options.max_lifetime));
  } else {
    cost = fmt::format("no price is known for {}, so what it costs cannot be said", plan.unpriced);
  }
  std::string besides;
  for (const std::string& also : plan.also) besides += "; " + also;
  return fmt::format(
      "{} launch(es), which take {} machine(s), with a key pair and a security group{}: {}",
      plan.launches, plan.machines, besides, cost);
}

}  // namespace suites
