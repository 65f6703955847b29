#include "suites/run/host_capacity.h"

#include <gmock/gmock.h>

#include <string>

#include "suites/run/run_context.h"

namespace suites {
namespace {

using fixtures::LaunchFixture;
using testing::HasSubstr;
using testing::IsEmpty;

// Only the declarations of a technique matter here.
class Starting : public LaunchFixture {
 public:
  Starting(const std::string& name, int machines) : LaunchFixture(name), machines_(machines) {}
  std::vector<MachineCount> machines() const override { return {{.each_launch = machines_}}; }
  bool exclusive() const override { return exclusive_; }
  std::string region() const override { return region_; }
  fixtures::Timeline Launch(fixtures::LaunchContext& /*launch*/) override {
    return fixtures::Timeline(fixtures::Clock::now());
  }

  int machines_;
  bool exclusive_ = false;
  std::string region_;
};

class HostCapacityTest : public testing::Test {
 protected:
  HostCapacityTest() {
    line_.repetitions = 10;
    target_.machines.emplace();
    target_.machines->accelerator = "kvm";
    target_.machines->qemu_version = "7.2.22";
    target_.machines->types = {{"m7i.large", {2, 2048, 6, 3}}, {"t3.nano", {1, 256, 40, 8}}};
  }

  // Returns what is printed.
  std::string Fit(const std::vector<LaunchFixture*>& fixtures) {
    testing::internal::CaptureStderr();
    try {
      FitToHost(line_, fixtures, &target_);
    } catch (const UsageError& error) {
      return testing::internal::GetCapturedStderr() + "refused: " + error.what();
    }
    return testing::internal::GetCapturedStderr();
  }

  CommandLine line_;
  Target target_;
  Starting cold_{"Cold", 1};
  Starting burst_{"Burst/4", 4};
};

TEST_F(HostCapacityTest, AsManyLaunchesAreInFlightAsHaveCoresOfTheirOwn) {
  EXPECT_THAT(Fit({&cold_}), IsEmpty());
  EXPECT_EQ(target_.options.concurrency, 3);
  EXPECT_EQ(target_.machines->types.size(), 1U) << "the types that are not launched do not matter";
  const auto context = DescribeRun(target_, "lb-1");
  EXPECT_EQ(context.at("virtual_machines"), "qemu");
  EXPECT_EQ(context.at("modelled"), "false");
  EXPECT_EQ(context.at("accelerator"), "kvm");
  EXPECT_EQ(context.at("guests"), "m7i.large with 2 CPUs and 2048 MiB");
  EXPECT_EQ(context.at("concurrency"), "3");
  EXPECT_THAT(context.at("note"), HasSubstr("not comparable with AWS's times: QEMU 7.2.22 (KVM)"));
  EXPECT_FALSE(context.contains("profile"));
  EXPECT_EQ(MarkOf(target_), "LOCAL QEMU, KVM");
}

TEST_F(HostCapacityTest, MachinesThatShareCoresAreAnnounced) {
  line_.concurrency_given = true;
  target_.options.concurrency = 5;
  EXPECT_EQ(Fit({&cold_}),
            "launch_bench: up to 5 machines start at a time, and this host has spare CPU cores for "
            "3 of type m7i.large: they share cores with each other or with launch_bench, and their "
            "times include that\n");
  EXPECT_EQ(target_.options.concurrency, 5);
  burst_.exclusive_ = true;
  target_.options.concurrency = 1;
  EXPECT_THAT(Fit({&burst_}), HasSubstr("up to 4 machines start at a time"));
}

TEST_F(HostCapacityTest, MoreThanFitAreRefused) {
  line_.concurrency_given = true;
  target_.options.concurrency = 7;
  EXPECT_EQ(Fit({&cold_}),
            "refused: --concurrency=7 starts up to 7 machines at a time, and this host has room "
            "for 6 virtual machine(s) of type m7i.large; lower it, or measure less with "
            "--benchmark_filter");
  line_.repetitions = 2;  // so there are never seven
  EXPECT_THAT(Fit({&cold_}), IsEmpty());
  Starting large("Burst/8", 8);
  EXPECT_THAT(Fit({&large}), HasSubstr("refused: Burst/8 starts 8 machines at a time"));
}

TEST_F(HostCapacityTest, ATypeForWhichThereIsNoRoomIsRefused) {
  target_.machines->types.at("m7i.large").at_once = 0;
  EXPECT_THAT(Fit({&cold_}), HasSubstr("refused: "));
  EXPECT_THAT(Fit({&cold_}), HasSubstr("room for 0 virtual machine(s)"));
}

TEST_F(HostCapacityTest, RegionsShareTheHost) {
  Starting elsewhere("Region/eu-west-1", 1);
  elsewhere.region_ = "eu-west-1";
  EXPECT_THAT(Fit({&cold_, &elsewhere}), IsEmpty());
  EXPECT_EQ(target_.options.concurrency, 1) << "in each of two regions";
}

TEST_F(HostCapacityTest, OnlyEmulatedMachinesGetMoreTime) {
  const auto usual = target_.options.launch_timeout;
  Fit({&cold_});
  EXPECT_EQ(target_.options.launch_timeout, usual);
  target_.machines->accelerator = "tcg";
  Fit({&cold_});
  EXPECT_EQ(target_.options.launch_timeout, std::chrono::minutes(15));
  EXPECT_EQ(MarkOf(target_), "LOCAL QEMU, TCG");
  target_.options.max_lifetime = std::chrono::minutes(10);
  Fit({&cold_});
  EXPECT_EQ(target_.options.launch_timeout, std::chrono::minutes(10));
  line_.launch_timeout_given = true;
  target_.options.launch_timeout = usual;
  Fit({&cold_});
  EXPECT_EQ(target_.options.launch_timeout, usual);
}

TEST_F(HostCapacityTest, OtherTargetsStayAsTheyAre) {
  target_.machines.reset();
  target_.options.concurrency = 100;
  EXPECT_THAT(Fit({&cold_}), IsEmpty());
  EXPECT_EQ(target_.options.concurrency, 100);
  EXPECT_EQ(MarkOf(target_), "");
}

}  // namespace
}  // namespace suites
