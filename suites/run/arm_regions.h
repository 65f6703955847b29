// Stage 3 of a run: opens the regions of one arm, so that launches can be made there.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "fixtures/launch/launch_schedule.h"
#include "suites/run/arm_target.h"

namespace suites {

// Not thread-safe, except TerminateAll().
class ArmRegions {
 public:
  // Opens the sessions of `target` in parallel. If a region cannot be opened, the launches there
  // fail, and only those. Throws if no region can be opened, or if `stop` was triggered. `target`
  // must outlive this.
  ArmRegions(ArmTarget* target, const std::stop_token& stop);
  // Calls Close(), which does nothing if it was called before.
  ~ArmRegions();
  ArmRegions(const ArmRegions&) = delete;
  ArmRegions& operator=(const ArmRegions&) = delete;

  // Returns what the schedule has to launch, with the samples that the run already has.
  std::vector<fixtures::LaunchSchedule::Entry> Entries() const;
  // Prints the round-trip times to the endpoints, and how many API calls waiting for the machines
  // took.
  void DescribeCalls() const;

  // Thread-safe.
  void TerminateAll() noexcept;
  // Removes what the run created. Idempotent. Returns true if everything was removed; prints what
  // was not.
  bool Close();

 private:
  using Sessions = std::vector<std::unique_ptr<fixtures::RegionSession>>;

  void Open(const std::stop_token& stop);
  const Sessions& sessions() const { return target_.sessions(); }

  ArmTarget& target_;
  std::vector<std::string> failures_;  // one per session; empty if it is open
  bool closed_ = false;
};

}  // namespace suites
