#include "compare/judge/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "compare/input/input_error.h"
#include "compare/judge/findings.h"
#include "compare/render/renderer.h"
#include "tests/compare/sample_run.h"
#include "tests/support/build_paths.h"

namespace launch_compare {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kPublished = test_support::SourcePath("results/published/");

Summary SummaryOf(const BenchmarkRun& run) { return Summarise(run, NameFilter(), Margin(), 0.05); }

std::vector<std::string> CellsOf(const Summary& summary, const std::string& technique) {
  for (const std::vector<std::string>& row : TableRows(summary, true)) {
    if (row.front() != technique) continue;
    std::vector<std::string> cells(row.begin() + 3, row.end());
    cells.erase(cells.begin() + 1, cells.begin() + 3);  // p90 and max
    return cells;
  }
  return {};
}

// The study's own summary, from its published figures: 25.8 s 17.8 s 3.2 s -, 21.2 16.4 3.0 -18%,
// and so on.
TEST(Summarise, PrintsTheStudysSummary) {
  const Summary study = SummaryOf(ReadBenchmarkFile(kPublished + "ec2-cold-boot-study.json"));
  EXPECT_THAT(CellsOf(study, "Cold"), ElementsAre("25.80 s", "17.80 s", "3.201 s", "-"));
  EXPECT_THAT(CellsOf(study, "StartStopped"), ElementsAre("21.18 s", "16.37 s", "3.042 s", "-18%"));
  EXPECT_THAT(CellsOf(study, "Hibernate"), ElementsAre("20.71 s", "16.31 s", "2.381 s", "-20%"));
  EXPECT_THAT(CellsOf(study, "MinimalAmi"), ElementsAre("28.80 s", "16.40 s", "9.041 s", "+12%"));
  EXPECT_THAT(CellsOf(study, "WarmPool/Ssh"), ElementsAre("1.866 s", "N/A", "N/A", "-93%"))
      << "the study cut 92.8 to 92";
  EXPECT_THAT(CellsOf(study, "WarmPool/InstanceConnect"),
              ElementsAre("3.341 s", "N/A", "N/A", "-87%"));
  EXPECT_THAT(study.source, HasSubstr("other people's"));
  EXPECT_THAT(study.method, HasSubstr("every 15 s"));
  EXPECT_THAT(
      study.findings,
      Contains(HasSubstr(
          "pending_to_running dominates (more than half of the total in every launch): Cold 69%")));
  EXPECT_THAT(study.findings, Contains(HasSubstr("StartStopped against Cold: -4.627 s (-18%), "
                                                 "undecided: 3 against 1 launches are too few")));
}

TEST(Summarise, SaysWhatGuestsToldOfTheirBoot) {
  const BenchmarkRun run = SampleRun({{"Cold",
                                       {{"real_time", {3000, 3000, 3000}},
                                        {"boot_to_ssh_ms", {2000, 2100, 2200}},
                                        {"guest_kernel_ms", {300, 310, 320}},
                                        {"guest_userspace_ms", {1400, 1500, 1600}},
                                        {"guest_sshd_ms", {1000, 1100, 1200}}}},
                                      {"WarmPool/Ssh", {{"real_time", {100, 100, 100}}}}},
                                     {}, "run.json");
  const std::vector<std::string> findings = SummaryOf(run).findings;
  EXPECT_THAT(findings,
              Contains("Cold: the guest's boot: kernel 310 ms, user space 1.500 s (within it: sshd "
                       "after 1.100 s); boot_to_ssh 2.100 s"));
  EXPECT_THAT(findings, Not(Contains(HasSubstr("WarmPool/Ssh: the guest"))));
}

TEST(Summarise, ReadsEveryPublishedFileAndItsPhasesAddUp) {
  for (const std::string name :
       {"ec2-cold-boot-study", "ec2-cold-boot-study-first-instance-connect",
        "ec2-cold-boot-study-instance-types", "ec2-cold-boot-study-regions",
        "ec2-boot-bench-example"}) {
    const std::vector<BenchmarkRun> run = {ReadBenchmarkFile(kPublished + name + ".json")};
    EXPECT_FALSE(SummaryOf(run[0]).source.empty()) << name;
    EXPECT_FALSE(SummaryOf(run[0]).method.empty()) << name;
    EXPECT_FALSE(run[0].modelled());
    const Comparison self =
        Compare(run, run, MatchByName(run, run, NameFilter()), {Policy(), 0.05, {}, {}});
    for (const BenchmarkComparison& benchmark : self.benchmarks)
      EXPECT_THAT(benchmark.phase_errors, IsEmpty()) << benchmark.name;
  }
}

std::vector<std::string> FindingsOf(const std::vector<Sample>& samples,
                                    const std::map<std::string, std::string>& context = {}) {
  return SummaryOf(SampleRun(samples, context)).findings;
}

TEST(Findings, SayWhichPhaseDominatesAndWhereNoneDoes) {
  const std::string label = R"({"phases":["api","boot"]})";
  const auto findings = FindingsOf(
      {{"A", {{"real_time", {100, 100}}, {"api_ms", {30, 40}}, {"boot_ms", {70, 60}}}, 0, label},
       {"B", {{"real_time", {100, 100}}, {"api_ms", {40, 60}}, {"boot_ms", {60, 40}}}, 0, label},
       {"Plain", {{"real_time", {100, 100}}}}});
  EXPECT_THAT(findings,
              Contains("boot dominates (more than half of the total in every launch): A 65%"));
  EXPECT_THAT(
      findings,
      Contains(HasSubstr(
          "B: no phase dominates; api is the largest, 50% of the total, in 1 of 2 launches")));
  EXPECT_EQ(findings.size(), 2U);
}

// Levels "<factor>/a", "<factor>/b", ... whose labels name the sweep.
std::vector<Sample> Sweep(const std::string& factor, const std::vector<double>& first,
                          std::size_t launches, double step = 1) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < first.size(); ++i) {
    samples.push_back({factor + "/" + std::string(1, static_cast<char>('a' + i)),
                       {{"real_time", Ramp(first[i], launches, step)}},
                       0,
                       R"({"sweep":")" + factor + R"("})"});
  }
  return samples;
}

