// Stage 3 of a run: the regions of one arm are open, and launches can be made there.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fixtures/launch/launch_schedule.h"
#include "suites/run/arm_target.h"

namespace suites {

// Used from one thread, except TerminateAll().
class ArmRegions {
 public:
  // Opens the sessions of `target`, side by side. A region that cannot be opened makes the launches
  // there fail, and no others. Throws if none can be opened, or `stop` was triggered. `target`
  // outlives this.
  ArmRegions(ArmTarget* target, const std::stop_token& stop);
  // Closes the regions, if Close() has not done so.
  ~ArmRegions();
  ArmRegions(const ArmRegions&) = delete;
  ArmRegions& operator=(const ArmRegions&) = delete;

  // What the schedule launches, with the samples that the run has already.
  std::vector<fixtures::LaunchSchedule::Entry> Entries() const;
  // Says how near the endpoints are, and what waiting for the machines cost in API calls.
  void DescribeCalls() const;

  // Thread-safe.
  void TerminateAll() noexcept;
  // Removes what the run made. Idempotent. Returns true if everything was removed; says what was
  // not.
  bool Close();

  const ArmTarget& target() const { return target_; }

 private:
  using Sessions = std::vector<std::unique_ptr<fixtures::RegionSession>>;

  void Open(const std::stop_token& stop);
  const Sessions& sessions() const { return target_.sessions(); }

  ArmTarget& target_;
  std::vector<std::string> failures_;  // of each session; empty: it is open
  bool closed_ = false;
};

}  // namespace suites
