// One run, from the matched benchmarks to the written files.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/launch/launch_schedule.h"
#include "fixtures/ssh/ssh_prober.h"
#include "suites/report/progress_tracker.h"
#include "suites/run/interrupt.h"
#include "suites/run/run_arm.h"

namespace suites {

inline constexpr int kAllMeasured = 0;
inline constexpr int kSomeFailed = 1;
inline constexpr int kBadSetUp = 2;
inline constexpr int kInterrupted = 130;

// The order of Run() is the order of its members. Cleans up after itself on every way out.
class LaunchRun {
 public:
  // `arms`: one, or two whose launches alternate.
  LaunchRun(std::vector<std::unique_ptr<RunArm>> arms, Interrupt* interrupt);
  ~LaunchRun();
  LaunchRun(const LaunchRun&) = delete;
  LaunchRun& operator=(const LaunchRun&) = delete;

  // Returns the exit status; kSomeFailed if the local cloud died, which a line has said by then.
  // Throws UsageError, aws::Error or std::runtime_error where the set-up
  // fails, after cleaning up.
  int Run();

 private:
  int Measure();
  void OpenArms();
  // Says what an AWS run will make and what it may cost, and asks. Throws UsageError where it is
  // not agreed to.
  void AskBeforeSpending() const;
  void StartSchedule();
  void RunLibrary();
  void TerminateAll() noexcept;
  bool CloseRegions();  // whether everything is gone
  void ListWhatIsLeft() const;
  void NameResults() const;
  std::string Resume() const;  // the command that continues the run
  bool AllMeasured() const;

  Interrupt* const interrupt_;
  fixtures::SshProber prober_;    // outlives the arms' regions
  fixtures::SpendGuard spend_;    // likewise; one for all of them
  std::stop_source cloud_death_;  // outlives the arms, which trigger it
  std::vector<std::unique_ptr<RunArm>> arms_;
  std::unique_ptr<fixtures::LaunchSchedule> schedule_;
  std::unique_ptr<ProgressTracker> progress_;
  std::optional<std::stop_callback<std::function<void()>>> on_cloud_death_;  // stops the schedule
  bool measured_ = false;
};

}  // namespace suites
