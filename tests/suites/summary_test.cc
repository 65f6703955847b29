#include "suites/summary.h"

#include <gmock/gmock.h>

#include <sstream>

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::Sample;
using fixtures::Timeline;
using testing::HasSubstr;
using testing::Not;

Sample Ok(const std::string& name, int total_ms, int resolution_ms) {
  Sample sample;
  sample.benchmark = name;
  sample.ok = true;
  const Clock::time_point start{};
  sample.timeline = Timeline(start);
  sample.timeline->EndPhase("api", {start + std::chrono::milliseconds(100), {}});
  sample.timeline->EndPolledPhase("boot", {start + std::chrono::milliseconds(total_ms),
                                           std::chrono::milliseconds(resolution_ms)});
  return sample;
}

std::string Print(const std::vector<Sample>& samples) {
  std::ostringstream out;
  PrintSummary(out, samples);
  return out.str();
}

TEST(SummaryTest, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(Describe({3, 1, 2}).median, 2);
  EXPECT_EQ(Describe({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(Describe({5}).count, 1);
}

TEST(SummaryTest, AResolutionStandsBesideWhatWasPolledAndIsTheWorst) {
  const std::string text =
      Print({Ok("Cold", 1000, 20), Ok("Cold", 1200, 55), Ok("Cold", 1100, 30)});
  EXPECT_THAT(text, testing::ContainsRegex("total +1100.0 +1000.0 +1200.0 +3"));
  EXPECT_THAT(text, testing::ContainsRegex("boot +1000.0 +900.0 +1100.0 +55.0 +3"));
  EXPECT_THAT(text, testing::ContainsRegex("api +100.0 +100.0 +100.0 +3"));
}

TEST(SummaryTest, FailuresAreCountedBesideTheName) {
  Sample failed;
  failed.benchmark = "Cold";
  EXPECT_THAT(Print({Ok("Cold", 1000, 0), failed}), HasSubstr("Cold  (1 failed)"));
  EXPECT_THAT(Print({failed}), HasSubstr("Cold  (1 failed)"));
}

TEST(SummaryTest, MachinesOfUnknownIdentityAreCountedBesideTheName) {
  Sample unverified = Ok("Cold", 1000, 0);
  unverified.notes["host"] = "unverified";
  EXPECT_THAT(Print({Ok("Cold", 1000, 0), unverified}), HasSubstr("Cold  (1 unverified)\n"));
  EXPECT_THAT(Print({Ok("Cold", 1000, 0)}), Not(HasSubstr("unverified")));
}

TEST(SummaryTest, PercentilesOnlyWhereSamplesSupportThem) {
  std::vector<Sample> samples;
  for (int i = 1; i <= 29; ++i) samples.push_back(Ok("Cold", 100 * i, 0));
  EXPECT_THAT(Print(samples), Not(HasSubstr("p90")));
  samples.push_back(Ok("Cold", 3000, 0));
  EXPECT_THAT(Print(samples), HasSubstr("p90 2700.0"));
  EXPECT_THAT(Print(samples), Not(HasSubstr("p99")));
}

}  // namespace
}  // namespace suites
