// The default profile's request rates and lags, as a run meets them.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;

using MeteringTest = LaunchProgramTest;

// More machines than RunInstances has tokens, in launches, pools and bursts, beside machines that
// are stopped before they are timed.
TEST_F(MeteringTest, NoTimedCallIsRefusedForItsRate) {
  const LocalCloud cloud(Program("localcloud"), {"--time_scale=0.5", "--rtt=1ms"});
  auto run = StartAt(cloud, {"--benchmark_repetitions=2", "--concurrency=8",
                             "--benchmark_filter=^(Cold|Burst/4|StartStopped|WarmPool/.*)/iter"});
  ASSERT_EQ(run->Wait(), 0) << run->errors();
  double waited = 0;
  int samples = 0;
  for (const json& line : Lines()) {
    EXPECT_EQ(line.at("counters").at("throttled_calls"), 0) << line;
    EXPECT_EQ(line.at("counters").at("retries"), 0) << line;
    waited += line.at("counters").at("prepare_wait_ms").get<double>();
    ++samples;
  }
  EXPECT_EQ(samples, 12);
  EXPECT_GT(waited, 0) << "what the rates imposed is said";
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

}  // namespace
}  // namespace suites
