#include "compare/judge/verdict.h"

#include <gtest/gtest.h>

#include <limits>

namespace launch_compare {
namespace {

ShiftEstimate Interval(double lower, double upper) {
  return {(lower + upper) / 2, lower, upper, 0.96, true};
}

// For exact marks.
Verdict Exact(double lower, double upper, double margin) {
  return Decide(Interval(lower, upper), {lower, upper}, margin);
}

TEST(Decide, KnowsItsWords) {
  EXPECT_EQ(Exact(6, 9, 5), Verdict::kSlower);
  EXPECT_EQ(Exact(-9, -6, 5), Verdict::kFaster);
  EXPECT_EQ(Exact(-4, 5, 5), Verdict::kSame);
  EXPECT_EQ(Exact(-20, 20, 5), Verdict::kUndecided);
  EXPECT_EQ(Exact(-1, 9, 5), Verdict::kUndecided);
  EXPECT_EQ(Exact(0, 0, 0), Verdict::kSame);
}

TEST(Decide, CallsWhatIsCertainSo) {
  EXPECT_EQ(Exact(4, 9, 5), Verdict::kPerhapsSlower);
  EXPECT_EQ(Exact(5, 9, 5), Verdict::kPerhapsSlower) << "above the margin, not at it";
  EXPECT_EQ(Exact(-9, -4, 5), Verdict::kPerhapsFaster);
  EXPECT_EQ(Exact(0, 9, 5), Verdict::kUndecided) << "it may be nothing";
  EXPECT_EQ(Exact(1, 4, 5), Verdict::kSame) << "certain, and inside the margin";
}

// A phase of +33 % [+56, +118 ms] whose marks may lie 200 ms earlier must not be "same".
TEST(Decide, CallsWhatTheInstrumentsCannotTellUnresolved) {
  EXPECT_EQ(Decide(Interval(56, 118), {-144, 318}, 15), Verdict::kUnresolved);
  EXPECT_EQ(Decide(Interval(-4, 5), {-104, 105}, 15), Verdict::kUnresolved)
      << "the stamps agree, the events need not";
  EXPECT_EQ(Decide(Interval(56, 118), {40, 130}, 15), Verdict::kSlower);
  EXPECT_EQ(Decide(Interval(56, 118), {10, 318}, 15), Verdict::kPerhapsSlower);
  EXPECT_EQ(Decide(Interval(-20, 20), {-120, 120}, 15), Verdict::kUndecided)
      << "more launches would help first";
}

TEST(Decide, IsUndecidedWithoutConfidenceOrMargin) {
  ShiftEstimate few = Interval(6, 9);
  few.reaches_confidence = false;
  EXPECT_EQ(Decide(few, {6, 9}, 5), Verdict::kUndecided);
  EXPECT_EQ(Exact(6, 9, std::numeric_limits<double>::infinity()), Verdict::kUndecided);
  EXPECT_EQ(Exact(6, 9, std::numeric_limits<double>::quiet_NaN()), Verdict::kUndecided);
}

TEST(SmallestDetectable, IsTheMarginAndTheLongerArm) {
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.96, true}, {-2, 3}, 5), 8);
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.96, true}, {-9, 3}, 5), 15);
  EXPECT_EQ(SmallestDetectable({1, -2, 3, 0.5, false}, {-2, 3}, 5), std::nullopt);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(SmallestDetectable({1, -2, infinity, 0.96, true}, {-2, infinity}, 5), std::nullopt);
}

}  // namespace
}  // namespace launch_compare
