#include "localcloud/model/request_limits.h"

#include <gtest/gtest.h>

namespace localcloud {
namespace {

using std::chrono::milliseconds;
using TestClock = TokenBucket::Clock;

class RequestLimitsTest : public ::testing::Test {
 protected:
  // Returns how many of `calls` simultaneous calls are admitted.
  int Admitted(const std::string& action, int calls, const std::string& form = "Filter.1.Name=x",
               const std::string& region = "us-west-2") {
    int admitted = 0;
    for (int i = 0; i < calls; ++i) {
      if (limits_.Admit(region, action, QueryParameters::Parse(form), rates_, now_)) ++admitted;
    }
    return admitted;
  }

  const RequestRates rates_ = LatencyProfile::Load("ec2").ForRegion("us-west-2").request_rates;
  RequestLimits limits_{1};
  TestClock::time_point now_ = TestClock::now();
};

TEST_F(RequestLimitsTest, AreThoseThatEc2Documents) {
  EXPECT_EQ(Admitted("RunInstances", 200), 5);
  EXPECT_EQ(Admitted("StartInstances", 200), 5);
  EXPECT_EQ(Admitted("CreateTags", 200), 50);
  EXPECT_EQ(Admitted("DescribeInstances", 200), 100);
  EXPECT_EQ(Admitted("DescribeVpcs", 200, ""), 50) << "neither filter nor pages";
  EXPECT_EQ(Admitted("DescribeSubnets", 200, "MaxResults=5"), 100);
  now_ += milliseconds(1000);
  EXPECT_EQ(Admitted("RunInstances", 200), 2);
  EXPECT_EQ(Admitted("CreateTags", 200), 5);
  EXPECT_EQ(Admitted("DescribeInstances", 200), 20);
  EXPECT_EQ(Admitted("DescribeVpcs", 200, ""), 10);
}

TEST_F(RequestLimitsTest, AreOfARegionAndOfAnAction) {
  EXPECT_EQ(Admitted("RunInstances", 10), 5);
  EXPECT_EQ(Admitted("RunInstances", 10, "", "eu-west-1"), 5);
  EXPECT_EQ(Admitted("CreateTags", 60), 50);
  EXPECT_EQ(Admitted("DeleteTags", 60), 50);
}

// If a second takes 50 ms, buckets refill 20 times as fast. If nothing takes time, they refill at
// once.
TEST_F(RequestLimitsTest, RefillInModelledTime) {
  RequestLimits quick(0.05);
  const QueryParameters none = QueryParameters::Parse("");
  const auto admitted = [&](RequestLimits* limits) {
    int count = 0;
    while (count < 100 && limits->Admit("r", "RunInstances", none, rates_, now_)) ++count;
    return count;
  };
  EXPECT_EQ(admitted(&quick), 5);
  now_ += milliseconds(50);
  EXPECT_EQ(admitted(&quick), 2);
  RequestLimits timeless(0);
  EXPECT_EQ(admitted(&timeless), 100);
}

TEST_F(RequestLimitsTest, CanBeSwitchedOff) {
  EXPECT_TRUE(LatencyProfile::Load("prompt").ForRegion("us-west-2").request_rates.empty());
}

}  // namespace
}  // namespace localcloud
