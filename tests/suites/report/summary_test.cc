#include "suites/report/summary.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "suites/report/technique_results.h"

namespace suites {
namespace {

using fixtures::Clock;
using fixtures::Sample;
using fixtures::Timeline;
using testing::ContainsRegex;
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

Sample Failed(const std::string& name, const std::string& why) {
  Sample sample;
  sample.benchmark = name;
  sample.failure = why;
  return sample;
}

std::string Print(const std::vector<Sample>& samples, SummaryOptions options = {},
                  const ConsoleStyle& style = {}) {
  options.repetitions = static_cast<int>(samples.size());
  std::ostringstream out;
  PrintSummary(out, samples, options, style);
  return out.str();
}

std::size_t WidestLine(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST(TechniqueResultsTest, MedianOfOddAndEvenCounts) {
  EXPECT_EQ(Describe({3, 1, 2}).median, 2);
  EXPECT_EQ(Describe({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(Describe({5}).count, 1);
}

TEST(SummaryTest, TheAnswerComesFirstAndTheFastestTechniqueFirstInIt) {
  std::vector<Sample> samples{Ok("Slow", 3000, 0), Ok("Fast", 1000, 0), Failed("None", "no luck")};
  samples[0].counters = {{"usd", 0.00181}, {"usd_idle_per_hour", 0.1}};
  const std::string text = Print(samples);
  EXPECT_TRUE(text.starts_with("Results ")) << text;
  EXPECT_THAT(text, ContainsRegex("Fast +1000.0 +- +- +- +1\n"
                                  "Slow +3000.0 +- +0.00181 +73.00 +1\n"
                                  "None +- +- +- +- +0 of 1\n"));
  EXPECT_LT(text.find("Results"), text.find("Phases"));
  EXPECT_LT(text.find("Phases"), text.find("None, launch 1 failed: no luck"));
}

// They are no parts of the launch's phases: the kernel may start before "running".
TEST(SummaryTest, GuestPhasesHaveTheirOwnHeading) {
  std::vector<Sample> samples{Ok("Cold", 1000, 0), Ok("Cold", 1200, 0), Ok("WarmPool", 10, 0)};
  samples[0].counters = {{"boot_to_ssh_ms", 900.0}};
  samples[1].counters = {{"boot_to_ssh_ms", 1100.0},
                         {"guest_userspace_ms", 500.0},
                         {"guest_kernel_ms", 200.0},
                         {"guest_kernel_resolution_ms", 0.4},
                         {"guest_cloud_init_ms", 300.0}};
  for (const std::string& text :
       {Print(samples), Print(samples, {.verbose = true}, {.width = 200})}) {
    EXPECT_THAT(text, ContainsRegex("\n  guest\n"
                                    "    guest_kernel +200.0 +200.0 +200.0 +0.4 +1.*"
                                    "\n    guest_userspace +500.0.*"
                                    "\n      guest_cloud_init +300.0"));
    EXPECT_THAT(text, Not(HasSubstr("guest_initrd")));
    EXPECT_THAT(text, Not(HasSubstr("boot_to_ssh")));
  }
  EXPECT_THAT(Print({Ok("WarmPool", 10, 0)}), Not(HasSubstr("guest")));
}

TEST(SummaryTest, ARunThatIsNotOfACloudIsMarkedInTheTable) {
  for (const std::string mark : {"MODELLED", "LOCAL QEMU, TCG"}) {
    EXPECT_THAT(Print({Ok("Cold", 1000, 0)}, {.mark = mark}),
                testing::ContainsRegex("Results \\(" + mark + "\\) +median"));
  }
  EXPECT_THAT(Print({Ok("Cold", 1000, 0)}), HasSubstr("Results  "));
}

TEST(SummaryTest, AResolutionStandsBesideWhatWasPolledAndIsTheWorst) {
  const std::string text =
      Print({Ok("Cold", 1000, 20), Ok("Cold", 1200, 55), Ok("Cold", 1100, 30)});
  EXPECT_THAT(text, ContainsRegex("total +1100.0 +1000.0 +1200.0 +55.0 +3"));
  EXPECT_THAT(text, ContainsRegex("boot +1000.0 +900.0 +1100.0 +55.0 +3"));
  EXPECT_THAT(text, ContainsRegex("api +100.0 +100.0 +100.0 +3"));
}

TEST(SummaryTest, FailuresAreCountedAndExplained) {
  const std::string text =
      Print({Failed("Cold", "running_to_tcp: UnauthorizedOperation: no"), Ok("Cold", 1000, 0)});
  EXPECT_THAT(text, ContainsRegex("Cold +1000.0 .* 1 of 2\n"));
  EXPECT_THAT(text, HasSubstr("Cold  (1 failed)"));
  EXPECT_THAT(text, HasSubstr("Cold, launch 2 failed: running_to_tcp: UnauthorizedOperation: no\n"
                              "  hint: these credentials may not do that"));
}

TEST(SummaryTest, FailuresForOneReasonAreOneLine) {
  std::vector<Sample> samples{Ok("Cold", 1000, 0)};
  for (const char* failure : {"no luck", "no luck", "no room", "no luck", "no luck"})
    samples.push_back(Failed("Cold", failure));
  const std::string text = Print(samples);
  EXPECT_THAT(text, HasSubstr("Cold, launches 2-3, 5-6 failed: no luck\n"
                              "Cold, launch 4 failed: no room\n"));
}

TEST(SummaryTest, MachinesOfUnknownIdentityAreCountedBesideTheName) {
  Sample unverified = Ok("Cold", 1000, 0);
  unverified.notes["host"] = "unverified";
  const std::string text = Print({Ok("Cold", 1000, 0), unverified}, {.verbose = true});
  EXPECT_THAT(text, HasSubstr("Cold  (1 unverified)\n"));
  EXPECT_THAT(text, ContainsRegex("machine +unverified\n"));
  EXPECT_THAT(text, HasSubstr("unverified: the guest could not say which instance it is"));
  EXPECT_THAT(Print({Ok("Cold", 1000, 0)}), Not(HasSubstr("unverified")));
}

TEST(SummaryTest, PercentilesOnlyWhereSamplesSupportThem) {
  std::vector<Sample> samples;
  for (int i = 1; i <= 9; ++i) samples.push_back(Ok("Cold", 100 * i, 0));
  EXPECT_THAT(Print(samples), ContainsRegex("Cold +500.0 +- "));
  EXPECT_THAT(Print(samples), HasSubstr("p90 takes 10 launches"));
  samples.push_back(Ok("Cold", 1000, 0));
  EXPECT_THAT(Print(samples), ContainsRegex("Cold +550.0 +900.0 "));
  EXPECT_THAT(Print(samples), Not(HasSubstr("p90 takes")));
}

TEST(SummaryTest, SingleLaunchesOnlyIfAskedFor) {
  const std::vector<Sample> samples{Ok("Cold", 1000, 20), Ok("Cold", 1200, 30)};
  EXPECT_THAT(Print(samples), Not(HasSubstr("launch  ")));
  EXPECT_THAT(
      Print(samples, {.verbose = true}),
      ContainsRegex(
          "launch +1 +2\n +total +1000.0 \\(-20.0\\) +1200.0 \\(-30.0\\)\n +api +100.0 +100.0\n"
          " +boot +900.0 \\(-20.0\\) +1100.0 \\(-30.0\\)\n"));
}

TEST(SummaryTest, TablesFitEightyColumnsAndWiderConsolesGetMore) {
  std::vector<Sample> samples;
  for (int i = 0; i < 40; ++i) {
    samples.push_back(Ok("AvailabilityZone/ap-northeast-1a", 90'000 + i, 90'000));
    samples.push_back(Ok("Cold", 100'000, 0));
  }
  for (const bool verbose : {false, true}) {
    const std::string narrow = Print(samples, {.verbose = verbose});
    EXPECT_LE(WidestLine(narrow), 80u) << narrow;
    EXPECT_THAT(narrow, Not(ContainsRegex("Results[^\n]* min ")));
    const std::string wide = Print(samples, {.verbose = verbose}, {.width = 120});
    EXPECT_LE(WidestLine(wide), 120u) << wide;
    EXPECT_THAT(wide, ContainsRegex("Results[^\n]* min +max "));
    EXPECT_THAT(wide, ContainsRegex("Phases[^\n]* p90 +p99\n"));
  }
}

TEST(SummaryTest, ColoursAreThereOnlyIfTheConsoleTakesThem) {
  EXPECT_THAT(Print({Ok("Cold", 1000, 0)}), Not(HasSubstr("\033")));
  EXPECT_THAT(Print({Ok("Cold", 1000, 0)}, {}, {.colour = true}), HasSubstr("\033[1mResults"));
}

}  // namespace
}  // namespace suites
