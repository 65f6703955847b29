// Several regions in one run.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class RegionsTest : public LaunchProgramTest {};

// Each region has the whole --cleanup_timeout. If the regions were cleaned one after another, the
// third would begin after the timeout.
TEST_F(RegionsTest, AreCleanedUpSideBySide) {
  const test_support::LocalCloud cloud(
      Program("localcloud"),
      {"--time_scale=0.02", "--rtt=0ms",
       "--faults=" + WriteFile("faults.json",
                               R"([{"fault": "slow", "action": "DescribeInternetGateways",
                                    "ms": 4000}])")});
  auto run = StartAt(cloud, {"--benchmark_filter=^Region/", "--benchmark_repetitions=1",
                             "--region=us-west-2,us-east-1,us-east-2", "--cleanup_timeout=8s"});
  EXPECT_EQ(run->Wait(), 0) << run->errors();
  EXPECT_THAT(run->errors(), Not(HasSubstr("not removed")));
  EXPECT_THAT(cloud.Held(), IsEmpty());
}

}  // namespace
}  // namespace suites
