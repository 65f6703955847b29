#include "suites/run/spend_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fixtures/cost/prices.h"
#include "fixtures/guest/lifetime_limit.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using fixtures::LaunchOptions;

// Returns how many of `creation` one benchmark makes in all.
int TotalOf(const LaunchFixture::CreationCount& creation, int repetitions,
            const LaunchOptions& options) {
  const int launches = creation.reused ? std::min(repetitions, options.concurrency) : repetitions;
  return creation.once + creation.each_launch * launches;
}

// How many of something a benchmark has at the same time.
struct Share {
  double once = 0;
  double each_launch = 0;
  bool exclusive = false;
};

double Peak(const std::vector<Share>& shares, int repetitions, int concurrency) {
  double once = 0;
  double alone = 0;
  std::vector<double> in_flight;
  for (const Share& share : shares) {
    once += share.once;
    if (share.exclusive) {
      alone = std::max(alone, share.each_launch);
    } else {
      in_flight.insert(in_flight.end(),
                       static_cast<std::size_t>(std::min(repetitions, concurrency)),
                       share.each_launch);
    }
  }
  std::ranges::sort(in_flight, std::greater<>());
  in_flight.resize(std::min(in_flight.size(), static_cast<std::size_t>(concurrency)));
  double together = 0;
  for (const double one : in_flight) together += one;
  return once + std::max(together, alone);
}

TechniquePlan PlanOfOne(const LaunchFixture& fixture, int repetitions, const LaunchOptions& options,
                        std::vector<std::string>* unpriced) {
  TechniquePlan plan;
  plan.technique = fixture.technique();
  plan.region = RegionOf(fixture, options);
  plan.launches = repetitions;
  double least = 0;
  double most = 0;
  for (const auto& machines : fixture.machines()) {
    const PlannedMachines kind = PlannedKindOf(fixture, machines, options);
    const int each = machines.each_launch * repetitions;
    const int at_least = each + (machines.at_most ? 0 : machines.once);
    const int count = machines.once + each;
    if (count == 0) continue;
    plan.machines[kind] += count;
    plan.least_machines += at_least;
    const auto minute =
        fixtures::LaunchUsd(kind.instance_type, plan.region, fixtures::kMinimumBilled,
                            machines.volume_gib, options.public_address());
    const auto lifetime = fixtures::LaunchUsd(kind.instance_type, plan.region, options.max_lifetime,
                                              machines.volume_gib, options.public_address());
    if (!minute) unpriced->push_back(fmt::format("{} in {}", kind.instance_type, plan.region));
    least += minute.value_or(0) * at_least * machines.starts;
    most += lifetime.value_or(0) * count * machines.starts;
  }
  plan.least_usd = least;
  plan.most_usd = most;
  for (const auto& creation : fixture.creations(options))
    plan.creations[creation.kind] += TotalOf(creation, repetitions, options);
  return plan;
}

