#include "compare/judge/comparability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/compare/sample_run.h"

namespace launch_compare {
namespace {

using Context = std::map<std::string, std::string>;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Differences(const std::vector<Context>& baseline,
                                     const std::vector<Context>& candidate) {
  const std::vector<Sample> samples = {{"Cold", {{"real_time", {1}}}}};
  std::vector<BenchmarkRun> b;
  std::vector<BenchmarkRun> c;
  for (const Context& context : baseline)
    b.push_back(SampleRun(samples, context, "b" + std::to_string(b.size())));
  for (const Context& context : candidate)
    c.push_back(SampleRun(samples, context, "c" + std::to_string(c.size())));
  std::vector<std::string> lines;
  for (const ContextDifference& difference :
       ContextDifferences(b, c, MatchByName(b, c, NameFilter()))) {
    lines.push_back(difference.line);
  }
  return lines;
}

TEST(ContextDifferences, KnowsEveryEntryOfItsListAndNoOther) {
  const std::map<std::string, std::string> shown = {
      {"cloud", "cloud"},
      {"modelled", "modelled latencies"},
      {"virtual_machines", "kind of local virtual machines"},
      {"region", "region"},
      {"instance_type", "instance type"},
      {"profile", "latency profile"},
      {"time_scale", "time scale"},
      {"rtt_ms", "round-trip time (ms)"},
      {"concurrency", "concurrency"},
      {"connections", "connection mode"}};
  for (const auto& [key, words] : shown) {
    EXPECT_THAT(Differences({{{key, "10"}}}, {{{key, "40"}}}),
                ElementsAre(words + " differs: 10 in b0, 40 in c0"));
    EXPECT_THAT(Differences({{{key, "10"}}}, {{}}),
                ElementsAre(words + " differs: 10 in b0, not stated in c0"));
    EXPECT_THAT(Differences({{{key, "10"}}}, {{{key, "10"}}}), IsEmpty());
  }
  for (const std::string key : {"date", "git_revision", "seed", "launch_bench_version"}) {
    EXPECT_THAT(Differences({{{key, "10"}}}, {{{key, "40"}}}), IsEmpty()) << key;
  }
}

TEST(ContextDifferences, LooksAtTheHostOfVirtualMachines) {
  const std::map<std::string, std::string> shown = {{"accelerator", "accelerator"},
                                                    {"qemu_version", "QEMU version"},
                                                    {"host_cpu", "host CPU"},
                                                    {"host_cpus", "number of host CPUs"},
                                                    {"guest_image_description", "guest image"},
                                                    {"guests", "guests' CPUs and memory"}};
  const Context qemu = {{"virtual_machines", "qemu"}};
  for (const auto& [key, words] : shown) {
    Context a = qemu;
    Context b = qemu;
    a[key] = "x";
    b[key] = "y";
    EXPECT_THAT(Differences({a}, {b}), ElementsAre(words + " differs: x in b0, y in c0"));
    EXPECT_THAT(Differences({a}, {qemu}),
                ElementsAre(words + " differs: x in b0, not stated in c0"));
    EXPECT_THAT(Differences({a}, {a}), IsEmpty());
  }
}

TEST(ContextDifferences, NeverTakesOneKindOfTimesForAnother) {
  const Context modelled = {{"cloud", "local"}, {"modelled", "true"}};
  const Context aws = {{"cloud", "aws"}, {"modelled", "false"}};
  const Context qemu = {{"cloud", "qemu"},
                        {"modelled", "false"},
                        {"virtual_machines", "qemu"},
                        {"accelerator", "tcg"}};
  EXPECT_THAT(Differences({qemu}, {aws}),
              ElementsAre("cloud differs: qemu in b0, aws in c0",
                          "kind of local virtual machines differs: qemu in b0, not stated in c0"));
  EXPECT_EQ(Differences({modelled}, {qemu}).size(), 3U);
  Context endpoint = qemu;  // the same machines at an endpoint that the user has started
  endpoint["cloud"] = aws.at("cloud");
  EXPECT_EQ(Differences({endpoint}, {aws}).size(), 1U);
}

// A program that measures the machine on which it runs. A launch does not depend on it.
TEST(ContextDifferences, LooksAtTheMachineOfOtherPrograms) {
  EXPECT_THAT(
      Differences({{{"host_name", "a"}, {"num_cpus", "2"}, {"mhz_per_cpu", "2400"}}},
                  {{{"host_name", "b"}, {"num_cpus", "4"}, {"mhz_per_cpu", "2500"}}}),
      ElementsAre("host differs: a in b0, b in c0", "number of CPUs differs: 2 in b0, 4 in c0"))
      << "the clock within a tenth";
  EXPECT_THAT(Differences({{{"executable", "/old/bench"}, {"library_build_type", "release"}}},
                          {{{"executable", "/new/bench"}, {"library_build_type", "debug"}}}),
              ElementsAre("build type of the library differs: release in b0, debug in c0"));
  EXPECT_THAT(Differences({{{"cloud", "aws"}, {"host_name", "a"}}},
                          {{{"cloud", "aws"}, {"host_name", "b"}}}),
              IsEmpty());
}

TEST(ContextDifferences, LooksWithinASideToo) {
  EXPECT_THAT(Differences({{{"region", "us-west-2"}}, {{"region", "eu-west-1"}}},
                          {{{"region", "us-west-2"}}}),
              ElementsAre("region differs: us-west-2 in b0, eu-west-1 in b1"));
}

TEST(ContextDifferences, ComparesNumbersByValueAndMeasuredTripsWithTolerance) {
  EXPECT_THAT(Differences({{{"time_scale", "1"}}}, {{{"time_scale", "1.0"}}}), IsEmpty());
  EXPECT_THAT(Differences({{{"rtt_ms", "11.2"}}}, {{{"rtt_ms", "12.9"}}}), IsEmpty());
  EXPECT_THAT(Differences({{{"rtt_ms", "0.2"}}}, {{{"rtt_ms", "0.9"}}}), IsEmpty());
  EXPECT_EQ(Differences({{{"rtt_ms", "11.2"}}}, {{{"rtt_ms", "70"}}}).size(), 1U);
  EXPECT_EQ(Differences({{{"rtt_ms", "11.2"}}}, {{{"rtt_ms", "nan"}}}).size(), 1U);
  EXPECT_EQ(Differences({{{"rtt_ms", "inf"}}}, {{{"rtt_ms", "infinity"}}}).size(), 1U);
}

TEST(ContextDifferences, ReadsLabelsAndCountsRepeats) {
  const auto make = [](const std::string& type, const std::string& zone) {
    std::vector<Sample> samples;
    for (const char* name : {"A", "B", "C"}) {
      samples.push_back({name,
                         {{"real_time", {1}}},
                         0,
                         R"({"type":")" + type + R"(","region":"r","zone":")" + zone + "\"}"});
    }
    return std::vector<BenchmarkRun>{SampleRun(samples)};
  };
  const std::vector<BenchmarkRun> b = make("m7i.large", "r-a");
  const std::vector<BenchmarkRun> c = make("t3.large", "r-b");
  EXPECT_THAT(ContextDifferences(b, c, MatchByName(b, c, NameFilter())),
              ElementsAre(testing::Field(
                  &ContextDifference::line,
                  "instance type differs: m7i.large against t3.large in A and 2 more")))
      << "zones may differ";
}

}  // namespace
}  // namespace launch_compare
