#include "suites/report/progress_text.h"

#include <gtest/gtest.h>

namespace suites {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ProgressState State() {
  ProgressState state;
  state.elapsed = seconds(83);
  state.finished = 12;
  state.failed = 1;
  state.total = 78;
  state.in_flight = 8;
  state.left = seconds(250);
  state.usd = 0.0341;
  return state;
}

TEST(ProgressTextTest, SaysHowFarARunIs) {
  EXPECT_EQ(DescribeProgress(State(), 79),
            "1:23  12 of 78 launches, 1 failed, about 4 min left, 0.034 USD, 8 in flight");
}

TEST(ProgressTextTest, NamesWhatIsBeingPrepared) {
  ProgressState state;
  state.total = 9;
  state.preparing = {"MinimalAmi", "WarmPool/Ssh"};
  EXPECT_EQ(DescribeProgress(state, 79),
            "0:00  0 of 9 launches, preparing MinimalAmi, WarmPool/Ssh, 0 in flight");
  state.preparing = {"A", "B", "C", "D", "E"};
  EXPECT_EQ(DescribeProgress(state, 60), "0:00  0 of 9 launches, preparing A, B and 3 more");
  state.preparing = {"WarmPool/InstanceConnect"};
  EXPECT_EQ(DescribeProgress(state, 50), "0:00  0 of 9 launches, preparing 1, 0 in flight");
}

TEST(ProgressTextTest, FitsAnyWidth) {
  for (std::size_t width = 0; width < 100; ++width) {
    const std::string text = DescribeProgress(State(), width);
    EXPECT_LE(text.size(), std::max<std::size_t>(width, 4)) << text;
    EXPECT_TRUE(text.starts_with("1:23"));
  }
  EXPECT_EQ(DescribeProgress(State(), 39), "1:23  12 of 78 launches, 1 failed");
}

TEST(ProgressTextTest, TheRestGoesOnAsItDid) {
  // Four at a time, one second each: eight took two seconds, and so will the other eight.
  EXPECT_EQ(EstimateLeft({{.finished = 8, .left = 8, .mean_ms = 1000}}, 4, milliseconds(2000)),
            seconds(2));
  // Launches that are measured alone take four times as long as four at a time.
  EXPECT_EQ(EstimateLeft({{.finished = 8, .left = 0, .mean_ms = 1000},
                          {.finished = 2, .left = 8, .mean_ms = 1000, .exclusive = true}},
                         4, milliseconds(4000)),
            seconds(8));
  // A technique without a finished launch is assumed to be like the others.
  EXPECT_EQ(EstimateLeft({{.finished = 8, .left = 0, .mean_ms = 1000},
                          {.finished = 0, .left = 8, .mean_ms = 0, .exclusive = true}},
                         4, milliseconds(2000)),
            seconds(2));
  EXPECT_EQ(EstimateLeft({{.finished = 0, .left = 8}}, 4, milliseconds(2000)), std::nullopt);
  EXPECT_EQ(EstimateLeft({{.finished = 1, .left = 8}}, 4, milliseconds(2000)), std::nullopt)
      << "it failed";
}

}  // namespace
}  // namespace suites
