// Stage 2 of a run: connects to the cloud of one arm, and opens the journal of what the run creates
// there.
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

// Creates nothing in the cloud. Not thread-safe, except ListWhatIsLeft().
class ArmTarget {
 public:
  // Finds or starts the cloud. If a run is resumed, reads its samples and checks that its settings
  // are the same. Opens the journal. `prober` and `spend` must outlive this. Throws UsageError,
  // aws::Error or std::runtime_error, each with one line.
  ArmTarget(ArmWithFiles arm, fixtures::SshProber* prober, fixtures::SpendGuard* spend,
            const std::stop_token& stop);
  ~ArmTarget();
  ArmTarget(const ArmTarget&) = delete;
  ArmTarget& operator=(const ArmTarget&) = delete;

  // Throws UsageError if a flag names an instance type that the region does not offer
  // (offered_types.h).
  void CheckTypes(const std::stop_token& stop) const;
  // With --cloud=aws, prints one line: what the run will create and what that may cost. Returns
  // true if it printed the line. Throws UsageError if --max_usd is given and a price is not known.
  bool DescribeSpending() const;
  // Prints what this run leaves in the cloud if the user ends it at once. Thread-safe.
  void ListWhatIsLeft() const;
  // Calls `action` if this run's own local cloud ends by itself (LocalCloudProcess::OnDeath).
  // Everything in the cloud has ended with it, so nothing can be removed after that.
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
  // The id that names the results. For a resumed run it is the id of the run's first process.
  const std::string& run_id() const { return run_id_; }
  // The samples that a resumed run already has.
  const std::vector<fixtures::Sample>& earlier() const { return earlier_; }
  // Returns the context of the results, including --benchmark_context.
  std::map<std::string, std::string> Context() const;
  // One session for each region that the benchmarks use; not opened.
  const std::vector<std::unique_ptr<fixtures::RegionSession>>& sessions() const {
    return sessions_;
  }

 private:
  void ReadEarlierSamples();
  std::unique_ptr<fixtures::RunJournal> OpenJournal() const;

  const ArmWithFiles arm_;
  const std::vector<fixtures::LaunchFixture*> fixtures_;
  std::stop_source cloud_gone_;  // declared before the target, which triggers it
  const Target target_;
  std::string run_id_;
  std::vector<fixtures::Sample> earlier_;
  std::unique_ptr<fixtures::RunJournal> journal_;  // declared before the sessions, which use it
  std::vector<std::unique_ptr<fixtures::RegionSession>> sessions_;
};

}  // namespace suites
