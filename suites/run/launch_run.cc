#include "suites/run/launch_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/launch/launch_schedule.h"
#include "fixtures/ssh/descriptor_limit.h"
#include "fixtures/ssh/ssh_prober.h"
#include "suites/command/shell_command.h"
#include "suites/report/message.h"
#include "suites/report/progress_line.h"
#include "suites/report/progress_tracker.h"
#include "suites/run/arm_files.h"
#include "suites/run/arm_regions.h"
#include "suites/run/arm_results.h"
#include "suites/run/arm_target.h"
#include "suites/run/exit_status.h"
#include "suites/run/unfinished_runs.h"

namespace suites {
namespace {

using fixtures::LaunchSchedule;
using Targets = std::vector<std::unique_ptr<ArmTarget>>;
using Regions = std::vector<std::unique_ptr<ArmRegions>>;

constexpr int kInterruptCheck_ms = 100;  // while waiting for the user's answer

// Removes an interrupt's action before the objects that the action uses are destroyed.
class ScopedAction {
 public:
  using Setter = void (Interrupt::*)(std::function<void()>);

  ScopedAction(Interrupt* interrupt, Setter set, std::function<void()> action)
      : interrupt_(*interrupt), set_(set) {
    (interrupt_.*set_)(std::move(action));
  }
  ~ScopedAction() { (interrupt_.*set_)(nullptr); }
  ScopedAction(const ScopedAction&) = delete;
  ScopedAction& operator=(const ScopedAction&) = delete;

 private:
  Interrupt& interrupt_;
  const Setter set_;
};

std::vector<ArmWithFiles> ChooseAllFiles(std::vector<Selection> selections) {
  std::vector<ArmWithFiles> arms;
  for (Selection& selection : selections) arms.push_back(ChooseFiles(std::move(selection)));
  return arms;
}

Targets OpenTargets(std::vector<ArmWithFiles> arms, fixtures::SshProber* prober,
                    fixtures::SpendGuard* spend, const std::stop_token& stop,
                    std::stop_source* cloud_death) {
  Targets targets;
  for (ArmWithFiles& arm : arms) {
    targets.push_back(std::make_unique<ArmTarget>(std::move(arm), prober, spend, stop));
    targets.back()->OnCloudDeath([cloud_death] { cloud_death->request_stop(); });
  }
  for (const auto& target : targets) target->CheckTypes(stop);
  return targets;
}

// Returns how many machines a launch has at once: the most of any technique.
std::size_t MachinesOfALaunch(const Targets& targets) {
  int most = 1;
  for (const auto& target : targets) {
    for (const auto* fixture : target->fixtures()) {
      int machines = 0;
      for (const auto& count : fixture->machines()) machines += count.each_launch;
      most = std::max(most, machines);
    }
  }
  return static_cast<std::size_t>(most);
}

// Refuses a run with more launches in flight than this process has file descriptors for. Otherwise
// launches would fail in the middle of the run.
void RequireDescriptors(const Targets& targets) {
  std::set<std::string> regions;
  std::size_t launches = 0;
  const CommandLine& line = targets.front()->line();
  for (const auto& target : targets) {
    for (const auto& session : target->sessions()) regions.insert(session->region());
    launches += target->fixtures().size() * static_cast<std::size_t>(line.repetitions);
  }
  const auto concurrency = static_cast<std::size_t>(targets.front()->options().concurrency);
  const std::size_t limit = fixtures::RaiseDescriptorLimit();
  const std::size_t possible =
      fixtures::LaunchesWithin(limit, regions.size()) / MachinesOfALaunch(targets);
  if (std::min(launches, concurrency * regions.size()) <= possible) return;
  if (possible < regions.size()) {
    throw UsageError(fmt::format(
        "this process may have too few file descriptors ({}): raise the limit (ulimit -n)", limit));
  }
  throw UsageError(fmt::format(
      "--concurrency={} needs more file descriptors than this process may have ({}): use "
      "--concurrency={}, or raise the limit (ulimit -n)",
      concurrency, limit, possible / regions.size()));
}

// Prints what an AWS run will create and what it may cost, and asks the user. Throws UsageError
// unless the user agrees.
void AskBeforeSpending(const Targets& targets, const Interrupt& interrupt) {
  bool costs_money = false;
  for (const auto& target : targets) costs_money = target->DescribeSpending() || costs_money;
  if (!costs_money || targets.front()->line().yes) return;
  if (isatty(STDIN_FILENO) == 0)
    throw UsageError("this costs money, and there is no terminal to ask on: add --yes");
  std::fputs("go on? [y/N] ", stderr);
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (poll(&input, 1, kInterruptCheck_ms) <= 0) {
    if (interrupt.requested()) throw std::runtime_error("interrupted");
  }
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "yes") throw UsageError("nothing was launched");
}

Regions OpenRegions(const Targets& targets, const std::stop_token& stop) {
  Regions regions;
  for (const auto& target : targets)
    regions.push_back(std::make_unique<ArmRegions>(target.get(), stop));
  return regions;
}

std::unique_ptr<LaunchSchedule> MakeSchedule(const Regions& regions, int repetitions,
                                             int concurrency) {
  std::vector<LaunchSchedule::Entry> entries;
  for (const auto& arm : regions) std::ranges::copy(arm->Entries(), std::back_inserter(entries));
  return std::make_unique<LaunchSchedule>(entries, repetitions, concurrency);
}

// Lets Google Benchmark collect the launches of one arm after the other, as they end.
std::vector<ArmResults> Collect(const Targets& targets, LaunchSchedule* schedule,
                                const fixtures::SpendGuard& spend) {
  std::vector<fixtures::LaunchFixture*> fixtures;
  for (const auto& target : targets)
    std::ranges::copy(target->fixtures(), std::back_inserter(fixtures));
  const CommandLine& line = targets.front()->line();
  ProgressTracker tracker(*schedule, spend, fixtures, line.repetitions,
                          targets.front()->options().concurrency);
  schedule->Start();
  const ProgressLine progress([&](std::size_t width) { return tracker.Text(width); });
  std::vector<ArmResults> results;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    targets[i]->files().Keep();
    std::map<std::string, std::string> context;
    if (targets.size() > 1) context["interleaved_with"] = targets[1 - i]->run_id();
    results.emplace_back(*targets[i], schedule, context);
  }
  return results;
}

