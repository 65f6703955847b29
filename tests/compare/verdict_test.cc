#include "compare/verdict.h"

#include <gtest/gtest.h>

#include <limits>

namespace launch_compare {
namespace {

ShiftEstimate Interval(double lower, double upper) {
  return {(lower + upper) / 2, lower, upper, 0.96, true};
}

TEST(Decide, KnowsFourWords) {
  EXPECT_EQ(Decide(Interval(6, 9), 5, 0), Verdict::kSlower);
  EXPECT_EQ(Decide(Interval(-9, -6), 5, 0), Verdict::kFaster);
  EXPECT_EQ(Decide(Interval(-4, 5), 5, 0), Verdict::kSame);
  EXPECT_EQ(Decide(Interval(4, 9), 5, 0), Verdict::kUndecided);
  EXPECT_EQ(Decide(Interval(-20, 20), 5, 0), Verdict::kUndecided);
  EXPECT_EQ(Decide(Interval(5, 9), 5, 0), Verdict::kUndecided) << "above the margin, not at it";
}

TEST(Decide, SpeaksOfNothingBelowTheResolution) {
  EXPECT_EQ(Decide(Interval(20, 40), 10, 100), Verdict::kSame);
  EXPECT_EQ(Decide(Interval(20, 400), 10, 100), Verdict::kSlower);
  EXPECT_EQ(Decide(Interval(0, 0), 0, 0), Verdict::kSame);
}

TEST(Decide, IsUndecidedWithoutConfidenceOrMargin) {
  ShiftEstimate few = Interval(6, 9);
  few.reaches_confidence = false;
  EXPECT_EQ(Decide(few, 5, 0), Verdict::kUndecided);
  EXPECT_EQ(Decide(Interval(6, 9), std::numeric_limits<double>::infinity(), 0),
            Verdict::kUndecided);
  EXPECT_EQ(Decide(Interval(6, 9), std::numeric_limits<double>::quiet_NaN(), 0),
            Verdict::kUndecided);
}

TEST(SmallestDetectable, IsTheMarginAndTheLongerArm) {
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.96, true}, 5, 0), 8);
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.96, true}, 5, 7), 10);
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.5, false}, 5, 0), std::nullopt);
  EXPECT_EQ(SmallestDetectable({1, -2, std::numeric_limits<double>::infinity(), 0.96, true}, 5, 0),
            std::nullopt);
}

}  // namespace
}  // namespace launch_compare
