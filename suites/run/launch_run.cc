#include "suites/run/launch_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <utility>

#include "suites/command/shell_command.h"
#include "suites/report/message.h"
#include "suites/report/progress_line.h"
#include "suites/run/unfinished_runs.h"

namespace suites {
namespace {

constexpr int kInterruptCheck_ms = 100;  // while somebody thinks about a question

}  // namespace

LaunchRun::LaunchRun(std::vector<std::unique_ptr<RunArm>> arms, Interrupt* interrupt)
    : interrupt_(interrupt),
      prober_({.flows = arms.front()->line().launch.probe_flows}),
      spend_(arms.front()->line().limits),
      arms_(std::move(arms)) {}

LaunchRun::~LaunchRun() {
  interrupt_->OnFirst(nullptr);
  on_cloud_death_.reset();
  schedule_.reset();
  for (const auto& arm : arms_) {
    arm->CloseRegions();
    if (!measured_) arm->RemoveEmptyFiles();
  }
  interrupt_->OnSecond(nullptr);
}

int LaunchRun::Run() {
  try {
    return Measure();
  } catch (const std::exception&) {
    if (cloud_death_.stop_requested()) return kSomeFailed;
    throw;
  }
}

int LaunchRun::Measure() {
  for (const auto& run : FindUnfinishedRuns()) Say("launch_bench: " + DescribeUnfinished(run));
  OpenArms();
  StartSchedule();
  RunLibrary();
  schedule_->Stop();
  TerminateAll();
  schedule_->Join();
  for (const auto& arm : arms_) arm->Report(*schedule_);
  const bool clean = CloseRegions();
  if (const std::string reached = spend_.reached(); !reached.empty())
    Say("launch_bench: not all was launched: " + reached);
  if (const std::string halted = schedule_->halted(); !halted.empty()) {
    Say(fmt::format("launch_bench: stopped, since every launch would fail like this: {}{}", halted,
                    arms_.size() == 1 && arms_.front()->samples_are_there()
                        ? "; once that is put right, this measures the rest: " + Resume()
                        : ""));
  }
  NameResults();
  const bool logged = std::ranges::all_of(arms_, &RunArm::api_log_is_complete,
                                          [](const auto& arm) -> const RunArm& { return *arm; });
  if (!logged) Say("launch_bench: --api_log could not be written: it lacks requests");
  if (interrupt_->requested()) {
    if (arms_.size() == 1 && arms_[0]->samples_are_there()) Say("to continue it: " + Resume());
    return kInterrupted;
  }
  const bool written =
      std::ranges::all_of(arms_, [](const auto& arm) { return arm->write_failure().empty(); });
  if (cloud_death_.stop_requested()) return kSomeFailed;
  return AllMeasured() && clean && written && logged ? kAllMeasured : kSomeFailed;
}

void LaunchRun::OpenArms() {
  for (const auto& arm : arms_) arm->ChooseFiles();
  for (const auto& arm : arms_) {
    arm->OpenTargetOf(&prober_, &spend_, interrupt_->token());
    arm->OnCloudDeath([this] { cloud_death_.request_stop(); });
  }
  for (const auto& arm : arms_) arm->CheckTypes(interrupt_->token());
  AskBeforeSpending();
  interrupt_->OnSecond([this] { ListWhatIsLeft(); });
  const ProgressLine progress([](std::size_t) { return std::string("getting ready"); });
  for (const auto& arm : arms_) arm->OpenRegions(interrupt_->token());
}

void LaunchRun::AskBeforeSpending() const {
  bool costs_money = false;
  for (const auto& arm : arms_) costs_money = arm->DescribeSpending() || costs_money;
  if (!costs_money || arms_.front()->line().yes) return;
  if (isatty(STDIN_FILENO) == 0)
    throw UsageError("this costs money, and there is nobody to ask: add --yes");
  std::fputs("go on? [y/N] ", stderr);
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (poll(&input, 1, kInterruptCheck_ms) <= 0) {
    if (interrupt_->requested()) throw std::runtime_error("interrupted");
  }
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "yes") throw UsageError("nothing was launched");
}

