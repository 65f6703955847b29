#include "compare/judge/savings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "compare/judge/summary.h"
#include "compare/render/renderer.h"
#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kOfTheBaseline[] = R"({"baseline":"Fleet/Baseline"})";

// Ten repetitions that scatter by seconds, as fleets do.
const std::vector<double> kTotals{32'000, 28'000, 35'000, 30'000, 26'000,
                                  38'000, 31'000, 33'000, 27'000, 29'000};

std::vector<double> Plus(std::vector<double> values, double change, double step = 0) {
  for (double& value : values) value += change += step;
  return values;
}

Sample Fleet(const std::string& name, const std::vector<double>& totals,
             const std::vector<double>& repetitions, const std::string& label = kOfTheBaseline) {
  return {"Fleet/" + name, {{"real_time", totals}, {"repetition", repetitions}}, 0, label};
}

std::vector<Saving> SavingsOf(const std::vector<Sample>& samples) {
  return Summarise(SampleRun(samples), NameFilter(), Margin{0.01, 0}, 0.05).savings;
}

// The unpaired comparison cannot tell: one second is far below the scatter.
TEST(Savings, PairsShowWhatScatterHides) {
  const auto savings = SavingsOf({Fleet("Baseline", kTotals, Ramp(0, 10)),
                                  Fleet("Faster", Plus(kTotals, -1000, 3), Ramp(0, 10)),
                                  Fleet("Same", Plus(kTotals, -10, 2), Ramp(0, 10))});
  ASSERT_THAT(savings, SizeIs(2));
  EXPECT_EQ(savings[0].variant, "Fleet/Faster");
  EXPECT_EQ(savings[0].baseline, "Fleet/Baseline");
  EXPECT_EQ(savings[0].pairs, 10U);
  EXPECT_EQ(savings[0].verdict, Verdict::kFaster);
  EXPECT_NEAR(savings[0].shift.shift, -983.5, 1e-6);
  EXPECT_LT(savings[0].shift.upper, -970);
  EXPECT_EQ(savings[1].verdict, Verdict::kSame);
  EXPECT_TRUE(std::isnan(savings[1].replayed));
}

// A file lists launches in the order in which they ended.
TEST(Savings, GoByTheNumberAndNotByTheOrder) {
  std::vector<double> reversed = Plus(kTotals, -1000);
  std::reverse(reversed.begin(), reversed.end());
  std::vector<double> numbers = Ramp(0, 10);
  std::reverse(numbers.begin(), numbers.end());
  const auto savings =
      SavingsOf({Fleet("Baseline", kTotals, Ramp(0, 10)), Fleet("Faster", reversed, numbers)});
  ASSERT_THAT(savings, SizeIs(1));
  EXPECT_NEAR(savings[0].shift.lower, -1000, 1e-6);
  EXPECT_NEAR(savings[0].shift.upper, -1000, 1e-6);
}

TEST(Savings, WhatOneSideLacksIsInNoPair) {
  Sample baseline = Fleet("Baseline", {1000, 2000, 3000}, {0, 2, 3});
  baseline.failures = 2;
  const auto savings = SavingsOf({baseline, Fleet("Faster", {900, 1900}, {2, 1})});
  ASSERT_THAT(savings, SizeIs(1));
  EXPECT_EQ(savings[0].pairs, 1U);
  EXPECT_EQ(savings[0].shift.shift, -1100);
  EXPECT_EQ(savings[0].verdict, Verdict::kUndecided);
}

// An end that polling found up to 600 ms late may lie anywhere before that.
TEST(Savings, TheErrorBoundsOfBothSidesCount) {
  const std::string label = R"({"baseline":"Fleet/Baseline","phases":["base"]})";
  Sample baseline = Fleet("Baseline", kTotals, Ramp(0, 10), label);
  Sample faster = Fleet("Faster", Plus(kTotals, -500, 3), Ramp(0, 10), label);
  for (Sample* one : {&baseline, &faster}) {
    one->values["base_ms"] = one->values["real_time"];
    one->values["total_resolution_ms"] = std::vector<double>(10, 100);
  }
  EXPECT_EQ(SavingsOf({baseline, faster})[0].verdict, Verdict::kFaster);
  baseline.values["total_resolution_ms"] = std::vector<double>(10, 600);
  EXPECT_EQ(SavingsOf({baseline, faster})[0].verdict, Verdict::kUnresolved);
}

TEST(Savings, AReplayStandsBesideTheMeasurementAndAlone) {
  Sample baseline = Fleet("Baseline", kTotals, Ramp(0, 10));
  baseline.values["replayed_Faster_ms"] = Plus(kTotals, -900);
  baseline.values["replayed_Pulled_ms"] = Plus(kTotals, -5000);
  baseline.values["replayed_NeverRun_ms"] = Plus(kTotals, -7);
  const auto run =
      SampleRun({baseline, Fleet("Faster", Plus(kTotals, -1000), Ramp(0, 10)),
                 Fleet("Pulled", Plus(kTotals, -2000), Ramp(0, 10),
                       R"({"baseline":"Fleet/Baseline","replay_assumes":"image takes no time"})")});
  const Summary summary = Summarise(run, NameFilter(), Margin{0.01, 0}, 0.05);
  const auto rows = SavingRows(summary, true);
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_THAT(rows[1], ElementsAre("Fleet/Faster", "Fleet/Baseline", "10", "-1 s", "[-1 s, -1 s]",
                                   "95.1%", "faster", "-900 ms"));
  EXPECT_EQ(rows[2].back(), "-5 s*");
  EXPECT_THAT(rows[3], ElementsAre("Fleet/NeverRun", "Fleet/Baseline", "0", "-", "-", "-",
                                   "not measured", "-7 ms"));
  const auto narrow = SavingRows(summary, false);
  ASSERT_THAT(narrow, SizeIs(4));
  EXPECT_THAT(narrow[0], ElementsAre("variant", "change", "interval", "verdict", "replayed"));
  EXPECT_THAT(narrow[1], ElementsAre("Faster", "-1 s", "[-1 s, -1 s]", "faster", "-900 ms"));
  EXPECT_THAT(narrow[3], ElementsAre("NeverRun", "-", "-", "-", "-7 ms"));
  EXPECT_THAT(ReplayLines(summary), ElementsAre("Fleet/Pulled: image takes no time"));
  for (const char* format : {"terminal", "markdown", "json"})
    EXPECT_THAT(FindRenderer(format)->Render({summary}, Screen()), HasSubstr("image takes no time"))
        << format;
}

TEST(Savings, OfRunsWithoutABaselineThereAreNone) {
  EXPECT_THAT(SavingsOf({{"Cold", {{"real_time", {1, 2}}, {"repetition", {0, 1}}}}}), IsEmpty());
  EXPECT_THAT(SavingsOf({Fleet("Spot", kTotals, Ramp(0, 10))}), IsEmpty());
}

}  // namespace
}  // namespace launch_compare
