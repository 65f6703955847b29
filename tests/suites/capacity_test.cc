// EC2 has no capacity, for a while or permanently, when a pool is made or an image is baked.
#include <gmock/gmock.h>

#include "tests/suites/launch_program.h"

namespace suites {
namespace {

using nlohmann::json;
using test_support::LocalCloud;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kNone[] =
    R"({"action": "RunInstances", "error": "InsufficientInstanceCapacity", "http_status": 500,
        "message": "We currently do not have sufficient capacity.")";

class CapacityTest : public LaunchProgramTest {
 protected:
  std::unique_ptr<LocalCloud> CloudWith(const std::string& fault) const {
    return std::make_unique<LocalCloud>(
        Program("localcloud"),
        std::vector<std::string>{"--time_scale=0.02", "--rtt=0ms",
                                 "--faults=" + WriteFile("faults.json", "[" + fault + "]")});
  }
};

// Techniques that launch machines before the clock starts.
class PreparedCapacityTest : public CapacityTest, public testing::WithParamInterface<const char*> {
 protected:
  static std::string Filter() {
    return "--benchmark_filter=^" + std::string(GetParam()) + "/iterations";
  }
};

TEST_P(PreparedCapacityTest, IsWaitedForWhereNoClockRuns) {
  const auto cloud = CloudWith(std::string(kNone) + R"(, "times": 2})");
  auto run = StartAt(*cloud, {Filter(), "--benchmark_repetitions=1"});
  ASSERT_EQ(run->Wait(), 0) << run->errors() << run->output();
  // Two calls were refused. The measured launch was requested only once.
  EXPECT_GE(CountCalls(json::parse(cloud->Truth()), "RunInstances"), 3);
  EXPECT_EQ(Repetitions(GetParam()).at(0).at("retries"), 0);
}

// The run must end within a bounded time, and name the error.
TEST_P(PreparedCapacityTest, IsGivenUpInOneLine) {
  const auto cloud = CloudWith(std::string(kNone) + "}");
  auto run = StartAt(*cloud, {Filter(), "--benchmark_repetitions=1", "--launch_timeout=3s"});
  EXPECT_EQ(run->Wait(), 1) << run->errors();
  const std::string failure = Repetitions(GetParam()).at(0).value("error_message", "");
  EXPECT_THAT(failure, HasSubstr("no capacity in "));
  EXPECT_THAT(failure, HasSubstr("InsufficientInstanceCapacity: We currently do not have"));
  EXPECT_THAT(failure, Not(HasSubstr("\n")));
  EXPECT_THAT(cloud->Held(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(OffTheClock, PreparedCapacityTest,
                         testing::Values("MinimalAmi", "WarmPool/Ssh", "StartStopped"),
                         [](const auto& technique) {
                           std::string name = technique.param;
                           std::erase(name, '/');
                           return name;
                         });

// A measured launch is not requested again: the missing capacity is its result.
TEST_F(CapacityTest, IsTheResultOfALaunch) {
  const auto cloud = CloudWith(std::string(kNone) + R"(, "times": 1})");
  auto run = StartAt(*cloud,
                     {"--benchmark_filter=^Cold/", "--benchmark_repetitions=2", "--concurrency=1"});
  EXPECT_EQ(run->Wait(), 1);
  EXPECT_EQ(CountCalls(json::parse(cloud->Truth()), "RunInstances"), 2);
}

}  // namespace
}  // namespace suites
