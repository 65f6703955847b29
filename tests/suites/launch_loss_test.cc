// A machine that ends after EC2 called it running, while its SSH is waited for: EC2 knows why.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LaunchLossTest : public LaunchProgramTest, public testing::WithParamInterface<const char*> {};

// Long before the launch's time is up: `not ready` is what it would say then.
TEST_P(LaunchLossTest, IsNamedByItsReason) {
  // Running after some 0.15 s, and not ready for ten minutes.
  const test_support::LocalCloud cloud(
      Program("localcloud"),
      {"--time_scale=0.02", "--rtt=0ms",
       "--faults=" + WriteFile("faults.json",
                               R"([{"fault": "sshd_rejects_key", "ms": 600000},
                                   {"fault": "shutting_down", "ms": 1500}])")});
  auto run = StartAt(cloud, {"--benchmark_filter=^" + std::string(GetParam()) + "/iterations",
                             "--benchmark_repetitions=1", "--launch_timeout=120s"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  EXPECT_THAT(Repetitions(GetParam()).at(0).value("error_message", ""),
              AllOf(HasSubstr("Server.InternalError"), HasSubstr(" is ")));
  EXPECT_THAT(cloud.Held(), testing::IsEmpty());
}

// Measured; kept in a pool; baked; with an address that is known before the machine.
INSTANTIATE_TEST_SUITE_P(AfterRunning, LaunchLossTest,
                         testing::Values("Cold", "WarmPool/Ssh", "RebakedAmi", "PreEni"),
                         [](const auto& technique) {
                           std::string name = technique.param;
                           std::erase(name, '/');
                           return name;
                         });

}  // namespace
}  // namespace suites
