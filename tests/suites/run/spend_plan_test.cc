#include "suites/run/spend_plan.h"

#include <gtest/gtest.h>

#include <memory>

#include "fixtures/cost/prices.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using fixtures::LaunchOptions;

// Only the declarations of a technique matter here.
class Declared : public LaunchFixture {
 public:
  explicit Declared(const std::string& name) : LaunchFixture(name) {}
  std::vector<MachineCount> machines() const override { return machines_; }
  std::vector<CreationCount> creations(const LaunchOptions& /*options*/) const override {
    return creations_;
  }
  bool exclusive() const override { return exclusive_; }
  fixtures::Timeline Launch(fixtures::LaunchContext& /*launch*/) override {
    return fixtures::Timeline(fixtures::Clock::now());
  }

  std::vector<MachineCount> machines_{{}};
  std::vector<CreationCount> creations_;
  bool exclusive_ = false;
};

double Minute(const std::string& type, double gib, bool public_address = true) {
  return *fixtures::LaunchUsd(type, "us-west-2", fixtures::kMinimumBilled, gib, public_address);
}

TEST(SpendPlan, EveryStartIsBilledAndWhatMayBeThereIsNotCertain) {
  LaunchOptions options;
  Declared stopped("Stopped");
  stopped.machines_ = {{.starts = 2, .volume_gib = 20}};
  Declared baked("Baked");
  baked.machines_ = {{.once = 2, .each_launch = 1, .at_most = true}};
  const SpendPlan plan = PlanOf({&stopped, &baked}, 3, options);
  EXPECT_EQ(plan.launches, 6);
  EXPECT_EQ(plan.machines, 3 + 5);
  ASSERT_EQ(plan.techniques.size(), 2u);
  EXPECT_EQ(plan.techniques[1].least_machines, 3);
  EXPECT_EQ(plan.techniques[1].most_machines(), 5);
  EXPECT_NEAR(*plan.least_usd, 6 * Minute("m7i.large", 20) + 3 * Minute("m7i.large", 8), 1e-9);
  const double lifetime_minutes = 30;
  EXPECT_NEAR(*plan.most_usd,
              lifetime_minutes * (6 * Minute("m7i.large", 20) + 5 * Minute("m7i.large", 8)), 1e-9);
}

TEST(SpendPlan, OnlyAPublicAddressIsPaidFor) {
  LaunchOptions options;
  Declared cold("Cold");
  for (const auto family :
       {LaunchOptions::AddressFamily::kPrivate, LaunchOptions::AddressFamily::kIpv6}) {
    options.address = family;
    EXPECT_NEAR(*PlanOf({&cold}, 2, options).least_usd, 2 * Minute("m7i.large", 8, false), 1e-12);
  }
  EXPECT_LT(Minute("m7i.large", 8, false), Minute("m7i.large", 8, true));
}

TEST(SpendPlan, AtOnceAreThePoolsAndTheLargestLaunchesInFlight) {
  LaunchOptions options;
  options.concurrency = 3;
  Declared small("Small");
  Declared burst("Burst");
  burst.machines_ = {{.each_launch = 4}};
  Declared pool("Pool");
  pool.exclusive_ = true;
  pool.machines_ = {{.once = 2, .each_launch = 1}};
  // Two bursts of 4, one small launch, and the pool of 2.
  EXPECT_EQ(RegionsOf({&small, &burst, &pool}, 2, options).at(0).at_once.at("instance"), 11);
  // Exclusive launches come after the others, while the pool exists.
  EXPECT_EQ(RegionsOf({&pool}, 2, options).at(0).at_once.at("instance"), 3);
  // Not more launches than there are.
  EXPECT_EQ(RegionsOf({&small}, 2, options).at(0).at_once.at("instance"), 2);
}

TEST(SpendPlan, CreationsAreCountedByKindAndReusedOnesByLaunchesInFlight) {
  LaunchOptions options;
  options.concurrency = 2;
  Declared fleet("Fleet");
  fleet.creations_ = {{.kind = "VPC", .each_launch = 1}, {.kind = "image", .once = 1}};
  Declared attached("Attached");
  attached.creations_ = {{.kind = "interface", .each_launch = 1, .reused = true}};
  const auto regions = RegionsOf({&fleet, &attached}, 5, options);
  ASSERT_EQ(regions.size(), 1u);
  const auto& plan = regions[0];
  EXPECT_EQ(plan.creations.at("VPC"), 5);
  EXPECT_EQ(plan.at_once.at("VPC"), 2);
  EXPECT_EQ(plan.creations.at("image"), 1);
  EXPECT_EQ(plan.creations.at("interface"), 2);
  EXPECT_EQ(plan.at_once.at("interface"), 2);
  EXPECT_EQ(plan.shared.at("key pair"), 1);
  EXPECT_EQ(plan.shared.at("security group"), 1);
  options.security_group_id = "sg-1";
  EXPECT_FALSE(RegionsOf({&fleet}, 5, options).at(0).shared.contains("security group"));
}

TEST(SpendPlan, MachinesAreWeighedByTypeAndMarket) {
  LaunchOptions options;
  Declared fleet("Fleet");
  fleet.machines_ = {{.each_launch = 1, .instance_type = "c5.xlarge"},
                     {.each_launch = 2, .instance_type = "m7i.large", .spot = true}};
  const double spot = MostAtOnce({&fleet}, "us-west-2", 1, options,
                                 [](const auto& machines) { return machines.spot ? 2 : 0; });
  EXPECT_EQ(spot, 4);
  EXPECT_EQ(MostAtOnce({&fleet}, "eu-west-1", 1, options, [](const auto&) { return 1; }), 0);
}

}  // namespace
}  // namespace suites
