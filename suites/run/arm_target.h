// Stage 2 of a run: one arm's cloud answers, and what the run makes there can be written down.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fixtures/cost/spend_limit.h"
#include "fixtures/launch/sample.h"
#include "fixtures/leftovers/run_journal.h"
#include "fixtures/region/region_session.h"
#include "fixtures/ssh/ssh_prober.h"
#include "suites/run/arm_files.h"
#include "suites/run/selection.h"
#include "suites/run/target.h"

namespace suites {

// Nothing has been made in the cloud yet. Used from one thread, except ListWhatIsLeft().
class ArmTarget {
 public:
  // Finds or starts the cloud, reads the samples of a run that is resumed and checks that they are
  // of the same run, and opens the journal. `prober` and `spend` outlive this. Throws UsageError,
  // aws::Error or std::runtime_error, each with one line.
  ArmTarget(ArmWithFiles arm, fixtures::SshProber* prober, fixtures::SpendGuard* spend,
            const std::stop_token& stop);
  ~ArmTarget();
  ArmTarget(const ArmTarget&) = delete;
  ArmTarget& operator=(const ArmTarget&) = delete;

  // Throws UsageError if a flag names an instance type that is not offered (offered_types.h).
  void CheckTypes(const std::stop_token& stop) const;
  // On --cloud=aws, says in one line what the run will make and what that may cost. Returns true if
  // it did. Throws UsageError if --max_usd is given and a price is not known.
  bool DescribeSpending() const;
  // For a user who leaves at once. Thread-safe.
  void ListWhatIsLeft() const;
  // Calls `action` when this run's own local cloud ends by itself (LocalCloudProcess::OnDeath).
  // What the cloud held has ended with it: from then on nothing can be removed.
  void OnCloudDeath(std::function<void()> action);
  std::stop_token cloud_gone() const { return cloud_gone_.get_token(); }
  // Returns true if this run's own local cloud has ended by itself.
  bool CloudDied() const { return target_.local_cloud && target_.local_cloud->died(); }

  const CommandLine& line() const { return arm_.selection.line; }
  const Selection& selection() const { return arm_.selection; }
  const std::vector<fixtures::LaunchFixture*>& fixtures() const { return fixtures_; }
  const fixtures::LaunchOptions& options() const { return target_.options; }
  const Target& target() const { return target_; }
  ArmFiles& files() const { return *arm_.files; }
  fixtures::RunJournal& journal() const { return *journal_; }
  // That the results go by: of a resumed run, its first process's.
  const std::string& run_id() const { return run_id_; }
  // What the run that is resumed has measured.
  const std::vector<fixtures::Sample>& earlier() const { return earlier_; }
  // The context of the results, with --benchmark_context.
  std::map<std::string, std::string> Context() const;
  // One for each region that the benchmarks use; not opened.
  const std::vector<std::unique_ptr<fixtures::RegionSession>>& sessions() const {
    return sessions_;
  }

 private:
  void ReadEarlierSamples();
  std::unique_ptr<fixtures::RunJournal> OpenJournal() const;

  const ArmWithFiles arm_;
  const std::vector<fixtures::LaunchFixture*> fixtures_;
  std::stop_source cloud_gone_;  // outlives the target, which triggers it
  const Target target_;
  std::string run_id_;
  std::vector<fixtures::Sample> earlier_;
  std::unique_ptr<fixtures::RunJournal> journal_;  // outlives the sessions
  std::vector<std::unique_ptr<fixtures::RegionSession>> sessions_;
};

}  // namespace suites
