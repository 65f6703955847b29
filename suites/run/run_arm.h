// One configuration that a run measures: its cloud, its places, its files.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/launch/launch_fixture.h"
#include "fixtures/launch/launch_schedule.h"
#include "fixtures/launch/sample_log.h"
#include "fixtures/leftovers/run_identity.h"
#include "fixtures/leftovers/run_journal.h"
#include "fixtures/region/region_session.h"
#include "fixtures/ssh/ssh_prober.h"
#include "suites/command/command_line.h"
#include "suites/report/console_report.h"
#include "suites/run/target.h"

namespace suites {

// A run has one arm, or with --interleave two, whose launches alternate. Every arm makes and
// removes what it needs by itself, and writes a file of its own. From one thread, but for
// ListWhatIsLeft() and TerminateAll().
class RunArm {
 public:
  // `matched`: in the library's order; outlives the arm. `name`: "A" or "B"; empty where it is the
  // only one.
  RunArm(CommandLine line, std::vector<fixtures::LaunchFixture*> matched, std::string name);
  ~RunArm();  // closes the regions where that has not been done
  RunArm(const RunArm&) = delete;
  RunArm& operator=(const RunArm&) = delete;

  // Throws UsageError where a file cannot be written: known before money is spent.
  void ChooseFiles();
  // Finds or starts the cloud, checks that a run which is resumed is this one, says which regions
  // there will be, and opens the journal: what cannot be written down is not made.
  void OpenTargetOf(fixtures::SshProber* prober, fixtures::SpendGuard* spend,
                    const std::stop_token& stop);
  // Throws UsageError if a flag names an instance type that is not offered (offered_types.h).
  void CheckTypes(const std::stop_token& stop) const;
  // On --cloud=aws, says in a line what it will make and what that may cost; whether it did. Throws
  // UsageError where --max_usd is asked for and a price is not known.
  bool DescribeSpending() const;
  // Opens them, side by side. A region that cannot be used spoils its own benchmarks only; throws
  // where there is no other.
  void OpenRegions(std::stop_token stop);
  std::vector<fixtures::LaunchSchedule::Entry> Entries() const;

  // Lets the library collect this arm's launches, and writes its file; see write_failure().
  void RunLibrary(const std::map<std::string, std::string>& more_context);
  // The summary; what the watcher cost.
  void Report(const fixtures::LaunchSchedule& schedule) const;

  // Calls `action` when the local cloud ends by itself (LocalCloudProcess::OnDeath); never if the
  // target is another. From then on nothing is removed: all there was has ended with it.
  void OnCloudDeath(std::function<void()> action);

  void TerminateAll() noexcept;
  bool CloseRegions();  // the first time; whether everything is gone. Says what is not
  void ListWhatIsLeft() const;
  // A run that never started leaves no files that look like results.
  void RemoveEmptyFiles() const;

  const CommandLine& line() const { return line_; }
  const std::string& name() const { return name_; }
  const std::string& run_id() const { return run_id_; }  // that the results go by
  const std::vector<fixtures::LaunchFixture*>& matched() const { return matched_; }
  const std::string& json_path() const { return json_path_; }
  const std::string& log_path() const { return log_->path(); }
  // Whether the file of samples is still there: a directory may be removed during a run.
  bool samples_are_there() const;
  // Why the results' file could not be written; empty: it was.
  const std::string& write_failure() const { return write_failure_; }
  // Whether --api_log, if there is one, has every request so far.
  bool api_log_is_complete() const {
    return target_.access.log == nullptr || target_.access.log->complete();
  }

 private:
  std::vector<ConsoleReport::Line> Header() const;
  void ReadEarlierSamples();
  void OpenJournal();
  bool CloudDied() const;

  const CommandLine line_;
  const std::vector<fixtures::LaunchFixture*> matched_;
  const std::string name_;
  fixtures::LaunchOptions options_;
  const fixtures::RunIdentity identity_;
  std::string json_path_;
  std::string write_failure_;
  std::unique_ptr<fixtures::SampleLog> log_;
  std::string settings_path_;
  std::string run_id_;                     // of the run's first process, where it is resumed
  std::vector<fixtures::Sample> earlier_;  // of the run that is resumed

  std::stop_source cloud_gone_;
  Target target_;
  std::unique_ptr<fixtures::RunJournal> journal_;  // outlives the regions
  std::vector<std::unique_ptr<fixtures::RegionSession>> regions_;
  std::vector<std::string> region_failures_;  // of each session; empty: it is open
  bool closed_ = false;
};

}  // namespace suites
