#include "localcloud/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace localcloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> CodesOf(FaultPlan* plan, const std::string& action, int calls) {
  std::vector<std::string> codes;
  for (int i = 0; i < calls; ++i) {
    const auto error = plan->NextCall(action);
    codes.push_back(error ? error->code() : "-");
  }
  return codes;
}

TEST(FaultPlan, SkipsThenFailsSoManyTimes) {
  FaultPlan plan = FaultPlan::Parse(
      R"([{"action": "RunInstances", "error": "InsufficientInstanceCapacity", "http_status": 500,
           "skip": 1, "times": 2}])",
      "test");
  EXPECT_THAT(CodesOf(&plan, "DescribeInstances", 2), ElementsAre("-", "-"));
  EXPECT_THAT(CodesOf(&plan, "RunInstances", 4), ElementsAre("-", "InsufficientInstanceCapacity",
                                                             "InsufficientInstanceCapacity", "-"));
}

TEST(FaultPlan, WithoutTimesItNeverEnds) {
  FaultPlan plan = FaultPlan::Parse(
      R"([{"action": "RunInstances", "error": "UnauthorizedOperation", "http_status": 403}])", "t");
  for (int i = 0; i < 100; ++i) {
    const auto error = plan.NextCall("RunInstances");
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->http_status(), 403);
  }
}

TEST(FaultPlan, EachEntryCountsAllCalls) {
  FaultPlan plan = FaultPlan::Parse(
      R"([{"action": "A", "error": "First", "times": 1}, {"action": "A", "error": "Third", "skip": 2}])",
      "test");
  EXPECT_THAT(CodesOf(&plan, "A", 4), ElementsAre("First", "-", "Third", "Third"));
}

std::string Failure(const std::string& text) {
  try {
    FaultPlan::Parse(text, "f.json");
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "none";
}

TEST(FaultPlan, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(Failure("{"), HasSubstr("faults f.json: parse error at line 1"));
  EXPECT_THAT(Failure("{}"), HasSubstr("must be a list"));
  EXPECT_THAT(Failure("[1]"), HasSubstr("entry 0: must be an object"));
  EXPECT_THAT(Failure(R"([{"action": "A"}])"), HasSubstr("entry 0: \"error\" is missing"));
  EXPECT_THAT(Failure(R"([{"action": "A", "error": "E", "typo": 1}])"), HasSubstr("\"typo\""));
  EXPECT_THAT(Failure(R"([{"action": "A", "error": "E", "times": 0}])"), HasSubstr("\"times\""));
  EXPECT_THAT(Failure(R"([{"action": "A", "error": "E", "http_status": 200}])"),
              HasSubstr("\"http_status\" must be between 400 and 599"));
  EXPECT_THROW(FaultPlan::Load("/nonexistent/faults.json"), std::runtime_error);
}

}  // namespace
}  // namespace localcloud