TEST(Findings, SayWhetherAFactorMattersAndByWhichTest) {
  EXPECT_THAT(FindingsOf(Sweep("Region", {1000, 1200, 1500}, 6)),
              ElementsAre(testing::AllOf(
                  HasSubstr("Region: matters: medians from 1.002 s (a) to 1.502 s (c)"),
                  HasSubstr("Kruskal-Wallis by permutation, adjusted p 0.000"))));
  EXPECT_THAT(FindingsOf(Sweep("InstanceType", {1000, 1002, 1001}, 6)),
              ElementsAre(HasSubstr("InstanceType: makes no difference beyond 5%")));
  EXPECT_THAT(FindingsOf(Sweep("EbsSize", {1000, 1080}, 5, 100)),
              ElementsAre(HasSubstr("EbsSize: undecided")));
  EXPECT_THAT(FindingsOf(Sweep("Region", {1000, 1200, 1500}, 1)),
              ElementsAre(HasSubstr("a level with a single launch cannot be tested")));
}

TEST(Findings, SweepsAreThoseThatLabelsName) {
  std::vector<Sample> unlabelled = Sweep("WarmPool", {1000, 1200, 1500}, 6);
  for (Sample& technique : unlabelled) technique.label = R"({"region":"us-west-2"})";
  EXPECT_THAT(FindingsOf(unlabelled), IsEmpty()) << "techniques, not levels of a factor";

  EXPECT_THAT(FindingsOf(Sweep("AnyName", {1000, 1200, 1500}, 6)),
              ElementsAre(HasSubstr("AnyName: matters")));
  std::vector<Sample> foreign = Sweep("Region", {1000, 1200, 1500}, 6);
  for (Sample& level : foreign) level.label = R"({"sweep":"another name"})";
  EXPECT_THAT(FindingsOf(foreign), IsEmpty());
}

TEST(Findings, ALevelWhoseLaunchesAllFailedIsPartOfItsSweep) {
  std::vector<Sample> samples = Sweep("EbsSize", {1000, 1500}, 6);
  samples.push_back({"EbsSize/4GiB", {}, 6});
  samples.push_back({"Cold", {{"real_time", Ramp(1000, 6)}}});
  EXPECT_THAT(FindingsOf(samples),
              ElementsAre(testing::AllOf(testing::StartsWith("EbsSize: matters: medians from"),
                                         HasSubstr("to failed (4GiB); Kruskal-Wallis"))));
}

TEST(Findings, AdjustForTheNumberOfSweeps) {
  std::vector<Sample> samples =
      Sweep("Region", {1000, 1003}, 4, 1);  // 4 against 4 with overlap: p about 0.06
  const auto alone = FindingsOf(samples);
  std::vector<Sample> more = Sweep("EbsSize", {1000, 1003}, 4, 1);
  samples.insert(samples.end(), more.begin(), more.end());
  const auto both = FindingsOf(samples);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_NE(both[1], alone[0]) << "the p-value is another one in company";
}

