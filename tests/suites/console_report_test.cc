#include "suites/console_report.h"

#include <gmock/gmock.h>

#include <sstream>

#include "fixtures/sample.h"

namespace suites {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

benchmark::BenchmarkReporter::Run Launch(bool unverified) {
  fixtures::Sample sample;
  sample.timeline = fixtures::Timeline({});
  sample.timeline->EndPhase("api", {});
  if (unverified) sample.notes["host"] = "unverified";
  benchmark::BenchmarkReporter::Run run;
  run.run_name.function_name = "Cold";
  run.report_label = fixtures::LabelOf(sample);
  run.repetition_index = unverified ? 1 : 0;
  return run;
}

std::string Print(const std::vector<benchmark::BenchmarkReporter::Run>& runs) {
  ConsoleReport report({}, "");
  std::ostringstream out;
  report.SetOutputStream(&out);
  report.ReportRuns(runs);
  return out.str();
}

TEST(ConsoleReportTest, ALaunchOnAMachineOfUnknownIdentityIsMarked) {
  const std::string text = Print({Launch(false), Launch(true)});
  EXPECT_THAT(text, ContainsRegex("launch 2 [^\n]*   unverified\n"));
  EXPECT_THAT(text, Not(ContainsRegex("launch 1 [^\n]*unverified\n")));
  EXPECT_THAT(text, HasSubstr("  unverified: the guest could not say which instance it is"));
}

TEST(ConsoleReportTest, WithoutSuchALaunchNothingIsSaid) {
  EXPECT_THAT(Print({Launch(false)}), Not(HasSubstr("unverified")));
}

}  // namespace
}  // namespace suites
