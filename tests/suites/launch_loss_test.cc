// A machine that ends after EC2 called it running, before its SSH is ready. EC2 knows the reason.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LaunchLossTest : public LaunchProgramTest, public testing::WithParamInterface<const char*> {};

// The launch must fail long before its timeout, at which the failure would be `not ready`.
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

// A measured machine, one of a pool, one for baking, and one whose address is known before it is
// launched.
INSTANTIATE_TEST_SUITE_P(AfterRunning, LaunchLossTest,
                         testing::Values("Cold", "WarmPool/Ssh", "RebakedAmi", "PreEni"),
                         [](const auto& technique) {
                           std::string name = technique.param;
                           std::erase(name, '/');
                           return name;
                         });

}  // namespace
}  // namespace suites