TEST(Findings, SayWhatATechniqueSavesAndCosts) {
  const auto findings =
      FindingsOf({{"Cold", {{"real_time", Ramp(25000, 8)}, {"usd", Ramp(0.0017, 8, 0)}}},
                  {"StartStopped",
                   {{"real_time", Ramp(21000, 8)},
                    {"usd", Ramp(0.0016, 8, 0)},
                    {"usd_idle_per_hour", Ramp(0.008, 8, 0)}}},
                  {"PreEni", {{"real_time", Ramp(25010, 8)}}}});
  EXPECT_THAT(findings,
              ElementsAre("StartStopped against Cold: -4 s (-16%), faster, 95.0% interval [-4.003 "
                          "s, -3.997 s]; costs 0.001600 USD a launch and "
                          "0.008000 USD an hour while waiting",
                          HasSubstr("PreEni against Cold: +10 ms (+0.0%), same")));
}

TEST(Summarise, WatermarksWhatIsModelled) {
  const std::vector<Sample> samples = {{"Cold", {{"real_time", Ramp(25000, 8)}}},
                                       {"StartStopped", {{"real_time", Ramp(21000, 8)}}}};
  const Summary modelled = SummaryOf(SampleRun(samples, {{"modelled", "true"}}));
  EXPECT_THAT(modelled.findings, testing::Each(testing::EndsWith("[modelled]")));
  const Summary measured = SummaryOf(SampleRun(samples));
  for (const std::string format : {"terminal", "markdown"}) {
    EXPECT_THAT(FindRenderer(format)->Render({modelled}, Screen()), HasSubstr("MODELLED"))
        << format;
    EXPECT_THAT(FindRenderer(format)->Render({modelled}, Screen()),
                HasSubstr("the ranking is an input of the profile"))
        << format;
    EXPECT_THAT(FindRenderer(format)->Render({measured}, Screen()), Not(HasSubstr("odelled")))
        << format;
  }
}

TEST(Summarise, MarksWhatWasMeasuredOnVirtualMachines) {
  const std::vector<Sample> samples = {{"Cold", {{"real_time", Ramp(65000, 8)}}},
                                       {"StartStopped", {{"real_time", Ramp(41000, 8)}}}};
  const Summary summary =
      SummaryOf(SampleRun(samples, {{"modelled", "false"},
                                    {"virtual_machines", "qemu"},
                                    {"note", "QEMU 7.2.22 (TCG), a CPU\x1b[2J"}}));
  EXPECT_THAT(summary.findings, testing::Each(testing::EndsWith("[virtual machines]")));
  for (const std::string format : {"terminal", "markdown"}) {
    const std::string table = FindRenderer(format)->Render({summary}, Screen());
    EXPECT_THAT(table, HasSubstr("MEASURED ON VIRTUAL MACHINES OF A HOST, NOT IN A CLOUD"))
        << format;
    EXPECT_THAT(table, HasSubstr("QEMU 7.2.22 (TCG), a CPU")) << format;
    EXPECT_THAT(table, Not(HasSubstr("\x1b"))) << format;
    EXPECT_THAT(table, Not(HasSubstr("odelled"))) << format;
  }
}

TEST(Summarise, ShowsTheSlowEnd) {
  const Summary summary = SummaryOf(SampleRun({{"Cold", {{"real_time", Ramp(100, 10)}}}}));
  EXPECT_EQ(summary.rows[0].p90, 108);
  EXPECT_EQ(summary.rows[0].maximum, 109);
  const Summary few = SummaryOf(SampleRun({{"Cold", {{"real_time", Ramp(100, 9)}}}}));
  EXPECT_TRUE(std::isnan(few.rows[0].p90)) << "of nine it would be the largest";

  EXPECT_TRUE(std::isnan(summary.rows[0].p99));
  EXPECT_THAT(TableRows(summary, true).front(), Not(Contains("p99")));
  const Summary many = SummaryOf(SampleRun({{"Cold", {{"real_time", Ramp(100, 100)}}}}));
  EXPECT_EQ(many.rows[0].p99, 198) << "the largest is 199";
  EXPECT_THAT(TableRows(many, true), ElementsAre(Contains("p99"), Contains("198 ms")));
  EXPECT_THAT(TableRows(many, false), Each(Not(AnyOf(Contains("p99"), Contains("198 ms")))));
}

TEST(Summarise, CountsFailuresAndRanksThemSlowest) {
  const Summary summary = SummaryOf(SampleRun({{"Cold", {{"real_time", {100, 102}}}, 3}}));
  EXPECT_EQ(summary.rows[0].launches, 5U);
  EXPECT_EQ(summary.rows[0].failures, 3U);
  EXPECT_TRUE(std::isinf(summary.rows[0].total));
  EXPECT_THAT(CellsOf(summary, "Cold"), ElementsAre("failed", "N/A", "N/A", "-"));
  EXPECT_THROW(
      Summarise(SampleRun({{"Cold", {{"real_time", {1}}}}}), NameFilter("Warm"), Margin(), 0.05),
      InputError);
}

}  // namespace
}  // namespace launch_compare
