#include "suites/run/arm_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "suites/command/shell_command.h"
#include "suites/harness/library_run.h"
#include "suites/report/fleet_report.h"
#include "suites/report/message.h"
#include "suites/report/summary.h"
#include "suites/run/run_context.h"

namespace suites {
namespace {

std::vector<HeaderLine> HeaderOf(const ArmTarget& arm) {
  const std::string& name = arm.selection().arm;
  std::vector<HeaderLine> header{
      {fmt::format("launch_bench {}: {} benchmark(s), {} launch(es) each, on the {}", VersionText(),
                   arm.fixtures().size(), arm.line().repetitions, arm.target().described)}};
  if (!name.empty()) {
    header.push_back({fmt::format("Configuration {} ({}), interleaved with the other one", name,
                                  arm.line().config_file)});
  }
  if (arm.target().modelled) {
    header.push_back(
        {"MODELLED: the machines' latencies come from a profile; this says how the tool works, not "
         "how fast AWS is.",
         Emphasis::kWarning});
  }
  if (arm.target().machines) {
    header.push_back({fmt::format("MEASURED ON VIRTUAL MACHINES OF THIS HOST: {}; not comparable "
                                  "with AWS's times.",
                                  DescribeMachines(*arm.target().machines)),
                      Emphasis::kWarning});
  }
  return header;
}

}  // namespace

ArmResults::ArmResults(const ArmTarget& arm, fixtures::LaunchSchedule* schedule,
                       const std::map<std::string, std::string>& more_context)
    : arm_(arm), schedule_(*schedule) {
  const CommandLine& line = arm.line();
  LibraryRun run;
  run.arguments = line.benchmark_arguments;
  run.arm = arm.selection().arm;
  run.fixtures = arm.selection().matched;
  run.repetitions = line.repetitions;
  run.header = HeaderOf(arm);
  run.context = arm.Context();
  run.context.insert(more_context.begin(), more_context.end());
  run.style = StyleOfOutput(line.color);
  run.format = line.format;
  run.out_format = line.out_format;
  write_failure_ = arm.files().WriteResults(RunLibrary(run, schedule));
}

void ArmResults::Summarize() const {
  const CommandLine& line = arm_.line();
  if (line.format != "console") return;
  const auto& fixtures = arm_.fixtures();
  if (!arm_.selection().arm.empty())
    std::cout << "\nConfiguration " << arm_.selection().arm << ":\n";
  auto samples = schedule_.SamplesOf(fixtures);
  // In the library's order, not in the order in which they ended.
  std::ranges::stable_sort(samples, {}, [&](const fixtures::Sample& sample) {
    return std::ranges::find(fixtures, sample.benchmark, &fixtures::LaunchFixture::technique) -
           fixtures.begin();
  });
  const ConsoleStyle style = StyleOfOutput(line.color);
  PrintSummary(
      std::cout, samples,
      {.mark = MarkOf(arm_.target()), .repetitions = line.repetitions, .verbose = line.verbose},
      style);
  PrintFleetReport(std::cout, samples, style);
}

void ArmResults::NameFiles(std::ostream& out) const {
  const ArmFiles& files = arm_.files();
  const std::string& name = arm_.selection().arm;
  const std::string whose = name.empty() ? "" : fmt::format(" of {}", name);
  if (!files.samples_are_there()) {
    Say(fmt::format(
        "launch_bench: {} is gone: no samples{} are left on disk{}", files.log_path(), whose,
        write_failure_.empty() ? "; the results are in " + files.json_path()
                               : ", and the results are not there either: " + write_failure_));
    return;
  }
  if (!write_failure_.empty()) {
    Say(fmt::format(
        "launch_bench: {}; the launches{} are in {}; to write the results from them: {}",
        write_failure_, whose, files.log_path(),
        ResumeCommand(arm_.line().arguments, files.log_path())));
    return;
  }
  PrintLine(out, fmt::format("results{}: {}", whose, files.json_path()));
  PrintLine(out, fmt::format("every launch: {}", files.log_path()));
}

bool ArmResults::AllMeasured() const {
  return std::ranges::all_of(schedule_.SamplesOf(arm_.fixtures()), &fixtures::Sample::ok);
}

}  // namespace suites