bool CloseAll(const Regions& regions) {
  bool all_removed = true;
  for (const auto& arm : regions) all_removed = arm->Close() && all_removed;
  return all_removed;
}

// Returns the command that continues the run; empty if none can.
std::string ResumeOf(const Targets& targets) {
  const ArmTarget& first = *targets.front();
  if (targets.size() > 1 || !first.files().samples_are_there()) return "";
  return ResumeCommand(first.line().arguments, first.files().log_path());
}

void SayWhatEndedTheRun(const LaunchSchedule& schedule, const fixtures::SpendGuard& spend,
                        const std::string& resume) {
  if (const std::string reached = spend.reached(); !reached.empty())
    Say("launch_bench: not everything was launched: " + reached);
  const std::string halted = schedule.halted();
  if (halted.empty()) return;
  Say(fmt::format(
      "launch_bench: stopped, because every launch would fail like this: {}{}", halted,
      resume.empty() ? "" : "; after you have fixed that, measure the rest: " + resume));
}

void NameFiles(const Targets& targets, const std::vector<ArmResults>& results) {
  std::ostream& out = targets.front()->line().format == "console" ? std::cout : std::cerr;
  for (const ArmResults& arm : results) arm.NameFiles(out);
  if (targets.size() > 1) {
    PrintLine(out, fmt::format("compare: ./launch_compare {} {}", targets[0]->files().json_path(),
                               targets[1]->files().json_path()));
  }
  out.flush();
}

// Returns true if each --api_log has every request; otherwise prints that requests are missing.
bool ApiLogsAreComplete(const Targets& targets) {
  const bool complete = std::ranges::all_of(targets, [](const auto& target) {
    const auto& log = target->target().access.log;
    return log == nullptr || log->complete();
  });
  if (!complete)
    Say("launch_bench: --api_log could not be written completely: requests are missing");
  return complete;
}

// The local values are the stages and what they need. Their destructors undo the run in reverse
// order.
int Measure(std::vector<Selection> selections, Interrupt* interrupt,
            std::stop_source* cloud_death) {
  for (const auto& run : FindUnfinishedRuns()) Say("launch_bench: " + DescribeUnfinished(run));
  const CommandLine line = selections.front().line;
  fixtures::SshProber prober({.flows = line.launch.probe_flows});
  fixtures::SpendGuard spend(line.limits);  // one for all arms

  const Targets targets = OpenTargets(ChooseAllFiles(std::move(selections)), &prober, &spend,
                                      interrupt->token(), cloud_death);
  RequireDescriptors(targets);
  AskBeforeSpending(targets, *interrupt);
  const ScopedAction leave_at_once(interrupt, &Interrupt::OnSecond, [&] {
    Say("exiting at once. Possibly left behind:");
    for (const auto& target : targets) target->ListWhatIsLeft();
  });
  const Regions regions = OpenRegions(targets, interrupt->token());

  const auto schedule =
      MakeSchedule(regions, line.repetitions, targets.front()->options().concurrency);
  const ScopedAction stop_launching(interrupt, &Interrupt::OnFirst, [&] {
    schedule->Stop();
    Say("interrupted: cleaning up; interrupt again to exit at once");
  });
  if (interrupt->requested()) schedule->Stop();
  const std::stop_callback on_cloud_death(cloud_death->get_token(), [&] { schedule->Stop(); });
  const std::vector<ArmResults> results = Collect(targets, schedule.get(), spend);

  schedule->Stop();
  for (const auto& arm : regions) arm->TerminateAll();
  schedule->Join();
  for (std::size_t i = 0; i < regions.size(); ++i) {
    results[i].Summarize();
    regions[i]->DescribeCalls();
  }
  const bool all_removed = CloseAll(regions);

  const std::string resume = ResumeOf(targets);
  SayWhatEndedTheRun(*schedule, spend, resume);
  NameFiles(targets, results);
  const bool logged = ApiLogsAreComplete(targets);
  if (interrupt->requested()) {
    if (!resume.empty()) Say("to continue it: " + resume);
    return kInterrupted;
  }
  const bool measured_and_written = std::ranges::all_of(results, [](const ArmResults& arm) {
    return arm.write_failure().empty() && arm.AllMeasured();
  });
  const bool died = cloud_death->stop_requested();
  return measured_and_written && all_removed && logged && !died ? kAllMeasured : kSomeFailed;
}

}  // namespace

int RunLaunches(std::vector<Selection> selections, Interrupt* interrupt) {
  std::stop_source cloud_death;  // declared before the arms, which trigger it
  try {
    return Measure(std::move(selections), interrupt, &cloud_death);
  } catch (const std::exception&) {
    if (cloud_death.stop_requested()) return kSomeFailed;
    throw;
  }
}

}  // namespace suites
