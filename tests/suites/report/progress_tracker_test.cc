#include "suites/report/progress_tracker.h"

#include <gmock/gmock.h>

#include <chrono>

namespace suites {
namespace {

using testing::HasSubstr;
using testing::Not;

// No launch has ended, so all of the cost is that of preparations: pools, stopped machines, bakes.
TEST(ProgressTrackerTest, MachinesInPreparationCostMoneyToo) {
  const fixtures::LaunchSchedule schedule({}, 1, 1);
  fixtures::SpendGuard spend(
      {.max_instances = {}, .max_usd = {}, .max_lifetime = std::chrono::minutes(30)});
  spend.Reserve("pool", "m7i.large", "us-west-2", 10, 8, true);
  spend.Launched("pool", {"i-0", "i-1", "i-2", "i-3", "i-4", "i-5", "i-6", "i-7", "i-8", "i-9"});
  // Ten machines of some 0.1067 USD an hour, each billed for a minute.
  EXPECT_THAT(ProgressTracker(schedule, spend, {}, 1, 1).Text(79), HasSubstr("0.018 USD"));
}

TEST(ProgressTrackerTest, AnUnknownCostIsNotShown) {
  const fixtures::LaunchSchedule schedule({}, 1, 1);
  fixtures::SpendGuard spend(
      {.max_instances = {}, .max_usd = {}, .max_lifetime = std::chrono::minutes(30)});
  spend.Reserve("pool", "u-24tb1.metal", "us-west-2", 1, 8, true);
  spend.Launched("pool", {"i-0"});
  EXPECT_THAT(ProgressTracker(schedule, spend, {}, 1, 1).Text(79), Not(HasSubstr("USD")));
}

}  // namespace
}  // namespace suites