// Returns "2 VPC, 2 subnet": everything except key pairs and security groups.
std::string CreationsText(const SpendPlan& plan) {
  std::map<std::string, int> all;
  for (const TechniquePlan& technique : plan.techniques) {
    for (const auto& [kind, count] : technique.creations) all[kind] += count;
  }
  std::vector<std::string> texts;
  for (const auto& [kind, count] : all) texts.push_back(fmt::format("{} {}(s)", count, kind));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

int TechniquePlan::most_machines() const {
  int count = 0;
  for (const auto& [kind, of_it] : machines) count += of_it;
  return count;
}

PlannedMachines PlannedKindOf(const LaunchFixture& fixture,
                              const LaunchFixture::MachineCount& machines,
                              const LaunchOptions& options) {
  PlannedMachines kind{machines.instance_type, machines.spot};
  if (kind.instance_type.empty()) kind.instance_type = fixture.instance_type();
  if (kind.instance_type.empty()) kind.instance_type = options.instance_type;
  return kind;
}

std::string RegionOf(const LaunchFixture& fixture, const LaunchOptions& options) {
  return fixture.region().empty() ? options.regions.front() : fixture.region();
}

SpendPlan PlanOf(const std::vector<LaunchFixture*>& matched, int repetitions,
                 const LaunchOptions& options) {
  SpendPlan plan;
  double least = 0;
  double most = 0;
  bool some_priced = false;
  for (const auto* fixture : matched) {
    std::vector<std::string> unpriced;
    TechniquePlan one = PlanOfOne(*fixture, repetitions, options, &unpriced);
    plan.launches += one.launches;
    plan.machines += one.most_machines();
    plan.least_machines += one.least_machines;
    if (unpriced.empty()) {
      least += *one.least_usd;
      most += *one.most_usd;
      some_priced = true;
    } else {
      one.least_usd.reset();
      one.most_usd.reset();
    }
    for (const std::string& text : unpriced) {
      if (std::ranges::find(plan.unpriced, text) == plan.unpriced.end())
        plan.unpriced.push_back(text);
    }
    plan.techniques.push_back(std::move(one));
  }
  if (some_priced) {
    plan.least_usd = least;
    plan.most_usd = most;
  }
  return plan;
}

void RequirePrices(const SpendPlan& plan, const CommandLine& line) {
  if (!line.limits.max_usd || plan.unpriced.empty()) return;
  throw UsageError(fmt::format("--max_usd: no price is known for {}; use --max_instances",
                               plan.unpriced.front()));
}

std::string UnpricedText(const SpendPlan& plan) {
  if (plan.unpriced.empty()) return "";
  return fmt::format("; not included, since no price is known: {}", fmt::join(plan.unpriced, ", "));
}

std::string DescribePlan(const SpendPlan& plan, const LaunchOptions& options) {
  std::string cost;
  if (plan.least_usd) {
    cost = fmt::format(
        "at least {:.2f} USD (a minute is billed for each), at most {:.2f} if every one runs "
        "until it terminates itself after {}{}",
        *plan.least_usd, *plan.most_usd, fixtures::LifetimeText(options.max_lifetime),
        UnpricedText(plan));
  } else {
    cost = fmt::format("no price is known for {}, so the cost is not known",
                       fmt::join(plan.unpriced, ", "));
  }
  const std::string creations = CreationsText(plan);
  return fmt::format(
      "{} launch(es), which take {} machine(s), with a key pair and a security group{}: {}",
      plan.launches, plan.machines, creations.empty() ? "" : "; " + creations, cost);
}

std::vector<RegionPlan> RegionsOf(const std::vector<LaunchFixture*>& matched, int repetitions,
                                  const LaunchOptions& options) {
  std::vector<RegionPlan> regions;
  for (const auto* first : matched) {
    const std::string region = RegionOf(*first, options);
    if (std::ranges::find(regions, region, &RegionPlan::region) != regions.end()) continue;
    RegionPlan plan;
    plan.region = region;
    plan.shared["key pair"] = 1;
    if (options.security_group_id.empty()) plan.shared["security group"] = 1;
    plan.creations = plan.at_once = plan.shared;
    std::map<std::string, std::vector<Share>> shares;
    for (const auto* fixture : matched) {
      if (RegionOf(*fixture, options) != region) continue;
      for (const auto& creation : fixture->creations(options)) {
        plan.creations[creation.kind] += TotalOf(creation, repetitions, options);
        const auto once = static_cast<double>(creation.once);
        const auto each = static_cast<double>(creation.each_launch);
        if (creation.reused) {
          shares[creation.kind].push_back(
              {static_cast<double>(TotalOf(creation, repetitions, options)), 0, false});
        } else {
          shares[creation.kind].push_back({once, each, fixture->exclusive()});
        }
      }
    }
    for (const auto& [kind, of_kind] : shares) {
      plan.at_once[kind] += static_cast<int>(Peak(of_kind, repetitions, options.concurrency));
    }
    plan.at_once["instance"] = static_cast<int>(
        MostAtOnce(matched, region, repetitions, options, [](const auto&) { return 1; }));
    regions.push_back(std::move(plan));
  }
  return regions;
}

double MostAtOnce(const std::vector<LaunchFixture*>& matched, const std::string& region,
                  int repetitions, const LaunchOptions& options,
                  const std::function<double(const PlannedMachines&)>& weight) {
  std::vector<Share> shares;
  for (const auto* fixture : matched) {
    if (RegionOf(*fixture, options) != region) continue;
    Share share{0, 0, fixture->exclusive()};
    for (const auto& machines : fixture->machines()) {
      const double each = weight(PlannedKindOf(*fixture, machines, options));
      share.once += machines.once * each;
      share.each_launch += machines.each_launch * each;
    }
    shares.push_back(share);
  }
  return Peak(shares, repetitions, options.concurrency);
}

}  // namespace suites
