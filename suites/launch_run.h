// One run, from the matched benchmarks to the written file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fixtures/launch_fixture.h"
#include "fixtures/launch_schedule.h"
#include "fixtures/launch_site.h"
#include "fixtures/run_journal.h"
#include "suites/command_line.h"
#include "suites/interrupt.h"
#include "suites/target.h"

namespace suites {

inline constexpr int kAllMeasured = 0;
inline constexpr int kSomeFailed = 1;
inline constexpr int kBadSetUp = 2;
inline constexpr int kInterrupted = 130;

// The order of Run() is the order of its members. Cleans up after itself on every way out.
class LaunchRun {
 public:
  LaunchRun(const CommandLine& line, std::vector<fixtures::LaunchFixture*> matched,
            Interrupt* interrupt);
  ~LaunchRun();
  LaunchRun(const LaunchRun&) = delete;
  LaunchRun& operator=(const LaunchRun&) = delete;

  // Returns the exit status. Throws UsageError, aws::Error or std::runtime_error where the set-up
  // fails, after cleaning up.
  int Run();

 private:
  void ChooseFiles();
  void OpenJournal();
  void OpenSites();
  void StartSchedule();
  void RunLibrary();
  void Report();
  bool CloseSites();  // whether everything is gone
  void ListWhatIsLeft() const;
  void RemoveEmptyFiles() const;
  fixtures::LaunchSchedule::Entry EntryOf(fixtures::LaunchFixture* fixture) const;
  std::string ProgressText() const;

  const CommandLine& line_;
  const std::vector<fixtures::LaunchFixture*> matched_;
  Interrupt* const interrupt_;
  fixtures::LaunchOptions options_;
  const fixtures::RunIdentity identity_;
  std::string json_path_;

  Target target_;
  fixtures::SshProber prober_;
  std::unique_ptr<fixtures::RunJournal> journal_;
  std::vector<std::unique_ptr<fixtures::LaunchSite>> sites_;
  std::vector<std::string> site_failures_;  // of each site; empty: it is open
  std::unique_ptr<fixtures::SampleLog> log_;
  std::unique_ptr<fixtures::LaunchSchedule> schedule_;
  bool measured_ = false;
  bool closed_ = false;
};

}  // namespace suites
