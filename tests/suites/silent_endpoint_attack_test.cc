// A whole run whose endpoint stops answering while machines run.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "fixtures/timeline/timeline.h"
#include "tests/suites/launch_program.h"
#include "tests/support/wait_until.h"

namespace suites {
namespace {

using test_support::LocalCloud;
using testing::HasSubstr;

class SilentEndpointAttack : public LaunchProgramTest {};

TEST_F(SilentEndpointAttack, TheFirstInterruptEndsTheRun) {
  LocalCloud cloud(Program("localcloud"), {"--time_scale=0.02", "--rtt=0ms"});
  auto run = StartAt(cloud, {"--benchmark_filter=Cold", "--benchmark_repetitions=400",
                             "--concurrency=4", "--cleanup_timeout=2s"});
  test_support::WaitUntil("the first sample", [&] { return !Lines().empty(); });

  kill(cloud.pid(), SIGSTOP);
  const auto interrupted = fixtures::Clock::now();
  run->Signal(SIGINT);
  const int status = run->Wait();
  kill(cloud.pid(), SIGCONT);
  EXPECT_EQ(status, 130) << run->errors();
  // Five seconds for launches in flight, and two for the clean-up. A single call may take a minute.
  EXPECT_LT(fixtures::Clock::now() - interrupted, std::chrono::seconds(40));
  EXPECT_THAT(run->errors(), HasSubstr("--cleanup"));
}

}  // namespace
}  // namespace suites