void LaunchRun::StartSchedule() {
  std::vector<fixtures::LaunchSchedule::Entry> entries;
  for (const auto& arm : arms_) std::ranges::copy(arm->Entries(), std::back_inserter(entries));
  const CommandLine& line = arms_.front()->line();
  schedule_ = std::make_unique<fixtures::LaunchSchedule>(entries, line.repetitions,
                                                         line.launch.concurrency);
  std::vector<fixtures::LaunchFixture*> fixtures;
  for (const auto& arm : arms_) std::ranges::copy(arm->matched(), std::back_inserter(fixtures));
  progress_ = std::make_unique<ProgressTracker>(*schedule_, fixtures, line.repetitions,
                                                line.launch.concurrency);
  schedule_->Start();
  measured_ = true;
  interrupt_->OnFirst([this] {
    Say("interrupted: cleaning up; once more to leave at once");
    schedule_->Stop();
  });
  if (interrupt_->requested()) schedule_->Stop();
  on_cloud_death_.emplace(cloud_death_.get_token(), [this] { schedule_->Stop(); });
}

void LaunchRun::RunLibrary() {
  const ProgressLine line([this](std::size_t width) { return progress_->Text(width); });
  for (std::size_t i = 0; i < arms_.size(); ++i) {
    std::map<std::string, std::string> context;
    if (arms_.size() > 1) context["interleaved_with"] = arms_[1 - i]->run_id();
    arms_[i]->RunLibrary(context);
  }
}

void LaunchRun::TerminateAll() noexcept {
  for (const auto& arm : arms_) arm->TerminateAll();
}

bool LaunchRun::CloseRegions() {
  bool clean = true;
  for (const auto& arm : arms_) clean = arm->CloseRegions() && clean;
  return clean;
}

void LaunchRun::ListWhatIsLeft() const {
  Say("leaving at once. Possibly left behind:");
  for (const auto& arm : arms_) arm->ListWhatIsLeft();
}

void LaunchRun::NameResults() const {
  std::ostream& last = arms_.front()->line().format == "console" ? std::cout : std::cerr;
  for (const auto& arm : arms_) {
    const std::string whose = arm->name().empty() ? "" : fmt::format(" of {}", arm->name());
    if (!arm->samples_are_there()) {
      Say(fmt::format("launch_bench: {} is gone: no samples{} are left on disk{}", arm->log_path(),
                      whose,
                      arm->write_failure().empty()
                          ? "; the results are in " + arm->json_path()
                          : ", and the results are not there either: " + arm->write_failure()));
      continue;
    }
    if (!arm->write_failure().empty()) {
      Say(fmt::format(
          "launch_bench: {}; what was measured{} is in {}; this writes the results from it: {}",
          arm->write_failure(), whose, arm->log_path(),
          ResumeCommand(arm->line().arguments, arm->log_path())));
      continue;
    }
    PrintLine(last, fmt::format("results{}: {}", whose, arm->json_path()));
    PrintLine(last, fmt::format("every launch: {}", arm->log_path()));
  }
  if (arms_.size() > 1) {
    PrintLine(last, fmt::format("compare: ./launch_compare {} {}", arms_[0]->json_path(),
                                arms_[1]->json_path()));
  }
  last.flush();
}

std::string LaunchRun::Resume() const {
  return ResumeCommand(arms_.front()->line().arguments, arms_.front()->log_path());
}

bool LaunchRun::AllMeasured() const {
  return std::ranges::all_of(arms_, [&](const auto& arm) {
    return std::ranges::all_of(schedule_->SamplesOf(arm->matched()), &fixtures::Sample::ok);
  });
}

}  // namespace suites
